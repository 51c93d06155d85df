// Package function runs a Lambda function on this machine: the real binary in child
// processes behind Lambda's Runtime API. It also serves Lambda's Invoke API for the
// function.
//
// One process is one execution environment with its own Runtime API. The path of this API
// contains a secret that only the process gets, so that other users' programs on this
// machine cannot receive its events. An environment processes one event at a time.
// Overlapping events get more environments, up to a limit, above which callers wait. The
// idle environment that was used last is used first, so that a quiet function has one
// process.
//
// As on Lambda, a process starts for an event, never by itself: a function that crashes at
// its start costs one process for each event. After a timeout or a crash, the environment
// ends and the next event gets a new one. An event continues when its caller has gone. The
// process gets the declared variables only, and inherits no variable of this process.
//
// It differs from Lambda as follows:
//   - The function gets its memory limit as a number. The limit is not enforced, and
//     neither is the share of the processor. (Lambda does not set GOMEMLIMIT either.)
//   - The process is not frozen between events and not confined to /tmp. It runs on this
//     machine's system as this user. PATH is not set, because the programs of this machine
//     are not those of Amazon Linux.
//   - Above the limit of environments callers wait. Lambda answers 429.
//   - A failed initialization is not tried a second time for the same event, and neither
//     is a failed asynchronous event.
//   - Extensions, layers, versions, aliases and streamed responses do not exist.
package function

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"time"
)

// Config is the configuration of a function. Name and Path are required.
type Config struct {
	// Name is the function's name.
	Name string
	// ARN is the function's ARN, which the Invoke API also accepts. The default
	// consists of the region in Env, the account 000000000000 and Name.
	ARN string
	// Path is the program, Lambda's bootstrap.
	Path string
	// Env has the declared variables, and Lambda's variables that depend on the account:
	// AWS_REGION and the credentials.
	Env map[string]string
	// MemoryMB is the declared memory. The default is 128.
	MemoryMB int
	// Timeout is the limit for one event. The default is 3 seconds.
	Timeout time.Duration
	// MaxEnvironments is the largest number of events at the same time, each in its own
	// process. The default is 10.
	MaxEnvironments int
	// Log gets every line that the function prints, after its name and the number of the
	// environment, and the REPORT line of each event that was cold or failed. Each line is
	// one Write, and the writes do not overlap. A writer that several functions share must
	// be safe for concurrent use. Nil discards the lines.
	Log io.Writer
	// Observe, if set, is called with each finished event, at about the time at which the
	// caller gets its result. Calls may be concurrent. It delays the log and should return
	// quickly. Close returns after the last call.
	Observe func(Invocation)
}

func (c *Config) setDefaults() {
	c.MemoryMB = cmp.Or(c.MemoryMB, 128)
	c.Timeout = cmp.Or(c.Timeout, 3*time.Second)
	c.MaxEnvironments = cmp.Or(c.MaxEnvironments, 10)
	c.ARN = cmp.Or(c.ARN, "arn:aws:lambda:"+cmp.Or(c.Env["AWS_REGION"], "us-east-1")+":000000000000:function:"+c.Name)
	c.Env = maps.Clone(c.Env)
	if c.Log == nil {
		c.Log = io.Discard
	}
	c.Log = &lockedWriter{out: c.Log}
}

// Function is a Lambda function that runs on this machine. Its methods are safe for
// concurrent use. Close ends its processes.
type Function struct {
	cfg Config

	closing context.Context // done after Close was called
	close   context.CancelFunc
	wg      sync.WaitGroup // environments, and asynchronous events

	initTimeout time.Duration // Lambda's, unless a test shortens it

	pool pool
}

// Error is Lambda's description of a failed invocation: an error that the function
// returned, or an error of the environment (Runtime.ExitError, Runtime.InvalidEntrypoint,
// Sandbox.Timedout, Function.ResponseSizeTooLarge).
type Error struct {
	Type       string          `json:"errorType,omitempty"`
	Message    string          `json:"errorMessage"`
	StackTrace json.RawMessage `json:"stackTrace,omitempty"`
}

// Error returns the type and the message.
func (e *Error) Error() string { return e.Type + ": " + e.Message }

// ErrorMessage returns the message alone. API Gateway compares it with Unauthorized.
func (e *Error) ErrorMessage() string { return e.Message }

var errClosed = errors.New("the function is closed")

// New returns a function. Its first process starts with the first event. The program must
// exist.
func New(cfg Config) (*Function, error) {
	if cfg.Name == "" {
		return nil, errors.New("create function: no name")
	}
	if err := checkProgram(cfg.Path); err != nil {
		return nil, fmt.Errorf("create function %s: %w", cfg.Name, err)
	}
	cfg.setDefaults()
	f := &Function{cfg: cfg, initTimeout: initTimeout}
	f.pool.path, f.pool.slots = cfg.Path, make(chan struct{}, cfg.MaxEnvironments)
	f.pool.alive = map[*environment]struct{}{}
	f.closing, f.close = context.WithCancel(context.Background())
	f.pool.running, f.pool.kill = context.WithCancelCause(f.closing)
	return f, nil
}

func checkProgram(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return fmt.Errorf("%s is not a program", path)
	}
	return nil
}

// Invoke runs one event, a JSON document, and returns the function's answer. If the
// function fails, the error is an *Error. Any other error means that the event did not
// run, or that ctx ended first. If ctx ended first, the event continues.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	out, err := f.run(ctx, newInvocation(payload))
	if err != nil {
		return nil, fmt.Errorf("invoke function %s: %w", f.cfg.Name, err)
	}
	if out.failure != nil {
		return nil, out.failure
	}
	return out.payload, nil
}

// run offers the event to an environment and waits for the outcome. If the process ended
// before it asked for the event, run offers the event to another environment.
func (f *Function) run(ctx context.Context, inv *invocation) (outcome, error) {
	for {
		env, err := f.acquire(ctx)
		if err != nil {
			return outcome{}, err
		}
		env.offer(inv)
		select {
		case out := <-inv.done:
			if !out.undelivered {
				return out, nil
			}
		case <-ctx.Done():
			return outcome{}, ctx.Err()
		}
	}
}

// start runs one event without waiting for it.
func (f *Function) start(inv *invocation) error {
	if !f.enter() {
		return errClosed
	}
	go func() {
		defer f.wg.Done()
		// The log has the error already, or the error means that f was closed.
		_, _ = f.run(f.closing, inv)
	}()
	return nil
}

// Replace makes path the program for new events. Events that are running finish on the old
// one.
func (f *Function) Replace(path string) error {
	if err := checkProgram(path); err != nil {
		return fmt.Errorf("replace function %s: %w", f.cfg.Name, err)
	}
	f.retire(path)
	return nil
}

// Kill kills every process, as if each of them had crashed: their events fail, and later
// events get new processes.
func (f *Function) Kill() {
	p := &f.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kill(errKilled)
	p.running, p.kill = context.WithCancelCause(f.closing)
	p.idle = nil
}

// KillDuring kills each process that works on an event for which match returns true. The
// event fails as if the process had crashed. KillDuring returns the number of these processes.
func (f *Function) KillDuring(match func(payload []byte) bool) int {
	f.pool.mu.Lock()
	all := slices.Collect(maps.Keys(f.pool.alive))
	f.pool.mu.Unlock()
	n := 0
	for _, env := range all {
		if env.killDuring(match) {
			n++
		}
	}
	return n
}

// Close ends every process, even during an event, and returns when all have ended. After
// that Invoke returns an error.
func (f *Function) Close() error {
	f.closePool()
	f.close()
	f.wg.Wait()
	return nil
}
