package queue_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"sallyport/local/queue"
)

// AWS's own client reads the answers.
func TestAPI(t *testing.T) {
	q := queue.New(queue.Config{Visibility: time.Hour})
	server := httptest.NewServer(queue.API{Queues: map[string]*queue.Queue{"q.fifo": q}})
	defer server.Close()
	client := sqs.NewFromConfig(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &server.URL,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
		}),
	})
	url := aws.String("https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo")
	if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("one"), MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String("1")}); err != nil {
		t.Fatal(err)
	}
	out, err := client.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: url, Entries: []types.SendMessageBatchRequestEntry{
		{Id: aws.String("a"), MessageBody: aws.String("two"), MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String("2")},
		{Id: aws.String("b"), MessageBody: aws.String("no group")},
	}})
	if err != nil || len(out.Successful) != 1 || len(out.Failed) != 1 || aws.ToString(out.Failed[0].Code) != "InvalidParameterValue" {
		t.Fatalf("got %+v, error %v, want one message and one failure", out, err)
	}
	got, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10})
	if err != nil || len(got.Messages) != 2 || aws.ToString(got.Messages[1].Body) != "two" {
		t.Fatalf("got %+v, error %v", got, err)
	}
	changed, err := client.ChangeMessageVisibilityBatch(t.Context(), &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
		{Id: aws.String("a"), ReceiptHandle: got.Messages[0].ReceiptHandle, VisibilityTimeout: 0},
		{Id: aws.String("b"), ReceiptHandle: aws.String("unknown"), VisibilityTimeout: 0},
	}})
	if err != nil || len(changed.Successful) != 1 || len(changed.Failed) != 1 {
		t.Errorf("got %+v, error %v, want one change and one failure", changed, err)
	}
	if _, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: got.Messages[1].ReceiptHandle}); err != nil {
		t.Error(err)
	}
	if waiting, flying := q.Counts(); waiting != 1 || flying != 0 {
		t.Errorf("got %d waiting, %d in flight, want 1, 0", waiting, flying)
	}
	missing := aws.String("https://sqs.eu-west-1.amazonaws.com/123456789012/other.fifo")
	_, err = client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: missing})
	if !errors.As(err, new(*types.QueueDoesNotExist)) {
		t.Errorf("got error %v, want QueueDoesNotExist", err)
	}
}

func TestAPIRefuses(t *testing.T) {
	api := queue.API{Queues: map[string]*queue.Queue{"q": queue.New(queue.Config{})}}
	tests := map[string]struct{ method, target, body, want string }{
		"query protocol": {"POST", "", "Action=SendMessage", "JSON protocol"},
		"GET":            {"GET", "AmazonSQS.SendMessage", "", "want a POST"},
		"no JSON":        {"POST", "AmazonSQS.SendMessage", "x", "read request"},
		"no queue":       {"POST", "AmazonSQS.SendMessage", `{"QueueUrl":"http://x/other"}`, "http://x/other does not exist"},
		"action":         {"POST", "AmazonSQS.PurgeQueue", `{"QueueUrl":"http://x/q"}`, "does not support PurgeQueue"},
		"no entries":     {"POST", "AmazonSQS.SendMessageBatch", `{"QueueUrl":"http://x/q"}`, "0 entries"},
		"no body":        {"POST", "AmazonSQS.SendMessage", `{"QueueUrl":"http://x/q","MessageGroupId":"g","MessageDeduplicationId":"d"}`, "needs a body"},
		"long group":     {"POST", "AmazonSQS.SendMessage", `{"QueueUrl":"http://x/q","MessageGroupId":"` + strings.Repeat("g", 129) + `","MessageDeduplicationId":"d"}`, "1 to 128"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), test.method, "/", strings.NewReader(test.body))
			r.Header.Set("X-Amz-Target", test.target)
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("got %d %s, want 400 and %q", w.Code, w.Body, test.want)
			}
		})
	}
}

// A page of any origin must not publish: with DNS rebinding, the API has the page's own origin.
func TestAPIRefusesPages(t *testing.T) {
	q := queue.New(queue.Config{})
	api := queue.API{Queues: map[string]*queue.Queue{"q": q}}
	for _, origin := range []string{"http://evil.example", "http://example.com", "null"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://example.com/",
			strings.NewReader(`{"QueueUrl":"http://x/q","MessageGroupId":"g","MessageDeduplicationId":"d","MessageBody":"b"}`))
		r.Header.Set("X-Amz-Target", "AmazonSQS.SendMessage")
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if got := w.Body.String(); w.Code != http.StatusForbidden || !strings.Contains(got, "AccessDenied") || len(q.Messages()) > 0 {
			t.Errorf("%s: got %d %s, %d messages, want 403 and none", origin, w.Code, got, len(q.Messages()))
		}
	}
}
