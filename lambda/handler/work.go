package handler

import (
	"context"
	"fmt"
	"strconv"

	"sallyport/lambda/channel"
)

// worked is the answer to an event of the queue
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
type worked struct {
	Failures []failedRecord `json:"batchItemFailures"`
}

type failedRecord struct {
	ID string `json:"itemIdentifier"`
}

// work does the tasks of the queue of channels. The answer names those that the queue must
// give out again.
func (m *Mux) work(ctx context.Context, r *request) (any, error) {
	var records []channel.Record
	for _, rec := range r.Records {
		receives, err := strconv.Atoi(rec.Attributes.Receives)
		if err != nil {
			return nil, fmt.Errorf("%w: read the receive count of record %s: %w", errEvent, rec.ID, err)
		}
		records = append(records, channel.Record{ID: rec.ID, Group: rec.Attributes.Group, Body: rec.Body, Handle: rec.Handle, Receives: receives})
	}
	answer := worked{Failures: []failedRecord{}}
	for _, id := range m.config.Channels.Work(ctx, records) {
		answer.Failures = append(answer.Failures, failedRecord{id})
	}
	r.log = r.log.With().Int("tasks", len(records)).Int("tasksFailed", len(answer.Failures)).Logger()
	return answer, nil
}
