package infra

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPolicies(t *testing.T) {
	tests := []struct {
		name string
		got  document
		want string
	}{
		{"assumeRole", assumeRole("lambda.amazonaws.com"), `{
			"Version": "2012-10-17",
			"Statement": [{
				"Sid": "Assume", "Effect": "Allow",
				"Principal": {"Service": "lambda.amazonaws.com"},
				"Action": ["sts:AssumeRole"]
			}]
		}`},
		{"function", functionPolicy(functionResources{LogGroup: "arn:logs", Table: "arn:table", Indexes: []string{"byUserId", "byUser"}, Stage: "arn:api/live"}), `{
			"Version": "2012-10-17",
			"Statement": [
				{
					"Sid": "Log", "Effect": "Allow",
					"Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
					"Resource": ["arn:logs:*"]
				},
				{
					"Sid": "Connections", "Effect": "Allow",
					"Action": ["dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Scan"],
					"Resource": ["arn:table"]
				},
				{
					"Sid": "IndexesOfConnections", "Effect": "Allow",
					"Action": ["dynamodb:Query"],
					"Resource": ["arn:table/index/byUserId", "arn:table/index/byUser"]
				},
				{
					"Sid": "Push", "Effect": "Allow",
					"Action": ["execute-api:ManageConnections"],
					"Resource": [
						"arn:api/live/POST/@connections/*",
						"arn:api/live/DELETE/@connections/*"
					]
				}
			]
		}`},
		{"tickets", document{Statement: functionPolicy(functionResources{Tickets: "arn:tickets"}).Statement[4:]}, `{
			"Version": "",
			"Statement": [{
				"Sid": "Tickets", "Effect": "Allow",
				"Action": ["dynamodb:PutItem", "dynamodb:DeleteItem"],
				"Resource": ["arn:tickets"]
			}]
		}`},
		{"tracing", document{Statement: functionPolicy(functionResources{Tracing: true}).Statement[4:]}, `{
			"Version": "",
			"Statement": [{
				"Sid": "Trace", "Effect": "Allow",
				"Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
				"Resource": ["*"]
			}]
		}`},
		{"site", sitePolicy("arn:bucket", "arn:distribution", false), `{
			"Version": "2012-10-17",
			"Statement": [
				{
					"Sid": "Distribution", "Effect": "Allow",
					"Principal": {"Service": "cloudfront.amazonaws.com"},
					"Action": ["s3:GetObject"],
					"Resource": ["arn:bucket/*"],
					"Condition": {"StringEquals": {"AWS:SourceArn": "arn:distribution"}}
				},
				{
					"Sid": "OnlyTLS", "Effect": "Deny",
					"Principal": "*",
					"Action": ["s3:*"],
					"Resource": ["arn:bucket", "arn:bucket/*"],
					"Condition": {"Bool": {"aws:SecureTransport": "false"}}
				}
			]
		}`},
		{"siteOfOneDomain", document{Statement: sitePolicy("arn:bucket", "arn:distribution", true).Statement[1:2]}, `{
			"Version": "",
			"Statement": [{
				"Sid": "MissingObjects", "Effect": "Allow",
				"Principal": {"Service": "cloudfront.amazonaws.com"},
				"Action": ["s3:ListBucket"],
				"Resource": ["arn:bucket"],
				"Condition": {"StringEquals": {"AWS:SourceArn": "arn:distribution"}}
			}]
		}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, err := json.Marshal(test.got)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(parse(t, string(b)), parse(t, test.want)); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

func parse(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}
