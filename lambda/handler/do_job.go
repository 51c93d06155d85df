package handler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"sallyport/lambda/channel"
	"sallyport/lambda/errcode"
)

// outageFailures is the number of failed posts from which on a job is repeated later. A job is
// repeated only if half of its posts failed, too, because a few clients that do not read must not
// cause repetitions.
const outageFailures = 8

// results sorts the connections of a job. It is safe for concurrent use.
type results struct {
	mu sync.Mutex
	// again has the connections for which a later attempt can succeed. failed has those for
	// which it cannot, or is less likely to.
	gone, again, failed []Connection
	late                bool             // a request needed more time than a quick one has
	errs                map[string]error // of again and failed, by ID
	done                *tally
}

// doJobs returns a function that does jobs, and adds their results to the tallies.
func (m *Mux) doJobs(r *request, sent, ended *tally) channel.DoJob {
	slots := make(chan struct{}, maxAtOnce)
	quick, slow := m.withRetries(slots, requestTime), m.withRetries(slots, noLimit)
	return func(ctx context.Context, body json.RawMessage, last bool) (json.RawMessage, error) {
		if ctx.Err() != nil { // the jobs before it took too long, which is no reason to give up
			return nil, fmt.Errorf("begin a job: %w", ctx.Err())
		}
		var j job
		if err := json.Unmarshal(body, &j); err != nil {
			return nil, fmt.Errorf("read job: %w", err)
		}
		mux := quick
		if j.Slow {
			mux = slow
		}
		if j.Reason != nil {
			reason := closing{errcode.Disconnected, *j.Reason}
			return m.doJob(ctx, r, j, last, &results{done: ended}, func(ctx context.Context, c Connection) error { return mux.end(ctx, r, c, reason) })
		}
		return m.doJob(ctx, r, j, last, &results{done: sent}, func(ctx context.Context, c Connection) error {
			return mux.config.Poster.Post(ctx, c.ID, textFor(c, j.Message))
		})
	}
}

// doJob calls do for the connections of a job. It returns a job for those that must be tried
// again. It returns an error if it reached no connection.
func (m *Mux) doJob(ctx context.Context, r *request, j job, last bool, to *results, do func(context.Context, Connection) error) (json.RawMessage, error) {
	all := j.connections()
	to.errs = make(map[string]error)
	// Without a deadline, so that each connection has a result.
	doing, cancel := channel.ReserveTime(ctx)
	defer cancel()
	_, _ = forEach(context.WithoutCancel(ctx), listOf(all, nil), func(c Connection) error {
		err := doing.Err()
		if err == nil {
			err = do(doing, c)
		}
		// A disconnect order is repeated after each failure. A post is repeated if the time of the event ended.
		to.add(c, err, j.Reason != nil || doing.Err() != nil, !j.Slow && doing.Err() == nil)
		return nil
	})
	if !last && len(to.failed) >= outageFailures && 2*len(to.failed) >= len(all) {
		to.again, to.failed = append(to.again, to.failed...), nil
	}
	if j.Reason == nil { // end deletes the rows itself
		_, _ = forEach(ctx, listOf(to.gone, nil), func(c Connection) error {
			m.removeGone(ctx, r, c)
			return nil
		})
	}
	switch {
	case len(to.again) == 0:
	case len(to.again) < len(all), to.late:
		m.report(ctx, r, to)
		return job{Message: j.Message, Reason: j.Reason, Slow: true}.encodeFor(to.again)
	case !last:
		return nil, fmt.Errorf("none of %d connections was reached: %w", len(all), to.errs[all[0].ID])
	}
	to.failed = append(to.failed, to.again...)
	m.report(ctx, r, to)
	return nil, nil
}

// add adds the result of a connection. A request that the rate limit refused is always tried
// again. retryAll means that every other failed request is, too. retryTimeouts means that a
// request that took too long is, and that the job is late.
func (t *results) add(c Connection, err error, retryAll, retryTimeouts bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.done.add(nil)
		return
	case errors.Is(err, ErrGone):
		t.done.add(err)
		t.gone = append(t.gone, c)
		return
	case retryTimeouts && errors.Is(err, context.DeadlineExceeded):
		t.again, t.late = append(t.again, c), true
	case retryAll || errors.Is(err, ErrThrottled):
		t.again = append(t.again, c)
	default:
		t.failed = append(t.failed, c)
	}
	t.errs[c.ID] = err
}

// report counts and logs the connections that failed. A job does not have their traces.
func (m *Mux) report(ctx context.Context, r *request, t *results) {
	for _, c := range t.failed {
		t.done.add(t.errs[c.ID])
		if row, err := m.config.Connections.Get(ctx, c.ID); err == nil {
			c.Trace = row.Trace
		}
		r.warn(c).Err(t.errs[c.ID]).Msg("connection not reached by a job of the queue")
	}
}

// requestTime is the longest time of a request about a connection of a job that is not Slow. A
// post takes some milliseconds, but to a client that lost its network it takes as long as the
// caller waits (api-gateway.md 7.2). The other jobs of the group would wait for such a client.
// It gets more time in a job of its own.
const (
	requestTime = time.Second
	noLimit     = time.Hour // the Poster has its own limit
)

// withRetries returns a copy of m that repeats requests, after a wait, that API Gateway refuses
// because of its rate limit. slots limits the number of requests at the same time. limit limits the
// time of each request.
func (m *Mux) withRetries(slots chan struct{}, limit time.Duration) *Mux {
	c, r := *m, retrier{m.config, slots, limit}
	c.config.Poster, c.config.Disconnecter = r, r
	return &c
}

// retrier is a Poster and a Disconnecter. All jobs of an event share the slots, because the
// event can have jobs of several groups, and the setting queueConcurrency assumes maxAtOnce
// requests for each event.
type retrier struct {
	config Config
	slots  chan struct{}
	limit  time.Duration
}

func (r retrier) Post(ctx context.Context, id string, message []byte) error {
	return r.try(ctx, func(ctx context.Context) error { return r.config.Poster.Post(ctx, id, message) })
}

func (r retrier) Disconnect(ctx context.Context, id string) error {
	return r.try(ctx, func(ctx context.Context) error { return r.config.Disconnecter.Disconnect(ctx, id) })
}

func (r retrier) try(ctx context.Context, do func(context.Context) error) error {
	return channel.RetryThrottled(ctx, func() error {
		select {
		case r.slots <- struct{}{}:
			defer func() { <-r.slots }()
		case <-ctx.Done():
			return ctx.Err()
		}
		ctx, cancel := context.WithTimeout(ctx, r.limit)
		defer cancel()
		return do(ctx)
	})
}
