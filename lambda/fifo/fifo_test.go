package fifo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"sallyport/lambda/channel"
	"sallyport/lambda/fifo"
	"sallyport/local/queue"
)

// start returns an adapter and the queue that it sends to.
func start(t *testing.T) (*fifo.Queue, *queue.Queue) {
	t.Helper()
	q := queue.New(queue.Config{Visibility: time.Hour})
	server := httptest.NewServer(queue.API{Queues: map[string]*queue.Queue{"q.fifo": q}})
	t.Cleanup(server.Close)
	return fifo.New(fifo.Config{
		URL: "https://sqs.eu-west-1.amazonaws.com/111122223333/q.fifo",
		AWS: aws.Config{
			Region: "eu-west-1", BaseEndpoint: &server.URL,
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
			}),
		},
	}), q
}

// Messages arrive in their order, in requests of at most ten messages and 256 KB.
func TestSend(t *testing.T) {
	adapter, q := start(t)
	var messages []channel.Message
	for i := range 25 {
		body := fmt.Sprint(i)
		if i < 3 {
			body += strings.Repeat("x", 200<<10)
		}
		messages = append(messages, channel.Message{Group: "g", ID: fmt.Sprint(i), Body: []byte(body)})
	}
	if err := adapter.Send(t.Context(), messages...); err != nil {
		t.Fatal(err)
	}
	var handles []string
	for i := 0; i < len(messages); {
		for _, got := range q.Receive(t.Context(), 10) {
			if got.Body != string(messages[i].Body) || got.Group != "g" || got.DedupID != messages[i].ID {
				t.Fatalf("message %d: got %.20s of group %s", i, got.Body, got.Group)
			}
			i++
			handles = append(handles, got.Handle)
			q.Delete(got.Handle)
		}
	}
	if err := adapter.Retry(t.Context(), time.Second, handles...); err == nil || !strings.Contains(err.Error(), "ReceiptHandleIsInvalid") {
		t.Errorf("got error %v for messages that were deleted", err)
	}
}

func TestRetry(t *testing.T) {
	adapter, q := start(t)
	if err := adapter.Send(t.Context(), channel.Message{Group: "g", ID: "1", Body: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	first := q.Receive(t.Context(), 1)
	if err := adapter.Retry(t.Context(), 0, first[0].Handle); err != nil {
		t.Fatal(err)
	}
	if again := q.Receive(t.Context(), 1); len(again) != 1 || again[0].Receives != 2 {
		t.Errorf("got %+v, want the message again", again)
	}
}

func TestErrors(t *testing.T) {
	adapter, _ := start(t)
	err := adapter.Send(t.Context(), channel.Message{ID: "1", Body: []byte("x")}) // without a group
	if err == nil || !strings.Contains(err.Error(), "send 1 messages to the queue: entry 0: InvalidParameterValue") {
		t.Errorf("got error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := adapter.Send(ctx, channel.Message{Group: "g", ID: "1", Body: []byte("x")}); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want Canceled", err)
	}
}
