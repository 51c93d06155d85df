// Package fifo sends messages to an SQS FIFO queue.
package fifo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"sallyport/lambda/channel"
)

// The limits of a request
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
// SQS takes 1 MB since August 2025, and took 256 KB before.
const (
	maxEntries = 10
	maxBytes   = 256 << 10
)

// Config names the queue.
type Config struct {
	AWS aws.Config
	URL string
}

// Queue is an SQS FIFO queue. It is safe for concurrent use.
type Queue struct {
	client *sqs.Client
	url    string
}

var _ channel.Queue = (*Queue)(nil)

// New returns a Queue. It sends no requests.
func New(c Config) *Queue {
	return &Queue{client: sqs.NewFromConfig(c.AWS), url: c.URL}
}

// Send adds messages, in their order. After an error some of them may have been added.
func (q *Queue) Send(ctx context.Context, messages ...channel.Message) error {
	for len(messages) > 0 {
		n, size := 0, 0
		for n < len(messages) && n < maxEntries && (n == 0 || size+len(messages[n].Body) <= maxBytes) {
			size += len(messages[n].Body)
			n++
		}
		if err := q.sendBatch(ctx, messages[:n]); err != nil {
			return err
		}
		messages = messages[n:]
	}
	return nil
}

func (q *Queue) sendBatch(ctx context.Context, messages []channel.Message) error {
	entries := make([]types.SendMessageBatchRequestEntry, 0, len(messages))
	for i, m := range messages {
		entries = append(entries, types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(m.Body)),
			MessageGroupId: aws.String(m.Group), MessageDeduplicationId: aws.String(m.ID),
		})
	}
	out, err := q.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &q.url, Entries: entries})
	if err == nil {
		err = failures(out.Failed)
	}
	if err != nil {
		return fmt.Errorf("send %d messages to the queue: %w", len(messages), err)
	}
	return nil
}

// Retry lets the queue give out again, after a time, the messages with these handles.
func (q *Queue) Retry(ctx context.Context, after time.Duration, handles ...string) error {
	for chunk := range slices.Chunk(handles, maxEntries) {
		entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, 0, len(chunk))
		for i, h := range chunk {
			entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(h), VisibilityTimeout: int32(after.Seconds()),
			})
		}
		out, err := q.client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &q.url, Entries: entries})
		if err == nil {
			err = failures(out.Failed)
		}
		if err != nil {
			return fmt.Errorf("return %d messages to the queue: %w", len(chunk), err)
		}
	}
	return nil
}

// failures returns an error for the entries that failed.
func failures(entries []types.BatchResultErrorEntry) error {
	var errs []error
	for _, e := range entries {
		errs = append(errs, fmt.Errorf("entry %s: %s", aws.ToString(e.Id), aws.ToString(e.Code)))
	}
	return errors.Join(errs...)
}
