package handler

import (
	"context"
	"errors"
	"fmt"

	"sallyport/lambda/metric"
	"sallyport/lambda/route"
)

// push sends a message. The answer is a route.Sent. If time runs out, or if the
// connections cannot be listed, the error has the counts so far.
func (m *Mux) push(ctx context.Context, r *request) (any, error) {
	c, err := m.readPush(r)
	if err != nil {
		return nil, err
	}
	r.noteUser(c.Target.user())
	count, err := each(ctx, m.ids(ctx, c.Target), func(id string) error { return m.post(ctx, r, id, c.Message) })
	r.note("connectionId", c.Target.Connection) // added last, because the lines about posts have their own
	sent := r.countSent(count)
	r.log = r.log.With().Int64("sent", sent.Sent).Int64("gone", sent.Gone).Int64("failed", sent.Failed).Logger()
	if err != nil {
		return nil, fmt.Errorf("push: %w, after %d sent, %d gone, %d failed", err, sent.Sent, sent.Gone, sent.Failed)
	}
	return sent, nil
}

// post sends a message to one connection. If the connection is gone, post deletes its row.
// It logs every other error, because the answer has only the counts.
func (m *Mux) post(ctx context.Context, r *request, id string, text []byte) error {
	err := m.config.Poster.Post(ctx, id, text)
	if errors.Is(err, ErrGone) {
		m.removeGone(ctx, r, id)
	} else if err != nil {
		r.warn(id).Err(err).Msg("message not sent")
	}
	return err
}

// countSent adds the counts of a push to the event's metrics.
func (r *request) countSent(count *tally) route.Sent {
	sent := route.Sent{Sent: count.done.Load(), Gone: count.gone.Load(), Failed: count.failed.Load()}
	r.count(metric.Sent, sent.Sent)
	r.count(metric.Gone, sent.Gone)
	r.count(metric.Failed, sent.Failed)
	r.count(metric.Throttled, count.throttled.Load())
	return sent
}
