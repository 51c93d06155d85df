package infra

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// document is an IAM policy document.
type document struct {
	Version   string
	Statement []statement
}

// statement allows or denies actions. Sid describes the purpose.
type statement struct {
	Sid       string
	Effect    string
	Principal any      `json:",omitempty"` // nil in the policy of a role
	Action    []string `json:",omitempty"`
	Resource  []string `json:",omitempty"`
	Condition any      `json:",omitempty"`
}

func newDocument(statements ...statement) document {
	return document{Version: "2012-10-17", Statement: statements}
}

// assumeRole returns the policy that lets an AWS service, such as
// "lambda.amazonaws.com", assume a role.
func assumeRole(service string) document {
	return newDocument(statement{
		Sid:       "Assume",
		Effect:    "Allow",
		Principal: map[string]string{"Service": service},
		Action:    []string{"sts:AssumeRole"},
	})
}

// rights are the resources that the function uses.
type rights struct {
	LogGroup, Table string   // ARNs
	Tickets         string   // ARN of the table of tickets; empty without tickets
	Indexes         []string // names of the indexes of Table
	Stage           string   // arn:aws:execute-api:{region}:{account}:{api}/{stage}
	Tracing         bool
}

// functionPolicy returns the policy of the function's role.
func functionPolicy(r rights) document {
	indexes := make([]string, 0, len(r.Indexes))
	for _, name := range r.Indexes {
		indexes = append(indexes, r.Table+"/index/"+name)
	}
	d := newDocument(
		statement{
			Sid:      "Log",
			Effect:   "Allow",
			Action:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resource: []string{r.LogGroup + ":*"},
		},
		statement{
			Sid:      "Connections",
			Effect:   "Allow",
			Action:   []string{"dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Scan"},
			Resource: []string{r.Table},
		},
		statement{
			Sid:      "ConnectionsOfUser",
			Effect:   "Allow",
			Action:   []string{"dynamodb:Query"},
			Resource: indexes,
		},
		statement{
			// The method is part of the ARN; a denial shows the literal
			// {connectionId}, so only * matches it (api-gateway.md 8).
			Sid:    "Push",
			Effect: "Allow",
			Action: []string{"execute-api:ManageConnections"},
			Resource: []string{
				r.Stage + "/POST/@connections/*",
				r.Stage + "/DELETE/@connections/*",
			},
		},
	)
	if r.Tickets != "" {
		d.Statement = append(d.Statement, statement{
			Sid:      "Tickets", // the function stores and deletes tickets, but never reads or lists them
			Effect:   "Allow",
			Action:   []string{"dynamodb:PutItem", "dynamodb:DeleteItem"},
			Resource: []string{r.Tickets},
		})
	}
	if r.Tracing {
		d.Statement = append(d.Statement, statement{
			Sid:      "Trace", // X-Ray has no resources
			Effect:   "Allow",
			Action:   []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"},
			Resource: []string{"*"},
		})
	}
	return d
}

// sitePolicy returns the bucket policy that lets one distribution read the objects and
// refuses requests without TLS. Both parameters are ARNs.
func sitePolicy(bucket, distribution string) document {
	return newDocument(
		statement{
			Sid:       "Distribution",
			Effect:    "Allow",
			Principal: map[string]string{"Service": "cloudfront.amazonaws.com"},
			Action:    []string{"s3:GetObject"},
			Resource:  []string{bucket + "/*"},
			Condition: map[string]any{"StringEquals": map[string]string{"AWS:SourceArn": distribution}},
		},
		statement{
			Sid:       "OnlyTLS",
			Effect:    "Deny",
			Principal: "*",
			Action:    []string{"s3:*"},
			Resource:  []string{bucket, bucket + "/*"},
			Condition: map[string]any{"Bool": map[string]string{"aws:SecureTransport": "false"}},
		},
	)
}

// policy returns the JSON of the document that build makes of the values of the
// inputs.
func policy(build func(values []string) document, inputs ...pulumi.StringInput) pulumi.StringOutput {
	return pulumi.JSONMarshal(pulumi.StringArray(inputs).ToStringArrayOutput().ApplyT(build))
}
