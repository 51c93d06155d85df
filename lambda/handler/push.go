package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"sallyport/lambda/metric"
)

const (
	// maxPosts bounds the posts of one push that run at the same time.
	maxPosts = 32
	// maxMessage is the longest message that API Gateway takes (specification 6).
	maxMessage = 128 << 10
)

// push is the order of a backend to send Message, any JSON, to one connection,
// to all of a user's, or to all there are.
type push struct {
	Target struct {
		Connection string `json:"connection"`
		User       string `json:"user"`
		All        bool   `json:"all"`
	} `json:"target"`
	Message json.RawMessage `json:"message"`
}

// Result is the answer to a push.
type Result struct {
	Sent   int64 `json:"sent"`
	Gone   int64 `json:"gone"`   // no longer there; they are now forgotten
	Failed int64 `json:"failed"` // may or may not have got it; see the log

	throttled int64 // of those that failed
}

// push sends a message and answers with a Result. Running out of time or of
// connections to list is an error, which tells the counts so far.
func (m *Mux) push(ctx context.Context, r *request) (any, error) {
	p, err := readPush(r.Push)
	if err != nil {
		return nil, err
	}
	r.note("user", p.Target.User)
	result, err := m.deliver(ctx, r, m.targets(ctx, p), p.Message)
	r.count(metric.Sent, result.Sent)
	r.count(metric.Gone, result.Gone)
	r.count(metric.Failed, result.Failed)
	r.count(metric.Throttled, result.throttled)
	r.note("connectionId", p.Target.Connection)
	r.log = r.log.With().Int64("sent", result.Sent).Int64("gone", result.Gone).Int64("failed", result.Failed).Logger()
	if err != nil {
		return nil, fmt.Errorf("push: %w, after %d sent, %d gone, %d failed", err, result.Sent, result.Gone, result.Failed)
	}
	return result, nil
}

// readPush decodes a push. It is strict: a misspelt field must not turn a
// message for one user into no message at all.
func readPush(raw json.RawMessage) (push, error) {
	var p push
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return push{}, fmt.Errorf("read push: %w", err)
	}
	targets := 0
	for _, named := range []bool{p.Target.Connection != "", p.Target.User != "", p.Target.All} {
		if named {
			targets++
		}
	}
	switch {
	case targets == 0:
		return push{}, errors.New("read push: it has no target: want one of connection, user and all")
	case targets > 1:
		return push{}, errors.New("read push: it has several targets: want one of connection, user and all")
	case len(p.Message) == 0:
		return push{}, errors.New("read push: it has no message")
	case len(p.Message) > maxMessage:
		return push{}, fmt.Errorf("read push: the message has %d bytes: at most %d can be sent", len(p.Message), maxMessage)
	}
	return p, nil
}

func (m *Mux) targets(ctx context.Context, p push) iter.Seq2[string, error] {
	switch {
	case p.Target.All:
		return m.config.Finder.All(ctx)
	case p.Target.User != "":
		return m.config.Finder.ByUser(ctx, p.Target.User)
	}
	return func(yield func(string, error) bool) { yield(p.Target.Connection, nil) }
}

// deliver posts to each connection, several at a time, and waits for all of
// the posts. It takes the ids as they come, so it never holds them all.
func (m *Mux) deliver(ctx context.Context, r *request, ids iter.Seq2[string, error], text []byte) (Result, error) {
	var (
		count tally
		posts sync.WaitGroup
		slots = make(chan struct{}, maxPosts)
	)
	for id, err := range ids {
		if err == nil {
			err = acquire(ctx, slots)
		}
		if err != nil {
			posts.Wait()
			return count.result(), err
		}
		posts.Go(func() {
			defer func() { <-slots }()
			count.add(m.post(ctx, r, id, text))
		})
	}
	posts.Wait()
	return count.result(), nil
}

func acquire(ctx context.Context, slots chan<- struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// post sends to one connection. It forgets the connection if it is gone, and
// logs every other failure: the answer only counts them.
func (m *Mux) post(ctx context.Context, r *request, id string, text []byte) error {
	err := m.config.Poster.Post(ctx, id, text)
	if errors.Is(err, ErrGone) {
		if err := m.config.Store.Delete(ctx, id); err != nil {
			r.log.Warn().Str("connectionId", id).Err(err).Msg("gone connection stays in the table")
		}
		return err
	}
	if err != nil {
		r.log.Warn().Str("connectionId", id).Err(err).Msg("message not sent")
	}
	return err
}

// tally counts how posts end. It is safe for concurrent use.
type tally struct{ sent, gone, failed, throttled atomic.Int64 }

func (t *tally) add(err error) {
	switch {
	case err == nil:
		t.sent.Add(1)
	case errors.Is(err, ErrGone):
		t.gone.Add(1)
	default:
		t.failed.Add(1)
	}
	if errors.Is(err, ErrThrottled) {
		t.throttled.Add(1)
	}
}

func (t *tally) result() Result {
	return Result{Sent: t.sent.Load(), Gone: t.gone.Load(), Failed: t.failed.Load(), throttled: t.throttled.Load()}
}
