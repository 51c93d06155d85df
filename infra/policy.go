package infra

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

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

// allow returns a statement that allows actions, separated by spaces, on resources.
func allow(sid, actions string, resources ...string) statement {
	return statement{Sid: sid, Effect: "Allow", Action: strings.Fields(actions), Resource: resources}
}

// assumeRole returns the policy that lets an AWS service, such as
// "lambda.amazonaws.com", assume a role.
func assumeRole(service string) document {
	s := allow("Assume", "sts:AssumeRole")
	s.Principal = map[string]string{"Service": service}
	return newDocument(s)
}

// functionResources are the resources that the function uses.
type functionResources struct {
	LogGroup, Table string   // ARNs
	Tickets         string   // ARN of the table of tickets; empty without tickets
	Channels, Queue string   // ARNs of the table and the queue of channels; empty without channels
	Indexes         []string // names of the indexes of Table
	Stage           string   // arn:aws:execute-api:{region}:{account}:{api}/{stage}
	Tracing         bool
}

// functionPolicy returns the policy of the function's role.
func functionPolicy(r functionResources) document {
	indexes := make([]string, 0, len(r.Indexes))
	for _, name := range r.Indexes {
		indexes = append(indexes, r.Table+"/index/"+name)
	}
	d := newDocument(
		allow("Log", "logs:CreateLogStream logs:PutLogEvents", r.LogGroup+":*"),
		allow("Connections", "dynamodb:PutItem dynamodb:GetItem dynamodb:UpdateItem dynamodb:DeleteItem dynamodb:Scan", r.Table),
		allow("IndexesOfConnections", "dynamodb:Query", indexes...),
		// The method is part of the ARN; a denial shows the literal {connectionId}, so
		// only * matches it (api-gateway.md 8).
		allow("Push", "execute-api:ManageConnections", r.Stage+"/POST/@connections/*", r.Stage+"/DELETE/@connections/*"),
	)
	if r.Tickets != "" { // the function stores and deletes tickets, but never reads or lists them
		d.Statement = append(d.Statement, allow("Tickets", "dynamodb:PutItem dynamodb:DeleteItem", r.Tickets))
	}
	if r.Queue != "" {
		const function = "sqs:SendMessage sqs:ChangeMessageVisibility "
		const mapping = "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes" // Lambda's event source mapping
		d.Statement = append(d.Statement,
			allow("Channels", "dynamodb:PutItem dynamodb:GetItem dynamodb:UpdateItem dynamodb:BatchWriteItem dynamodb:Query", r.Channels),
			allow("Queue", function+mapping, r.Queue))
	}
	if r.Tracing { // X-Ray has no resources
		d.Statement = append(d.Statement, allow("Trace", "xray:PutTraceSegments xray:PutTelemetryRecords", "*"))
	}
	return d
}

// sitePolicy returns the bucket policy that lets one distribution read the objects and
// refuses requests without TLS. bucket and distribution are ARNs. With list, the
// distribution may also list the bucket, so that S3 answers 404 for a missing object, not 403
// (its API reference, "GetObject"). Its clients cannot list the bucket: CloudFront requests
// the page in place of /, and does not forward their query to the bucket.
func sitePolicy(bucket, distribution string, list bool) document {
	grants := []statement{allow("Distribution", "s3:GetObject", bucket+"/*")}
	if list {
		grants = append(grants, allow("MissingObjects", "s3:ListBucket", bucket))
	}
	for i := range grants {
		grants[i].Principal = map[string]string{"Service": "cloudfront.amazonaws.com"}
		grants[i].Condition = map[string]any{"StringEquals": map[string]string{"AWS:SourceArn": distribution}}
	}
	return newDocument(append(grants, statement{
		Sid: "OnlyTLS", Effect: "Deny", Principal: "*", Action: []string{"s3:*"}, Resource: []string{bucket, bucket + "/*"},
		Condition: map[string]any{"Bool": map[string]string{"aws:SecureTransport": "false"}},
	})...)
}

// policy returns the JSON of the document that build creates from the values of the
// inputs.
func policy(build func(values []string) document, inputs ...pulumi.StringInput) pulumi.StringOutput {
	return pulumi.JSONMarshal(pulumi.StringArray(inputs).ToStringArrayOutput().ApplyT(build))
}
