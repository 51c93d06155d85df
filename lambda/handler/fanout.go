package handler

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
)

// maxAtOnce bounds the connections to which something is done at the same time.
const maxAtOnce = 32

// errSkip says that nothing was to be done to a connection.
var errSkip = errors.New("nothing to do")

// each does something to each connection, several at a time, and waits for all
// of it. It takes the ids as they come, so it never holds them all. Its error is
// that of the list, or of the context.
func each(ctx context.Context, ids iter.Seq2[string, error], do func(id string) error) (*tally, error) {
	var (
		count tally
		tasks sync.WaitGroup
		slots = make(chan struct{}, maxAtOnce)
	)
	for id, err := range ids {
		if err == nil {
			err = acquire(ctx, slots)
		}
		if err != nil {
			tasks.Wait()
			return &count, err
		}
		tasks.Go(func() {
			defer func() { <-slots }()
			count.add(do(id))
		})
	}
	tasks.Wait()
	return &count, nil
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

// tally counts how it went. It is safe for concurrent use.
type tally struct{ done, gone, failed, throttled atomic.Int64 }

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
