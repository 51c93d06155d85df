package program

import (
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// The addresses are the same as with the SDK's config package.
func TestEndpoints(t *testing.T) {
	const all, one, off = "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
	tests := []struct {
		name           string
		vars           map[string]string
		dynamo, manage string // empty: the address of AWS
	}{
		{"none", nil, "", ""},
		{"service", map[string]string{one: "http://one"}, "http://one", ""},
		{"all", map[string]string{all: "http://all"}, "http://all", "http://all"},
		{"serviceFirst", map[string]string{all: "http://all", one: "http://one"}, "http://one", "http://all"},
		{"ignored", map[string]string{all: "http://all", one: "http://one", off: "TRUE"}, "", ""},
		{"notIgnored", map[string]string{one: "http://one", off: "false"}, "http://one", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for name, value := range test.vars { // the SDK reads some variables itself
				t.Setenv(name, value)
			}
			c := awsConfig(func(name string) string { return test.vars[name] }, "eu-west-1", httpClient())
			if got := aws.ToString(dynamodb.NewFromConfig(c).Options().BaseEndpoint); got != test.dynamo {
				t.Errorf("DynamoDB: got %q, want %q", got, test.dynamo)
			}
			if got := aws.ToString(apigatewaymanagementapi.NewFromConfig(c).Options().BaseEndpoint); got != test.manage {
				t.Errorf("management API: got %q, want %q", got, test.manage)
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	vars := map[string]string{"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "session"}
	got, err := credentials(func(name string) string { return vars[name] }).Retrieve(t.Context())
	if want := (aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret", SessionToken: "session", Source: "environment"}); got != want || err != nil {
		t.Errorf("got %+v, error %v, want %+v", got, err, want)
	}
	for name := range maps.Keys(vars) {
		less := maps.Clone(vars)
		delete(less, name)
		_, err := credentials(func(name string) string { return less[name] }).Retrieve(t.Context())
		if want := name != "AWS_SESSION_TOKEN"; (err != nil) != want {
			t.Errorf("without %s: got error %v, want one: %v", name, err, want)
		}
	}
}
