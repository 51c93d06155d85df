package handler

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
)

// maxAtOnce is the largest number of concurrent calls of forEach.
const maxAtOnce = 32

// errSkip is the error of a call that had nothing to do.
var errSkip = errors.New("nothing to do")

// forEach calls do for each connection, several at a time, and returns when all calls have returned.
// It reads the list as it arrives and never holds all of them. Its error is an error of the
// list or of the context; the tally then counts the calls so far.
func forEach(ctx context.Context, list iter.Seq2[Connection, error], do func(Connection) error) (*tally, error) {
	var (
		count tally
		tasks sync.WaitGroup
		slots = make(chan struct{}, maxAtOnce)
	)
	defer tasks.Wait()
	for c, err := range list {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return &count, err
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return &count, ctx.Err()
		}
		tasks.Go(func() {
			defer func() { <-slots }()
			count.add(do(c))
		})
	}
	return &count, nil
}

// tally counts results. It is safe for concurrent use.
type tally struct {
	done, gone, failed, throttled atomic.Int64
	queued                        atomic.Int64 // connections for which the queue has a job
}

func (t *tally) add(err error) {
	switch {
	case err == nil:
		t.done.Add(1)
	case errors.Is(err, errSkip):
	case errors.Is(err, ErrGone):
		t.gone.Add(1)
	default:
		t.failed.Add(1)
	}
	if errors.Is(err, ErrThrottled) {
		t.throttled.Add(1)
	}
}

// incomplete returns the error of a command that could not reach all connections. done is the
// word for the connections that it reached, such as sent.
func (m *Mux) incomplete(command string, err error, count *tally, done string) error {
	reached := fmt.Sprintf("after %d %s, %d gone, %d failed", count.done.Load(), done, count.gone.Load(), count.failed.Load())
	if n := count.queued.Load(); n > 0 {
		reached += fmt.Sprintf(", %d queued", n)
	}
	switch {
	case !errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w, %s", command, err, reached)
	case m.config.Channels == nil:
		return fmt.Errorf("%s: time ran out %s, and the others were not reached (%w): raise the setting timeout, "+
			"or declare a namespace in lambda/app/channels.go, so that a queue reaches many connections", command, reached, err)
	}
	return fmt.Errorf("%s: time ran out %s, and the others were not reached (%w): raise the setting timeout", command, reached, err)
}

// noteQueued adds to the log line the number of connections for which the queue has a job.
func (r *request) noteQueued(count *tally) {
	if n := count.queued.Load(); n > 0 {
		r.log = r.log.With().Int64("queued", n).Logger()
	}
}
