package handler

import (
	"context"
	"fmt"
	"strconv"

	"sallyport/lambda/channel"
	"sallyport/lambda/trace"
)

// queueAnswer is the answer to an event of the queue
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
type queueAnswer struct {
	Failures []failedRecord `json:"batchItemFailures"`
}

type failedRecord struct {
	ID string `json:"itemIdentifier"`
}

// doTasks does the tasks in an event of the queue. The answer has the IDs of the records that the
// queue must give out again.
func (m *Mux) doTasks(ctx context.Context, r *request) (any, error) {
	var records []channel.Record
	for _, rec := range r.Records {
		receives, err := strconv.Atoi(rec.Attributes.Receives)
		if err != nil {
			return nil, fmt.Errorf("%w: read the receive count of record %s: %w", errEvent, rec.ID, err)
		}
		records = append(records, channel.Record{ID: rec.ID, Group: rec.Attributes.Group, Body: rec.Body, Handle: rec.Handle, Receives: receives})
	}
	ctx = trace.With(ctx, channel.Traces(records)...)
	if ids := trace.IDs(ctx); len(ids) > 0 {
		r.log = r.log.With().Strs("traces", ids).Logger()
	}
	answer := queueAnswer{Failures: []failedRecord{}}
	var sent, ended tally
	for _, id := range m.config.Channels.Work(ctx, records, m.doJobs(r, &sent, &ended)) {
		answer.Failures = append(answer.Failures, failedRecord{id})
	}
	r.noteJobs("sent", &sent)
	r.noteJobs("disconnected", &ended)
	r.log = r.log.With().Int("tasks", len(records)).Int("tasksFailed", len(answer.Failures)).Logger()
	return answer, nil
}

// noteJobs adds the results of jobs to the log line. They have no metrics, because the alarm of
// the queue already reports messages that wait.
func (r *request) noteJobs(done string, count *tally) {
	for name, n := range map[string]int64{done: count.done.Load(), done + "Gone": count.gone.Load(), done + "Failed": count.failed.Load()} {
		if n > 0 {
			r.log = r.log.With().Int64(name, n).Logger()
		}
	}
}
