package queue

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
)

// Invoker calls a function. An error means that the event failed.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Mapping is an event source mapping: it calls a function with messages of a queue.
type Mapping struct {
	Queue       *Queue
	ARN, Region string // of the queue, as the events name it
	BatchSize   int    // largest number of messages of an event; SQS FIFO allows 10
	Concurrency int    // largest number of events at the same time
	Function    Invoker
}

// event is the event of an SQS queue
// (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
type event struct {
	Records []record `json:"Records"`
}

type record struct {
	MessageID      string            `json:"messageId"`
	ReceiptHandle  string            `json:"receiptHandle"`
	Body           string            `json:"body"`
	Attributes     map[string]string `json:"attributes"`
	EventSource    string            `json:"eventSource"`
	EventSourceARN string            `json:"eventSourceARN"`
	AWSRegion      string            `json:"awsRegion"`
}

// report is the answer of a function that reports failures.
type report struct {
	Failures []struct {
		ID *string `json:"itemIdentifier"`
	} `json:"batchItemFailures"`
}

// Start starts the mapping. The function that it returns stops it and waits for the events
// that are being processed.
func (m Mapping) Start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var pollers sync.WaitGroup
	for range m.Concurrency {
		pollers.Go(func() {
			for ctx.Err() == nil {
				if batch := m.Queue.Receive(ctx, m.BatchSize); len(batch) > 0 {
					m.process(batch)
				}
			}
		})
	}
	return func() {
		cancel()
		pollers.Wait()
	}
}

// process calls the function with a batch, and deletes the messages that succeeded. It
// returns the others to the queue.
func (m Mapping) process(batch []Message) {
	payload, err := json.Marshal(m.event(batch))
	if err != nil {
		return // texts always encode
	}
	answer, err := m.Function.Invoke(context.Background(), payload)
	if err == nil {
		for _, done := range succeeded(batch, answer) {
			m.Queue.Delete(done.Handle)
		}
	}
	for _, message := range batch { // Return has no effect on a deleted message
		m.Queue.Return(message.Handle)
	}
}

// succeeded returns the messages that an answer does not name as failed. An answer that
// names an unknown message, or no message, fails the whole batch. An empty answer, or null,
// is a success
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
func succeeded(batch []Message, answer []byte) []Message {
	var r report
	if len(answer) > 0 && json.Unmarshal(answer, &r) != nil {
		return nil
	}
	failed := map[string]bool{}
	for _, f := range r.Failures {
		if f.ID == nil {
			return nil
		}
		failed[*f.ID] = true
	}
	var done []Message
	for _, msg := range batch {
		if !failed[msg.ID] {
			done = append(done, msg)
		}
		delete(failed, msg.ID)
	}
	if len(failed) > 0 {
		return nil
	}
	return done
}

func (m Mapping) event(batch []Message) event {
	var e event
	for _, msg := range batch {
		e.Records = append(e.Records, record{
			MessageID: msg.ID, ReceiptHandle: msg.Handle, Body: msg.Body,
			Attributes:  attributes(msg),
			EventSource: "aws:sqs", EventSourceARN: m.ARN, AWSRegion: m.Region,
		})
	}
	return e
}

// attributes returns the attributes of a message that was given out.
func attributes(m Message) map[string]string {
	return map[string]string{
		"ApproximateReceiveCount": strconv.Itoa(m.Receives),
		"SentTimestamp":           strconv.FormatInt(m.Sent.UnixMilli(), 10),
		"MessageGroupId":          m.Group,
		"MessageDeduplicationId":  m.DedupID,
	}
}
