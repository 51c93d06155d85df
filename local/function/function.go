// Package function runs a Lambda function on this machine: the real binary, in
// processes of its own, behind Lambda's Runtime API; and serves Lambda's Invoke
// API for it.
//
// One process is one execution environment, with a Runtime API endpoint of its
// own. Only the process gets the secret in the path of this endpoint, so other users'
// programs on this machine cannot take its events. It gets one event at a time. Events
// that overlap get more environments, up to a limit, beyond which callers wait. An
// environment that is free is used again, the one used last first, so that a quiet
// function has one process.
//
// As in Lambda: a process starts for an event, never by itself, so a function
// that crashes at once costs one process an event and no loop. An event that
// overruns the timeout kills its environment, as does a crash; the next event
// gets a new one. A caller that goes away does not stop the event. What the
// environment may know is declared: it inherits no variable of this process.
//
// Not as in Lambda:
//   - Memory is told to the function but not enforced, nor is the processor
//     share that comes with it. (GOMEMLIMIT is not Lambda's doing either.)
//   - The process is not frozen between events, not confined to /tmp, and runs
//     on this machine's system and as this user. PATH is not set: programs that
//     happen to be here are not those of Amazon Linux.
//   - Above the limit callers wait; Lambda answers 429.
//   - An initialization that fails is not tried a second time for one event, an
//     asynchronous event that fails is not tried again.
//   - There are no extensions, layers, versions, aliases or streamed responses.
package function

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"sync"
	"time"
)

// Config says what a function is. Name and Path are required.
type Config struct {
	// Name is the function's name.
	Name string
	// ARN is told to the function and accepted by the Invoke API. The default
	// is made from Name, the region in Env and the account 000000000000.
	ARN string
	// Path is the program, Lambda's bootstrap.
	Path string
	// Env are the declared variables, and those of Lambda's that depend on the
	// account: AWS_REGION and the credentials.
	Env map[string]string
	// MemoryMB is the declared memory, 128 by default.
	MemoryMB int
	// Timeout is how long one event may take, 3 seconds by default.
	Timeout time.Duration
	// MaxEnvironments is how many processes may run at once, 10 by default.
	MaxEnvironments int
	// Log gets every line that the function prints, prefixed with its name and
	// the environment's number, and Lambda's own line on each event that was
	// cold or failed. Each line is one Write and the writes do not overlap; a
	// writer shared between functions must allow concurrent use. Nil discards.
	Log io.Writer
	// Observe, if set, is called with each event that has run, about when its
	// caller hears of it, and concurrently. It holds up the log and should be
	// quick. Close returns after the last call.
	Observe func(Invocation)
}

func (c *Config) setDefaults() {
	if c.MemoryMB == 0 {
		c.MemoryMB = 128
	}
	if c.Timeout == 0 {
		c.Timeout = 3 * time.Second
	}
	if c.MaxEnvironments == 0 {
		c.MaxEnvironments = 10
	}
	if c.Log == nil {
		c.Log = io.Discard
	}
	if c.ARN == "" {
		region := c.Env["AWS_REGION"]
		if region == "" {
			region = "us-east-1"
		}
		c.ARN = "arn:aws:lambda:" + region + ":000000000000:function:" + c.Name
	}
	c.Env = maps.Clone(c.Env)
	c.Log = &lockedWriter{out: c.Log}
}

// Function is a Lambda function that runs here. Its methods may be used
// concurrently. Close ends its processes.
type Function struct {
	cfg Config

	closing context.Context // done once Close was called
	close   context.CancelFunc
	wg      sync.WaitGroup // environments, and events that nobody waits for

	initTimeout time.Duration // Lambda's, unless a test shortens it

	pool pool
}

// Error is a failed invocation as Lambda describes it: an error that the
// function returned, or what became of its process (Runtime.ExitError,
// Runtime.InvalidEntrypoint, Sandbox.Timedout, Function.ResponseSizeTooLarge).
type Error struct {
	Type       string          `json:"errorType,omitempty"`
	Message    string          `json:"errorMessage"`
	StackTrace json.RawMessage `json:"stackTrace,omitempty"`
}

// Error returns type and message.
func (e *Error) Error() string { return e.Type + ": " + e.Message }

// ErrorMessage returns the message alone, which is what other services of AWS
// look at.
func (e *Error) ErrorMessage() string { return e.Message }

var errClosed = errors.New("the function is closed")

// New returns a function, of which no process runs before the first event. The
// program must exist.
func New(cfg Config) (*Function, error) {
	if cfg.Name == "" {
		return nil, errors.New("create function: no name")
	}
	if err := checkProgram(cfg.Path); err != nil {
		return nil, fmt.Errorf("create function %s: %w", cfg.Name, err)
	}
	cfg.setDefaults()
	f := &Function{cfg: cfg, initTimeout: initTimeout}
	f.pool.path = cfg.Path
	f.closing, f.close = context.WithCancel(context.Background())
	f.pool.lives, f.pool.kill = context.WithCancelCause(f.closing)
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

// Invoke runs one event, a JSON document, and returns the function's answer. A
// failure of the function is an *Error; every other error means that it was not
// run, or that ctx ended first, in which case the event runs on.
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

// run gives the event to an environment and waits for the outcome. An event
// that its environment did not live to see goes to another one.
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

// start runs one event that nobody waits for.
func (f *Function) start(inv *invocation) error {
	if !f.enter() {
		return errClosed
	}
	go func() {
		defer f.wg.Done()
		// The error is told by the log already, or means that f was closed.
		_, _ = f.run(f.closing, inv)
	}()
	return nil
}

// Replace makes the program at path the one that new events run on. Events that
// run now finish on the old one.
func (f *Function) Replace(path string) error {
	if err := checkProgram(path); err != nil {
		return fmt.Errorf("replace function %s: %w", f.cfg.Name, err)
	}
	f.retire(path)
	return nil
}

// Kill ends every process at once, as a crash of each would: the events they are
// at fail, and later ones get new processes.
func (f *Function) Kill() {
	p := &f.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kill(errKilled)
	p.lives, p.kill = context.WithCancelCause(f.closing)
	p.idle = nil
}

// Close ends every process, with whatever event it is at, and returns when all
// are gone. Invoke fails from then on.
func (f *Function) Close() error {
	f.shut()
	f.close()
	f.wg.Wait()
	return nil
}
