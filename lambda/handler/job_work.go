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

// outage is the smallest number of failed posts of a job after which the posts are repeated
// later. It counts only if half of the posts failed, because a few clients that do not read
// must not cause repetitions.
const outage = 8

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
	quick, slow := m.patient(slots, requestTime), m.patient(slots, noLimit)
	return func(ctx context.Context, body json.RawMessage, last bool) (json.RawMessage, error) {
		if ctx.Err() != nil { // the jobs before it took too long, which is no reason to give up
			return nil, fmt.Errorf("begin a job: %w", ctx.Err())
		}
		var j job
		if err := json.Unmarshal(body, &j); err != nil {
			return nil, fmt.Errorf("read job: %w", err)
		}
		patient := quick
		if j.Slow {
			patient = slow
		}
		if j.Reason != nil {
			why := closing{errcode.Disconnected, *j.Reason}
			return m.doJob(ctx, r, j, last, &results{done: ended}, func(ctx context.Context, c Connection) error { return patient.end(ctx, r, c, why) })
		}
		return m.doJob(ctx, r, j, last, &results{done: sent}, func(ctx context.Context, c Connection) error {
			return patient.config.Poster.Post(ctx, c.ID, textFor(c, j.Message))
		})
	}
}

// doJob calls do for the connections of a job. It returns a job for those that must be tried
// again. It returns an error if it reached no connection.
func (m *Mux) doJob(ctx context.Context, r *request, j job, last bool, to *results, do func(context.Context, Connection) error) (json.RawMessage, error) {
	all := j.connections()
	to.errs = make(map[string]error)
	// Without a deadline, so that each connection has a result.
	doing, cancel := channel.MostOf(ctx)
	defer cancel()
	_, _ = each(context.WithoutCancel(ctx), listOf(all, nil), func(c Connection) error {
		err := doing.Err()
		if err == nil {
			err = do(doing, c)
		}
		to.add(c, err, j.Reason != nil || doing.Err() != nil, !j.Slow && doing.Err() == nil)
		return nil
	})
	if !last && len(to.failed) >= outage && 2*len(to.failed) >= len(all) {
		to.again, to.failed = append(to.again, to.failed...), nil
	}
	if j.Reason == nil { // end deletes the rows itself
		_, _ = each(ctx, listOf(to.gone, nil), func(c Connection) error {
			m.removeGone(ctx, r, c)
			return nil
		})
	}
	switch {
	case len(to.again) == 0:
	case len(to.again) < len(all), to.late:
		m.report(ctx, r, to)
		return job{Message: j.Message, Reason: j.Reason, Slow: true}.to(to.again)
	case !last:
		return nil, fmt.Errorf("none of %d connections was reached: %w", len(all), to.errs[all[0].ID])
	}
	to.failed = append(to.failed, to.again...)
	m.report(ctx, r, to)
	return nil, nil
}

// add adds the result of a connection. If persistent is true, each failure is tried again. If
// quick is true, only a request that took too long is.
func (t *results) add(c Connection, err error, persistent, quick bool) {
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
	case quick && errors.Is(err, context.DeadlineExceeded):
		t.again, t.late = append(t.again, c), true
	case persistent || errors.Is(err, ErrThrottled):
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

// patient returns a Mux that waits and repeats requests that API Gateway refuses because of
// its rate limit. slots limits the number of requests at the same time, limit the time of each.
func (m *Mux) patient(slots chan struct{}, limit time.Duration) *Mux {
	c, p := *m, patient{m.config, slots, limit}
	c.config.Poster, c.config.Disconnecter = p, p
	return &c
}

// patient is a Poster and a Disconnecter. All jobs of an event share the slots, because the
// event can have jobs of several groups, and the setting queueConcurrency assumes maxAtOnce
// requests for each event.
type patient struct {
	config Config
	slots  chan struct{}
	limit  time.Duration
}

func (p patient) Post(ctx context.Context, id string, message []byte) error {
	return p.try(ctx, func(ctx context.Context) error { return p.config.Poster.Post(ctx, id, message) })
}

func (p patient) Disconnect(ctx context.Context, id string) error {
	return p.try(ctx, func(ctx context.Context) error { return p.config.Disconnecter.Disconnect(ctx, id) })
}

func (p patient) try(ctx context.Context, do func(context.Context) error) error {
	return channel.Patiently(ctx, func() error {
		select {
		case p.slots <- struct{}{}:
			defer func() { <-p.slots }()
		case <-ctx.Done():
			return ctx.Err()
		}
		ctx, cancel := context.WithTimeout(ctx, p.limit)
		defer cancel()
		return do(ctx)
	})
}
