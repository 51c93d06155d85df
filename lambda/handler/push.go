package handler

import (
	"context"
	"errors"
	"fmt"
)

// Result is the answer to a push.
type Result struct {
	Sent   int64 `json:"sent"`
	Gone   int64 `json:"gone"`   // no longer there, and forgotten; or not there yet
	Failed int64 `json:"failed"` // may or may not have got it; see the log
}

// push sends a message and answers with a Result. Running out of time or of
// connections to list is an error, which tells the counts so far.
func (m *Mux) push(ctx context.Context, r *request) (any, error) {
	p, err := m.readPush(r)
	if err != nil {
		return nil, err
	}
	r.noteUser(p.Target.user())
	count, err := each(ctx, m.ids(ctx, p.Target), func(id string) error { return m.post(ctx, r, id, p.Message) })
	r.note("connectionId", p.Target.Connection) // only now, as the lines on posts have one
	res := r.countSent(count)
	r.log = r.log.With().Int64("sent", res.Sent).Int64("gone", res.Gone).Int64("failed", res.Failed).Logger()
	if err != nil {
		return nil, fmt.Errorf("push: %w, after %d sent, %d gone, %d failed", err, res.Sent, res.Gone, res.Failed)
	}
	return res, nil
}

// post sends to one connection. It forgets the connection if it is gone, and
// logs every other failure: the answer only counts them.
func (m *Mux) post(ctx context.Context, r *request, id string, text []byte) error {
	err := m.config.Poster.Post(ctx, id, text)
	if errors.Is(err, ErrGone) {
		m.removeGone(ctx, r, id)
	} else if err != nil {
		r.warn(id).Err(err).Msg("message not sent")
	}
	return err
}
