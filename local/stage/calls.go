package stage

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Invoker calls a function and returns its answer.
//
// An error with a method ErrorMessage() string is an error that the function itself
// reported, with its errorMessage. Every other error means that the function could not be
// invoked. The payload belongs to the callee. Invoke may run concurrently, and may continue
// after the client got a timeout.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// ErrTimedOut means that a function exceeded the timeout of its integration. The function
// continues (api-gateway.md 5.3, 13.1).
var ErrTimedOut = errors.New("integration timed out")

// Calls tracks the requests, goroutines and function calls of an API, so that the API can
// wait for them when it closes. Make one with NewCalls. Its methods may run concurrently.
type Calls struct {
	ctx     context.Context // of every function; it ends when Wait returns
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex // guards closed
	closed bool
}

// NewCalls returns a Calls that accepts requests.
func NewCalls() *Calls {
	c := &Calls{}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Enter counts a request and reports true. After Close, it reports false. If Enter reports
// true, the caller must call Leave at the end of the request.
func (c *Calls) Enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.running.Add(1)
	}
	return !c.closed
}

// Leave ends a request that Enter has counted.
func (c *Calls) Leave() { c.running.Done() }

// Go runs f in a goroutine that Wait waits for. Call it between Enter and Leave, within
// another f, or between Close and Wait.
func (c *Calls) Go(f func()) { c.running.Go(f) }

// Close makes all later calls of Enter report false.
func (c *Calls) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// Closed reports whether Close was called.
func (c *Calls) Closed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// Wait waits for all requests, goroutines and functions. If ctx ends first, Wait returns
// its error. In both cases it ends the context of the functions.
func (c *Calls) Wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		c.running.Wait()
		close(done)
	}()
	defer c.cancel()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Invoke invokes f and calls answer exactly once: with the result of f, or with ErrTimedOut
// if f takes longer than timeout. It returns when both f and answer have returned. It starts
// no goroutine, but answer may run in the goroutine of a timer.
func (c *Calls) Invoke(f Invoker, timeout time.Duration, event []byte, answer func(result []byte, err error)) {
	var once sync.Once
	timer := time.AfterFunc(timeout, func() {
		once.Do(func() { answer(nil, ErrTimedOut) })
	})
	result, err := f.Invoke(c.ctx, event)
	timer.Stop()
	once.Do(func() { answer(result, err) })
}

// Await invokes f as Invoke does, and returns the result of f or ErrTimedOut. A function
// that takes longer continues in a goroutine.
func (c *Calls) Await(f Invoker, timeout time.Duration, event []byte) ([]byte, error) {
	type outcome struct {
		result []byte
		err    error
	}
	answered := make(chan outcome, 1)
	c.Go(func() {
		c.Invoke(f, timeout, event, func(result []byte, err error) { answered <- outcome{result, err} })
	})
	o := <-answered
	return o.result, o.err
}
