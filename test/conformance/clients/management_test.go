package clients

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	management "github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

func (s stage) testAWSCLI(t *testing.T) {
	r := s.receive(t)
	call := func(operation, id string, more ...string) string {
		t.Helper()
		args := append([]string{
			"--region", s.Region, "--endpoint-url", s.ConnectionsURL, "--no-cli-pager",
			"apigatewaymanagementapi", operation, "--connection-id=" + id, // = because the id may begin with a dash
		}, more...)
		out, _ := s.run(t, "/usr/bin/aws", args...)
		return out
	}
	text := []string{"--cli-binary-format", "raw-in-base64-out", "--data", "from the CLI"}
	if got := call("post-to-connection", r.id, text...); got != "" {
		t.Errorf("post: got %q, want nothing", got)
	}
	got := call("get-connection", r.id)
	for _, want := range []string{`"ConnectedAt": "20`, `"Identity": {`, `"SourceIp": "127.0.0.1"`, `"UserAgent": "Go-http-client`, `"LastActiveAt": "20`} {
		if !strings.Contains(got, want) {
			t.Errorf("get: got %s, want it to contain %s", got, want)
		}
	}
	for _, test := range []struct{ operation, id, want string }{
		{"post-to-connection", gone, "\nAn error occurred (GoneException) when calling the PostToConnection operation: \n"},
		{"get-connection", gone, "\nAn error occurred (GoneException) when calling the GetConnection operation: \n"},
		{"post-to-connection", malformed, "\nAn error occurred (BadRequestException) when calling the PostToConnection operation: Invalid connectionId: bot_X\n"},
		{"delete-connection", malformed, "\nAn error occurred (BadRequestException) when calling the DeleteConnection operation: Invalid connectionId: bot_X\n"},
	} {
		more := text
		if test.operation != "post-to-connection" {
			more = nil
		}
		if got := call(test.operation, test.id, more...); got != test.want {
			t.Errorf("%s %s: got %q, want %q", test.operation, test.id, got, test.want)
		}
	}
	if got := call("delete-connection", r.id); got != "" {
		t.Errorf("delete: got %q, want nothing", got)
	}
	r.check(t, "from the CLI")
}

func (s stage) testBoto3(t *testing.T) {
	r := s.receive(t)
	got, _ := s.run(t, "/usr/bin/python3", "testdata/call.py", s.ConnectionsURL, s.Region, r.id, gone, malformed)
	want := `post 200
get 200 Identity ConnectedAt LastActiveAt
gone GoneException An error occurred (GoneException) when calling the PostToConnection operation:
malformed ClientError An error occurred (BadRequestException) when calling the PostToConnection operation: Invalid connectionId: bot_X
tooLarge PayloadTooLargeException An error occurred (PayloadTooLargeException) when calling the PostToConnection operation: Request Too Long
forged ClientError An error occurred (UnrecognizedClientException) when calling the PostToConnection operation: The security token included in the request is invalid.
delete 204
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("boto3 (-want +got):\n%s", diff)
	}
	r.check(t, "from boto3")
}

func (s stage) testJavaScriptSDK(t *testing.T) {
	r := s.receive(t)
	got, _ := s.run(t, "node", "testdata/call.mjs", s.ConnectionsURL, s.Region, r.id, gone, malformed)
	want := `post 200
get 200 Identity ConnectedAt LastActiveAt
gone 410 GoneException UnknownError
malformed 400 BadRequestException Invalid connectionId: bot_X
tooLarge 413 PayloadTooLargeException Request Too Long
forged 403 UnrecognizedClientException The security token included in the request is invalid.
delete 204
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the SDK for JavaScript (-want +got):\n%s", diff)
	}
	r.check(t, "from javascript")
}

// client returns a client of the AWS SDK for Go that signs with key.
func (s stage) client(key aws.Credentials) *management.Client {
	return management.New(management.Options{
		BaseEndpoint: &s.ConnectionsURL, Region: s.Region, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return key, nil }),
	})
}

func (s stage) testGoSDK(t *testing.T) {
	r := s.receive(t)
	api := s.client(s.Key)
	post := func(api *management.Client, id, text string) error {
		_, err := api.PostToConnection(t.Context(), &management.PostToConnectionInput{ConnectionId: &id, Data: []byte(text)})
		return err
	}
	if err := post(api, r.id, "from Go"); err != nil {
		t.Errorf("post: %v", err)
	}
	got, err := api.GetConnection(t.Context(), &management.GetConnectionInput{ConnectionId: &r.id})
	if err != nil || got.ConnectedAt == nil || got.LastActiveAt == nil || *got.Identity.SourceIp != "127.0.0.1" {
		t.Errorf("get: got %+v, %v", got, err)
	}
	if _, ok := errors.AsType[*types.GoneException](post(api, gone, "x")); !ok {
		t.Error("gone: got another error, want a GoneException")
	}
	if _, ok := errors.AsType[*types.PayloadTooLargeException](post(api, r.id, strings.Repeat("x", 128<<10+1))); !ok {
		t.Error("too large: got another error, want a PayloadTooLargeException")
	}
	forged := s.Key
	forged.SecretAccessKey = "x"
	for _, test := range []struct {
		name, code, text string
		err              error
	}{
		{"malformed", "BadRequestException", "Invalid connectionId: bot_X", post(api, malformed, "x")},
		{"forged", "InvalidSignatureException", "The request signature we calculated does not match", post(s.client(forged), r.id, "x")},
	} {
		e, ok := errors.AsType[smithy.APIError](test.err)
		if !ok || e.ErrorCode() != test.code || !strings.HasPrefix(e.ErrorMessage(), test.text) {
			t.Errorf("%s: got %v, want %s %s", test.name, test.err, test.code, test.text)
		}
	}
	if _, err := api.DeleteConnection(t.Context(), &management.DeleteConnectionInput{ConnectionId: &r.id}); err != nil {
		t.Errorf("delete: %v", err)
	}
	r.check(t, "from Go")
}
