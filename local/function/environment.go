package function

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/google/uuid"
)

const (
	initTimeout = 10 * time.Second // Lambda's limit from the start to the first request for an event
	stopGrace   = 2 * time.Second  // time between SIGTERM and SIGKILL
)

// The causes for which a process is killed without a preceding SIGTERM.
var (
	errTimeout     = errors.New("the event exceeded the timeout")
	errInitTimeout = errors.New("the initialization exceeded its timeout")
	errKilled      = errors.New("Kill was called")
)

// environment is one process and its Runtime API. A caller that acquires it may offer one
// event. The answer to the event releases the environment.
type environment struct {
	fn      *Function
	inUse   bool // acquired and not released; guarded by the mutex of the pool
	path    string
	version int
	log     *lineLog
	created time.Time
	secret  string // part of the path of the Runtime API; only the process gets it
	host    string // HOST:PORT of the Runtime API; set before the server starts

	ctx  context.Context // the process ends when it is done
	stop context.CancelCauseFunc
	wg   sync.WaitGroup // the goroutines that serve the Runtime API

	mu        sync.Mutex                // guards the fields below
	conns     map[*runtimeConn]struct{} // the open connections; nil: the Runtime API has ended
	asking    *runtimeConn              // the connection on which the process waits for an event; nil: it does not wait
	pending   *invocation               // the event that the process has not asked for yet
	current   *invocation               // the event that was delivered last
	answered  bool                      // current is answered, and the process has not asked for the next event
	delivered int                       // the number of delivered events
	initTime  time.Duration             // from the start to the first request for an event; 0: not yet
	initErr   *Error                    // the error that the process reported when it failed to start
	gone      bool                      // the process has ended
}

// newEnvironment returns an environment whose process does not run yet. The caller holds
// the mutex of the pool.
func newEnvironment(f *Function, path string, version, number int) *environment {
	secret := rand.Text()
	e := &environment{
		fn: f, path: path, version: version, created: time.Now(), secret: secret, conns: map[*runtimeConn]struct{}{},
		log: newLineLog(f.cfg.Log, fmt.Sprintf("%s[%d]: ", f.cfg.Name, number), secret, f.cfg.Observe != nil),
	}
	e.ctx, e.stop = context.WithCancelCause(f.pool.running)
	return e
}

// run runs the process until it ends, and settles its event.
func (e *environment) run() {
	defer e.fn.wg.Done()
	defer e.stop(nil)
	e.settle(e.runProcess())
	e.fn.forget(e)
}

// runProcess runs the process and serves its Runtime API. When the process has ended, it
// returns the type and the text of Lambda's error.
func (e *environment) runProcess() (typ, reason string) {
	output, err := e.log.open()
	if err != nil {
		return "Runtime.Unknown", err.Error()
	}
	defer e.log.close()
	listener, err := new(net.ListenConfig).Listen(e.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "Runtime.Unknown", err.Error()
	}
	e.host = listener.Addr().String()
	e.wg.Go(func() { e.listen(listener) })
	defer e.closeConns(listener)

	state, err := e.execute(output)
	switch {
	case err != nil:
		return "Runtime.InvalidEntrypoint", err.Error()
	case state.ExitCode() == 0:
		return "Runtime.ExitError", "Runtime exited without providing a reason"
	}
	return "Runtime.ExitError", "Runtime exited with error: " + state.String()
}

// execute runs the process to its end. It locks its thread, because Pdeathsig kills a
// process when the thread that started it ends, and the Go scheduler may end a thread.
func (e *environment) execute(output *os.File) (*os.ProcessState, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd := exec.CommandContext(e.ctx, e.path) //nolint:gosec // the configured program
	cmd.Dir = filepath.Dir(e.path)
	cmd.Env = e.variables()
	cmd.Stdout, cmd.Stderr = output, output // one pipe, which keeps the order
	cmd.SysProcAttr = processAttributes()
	cmd.WaitDelay = stopGrace
	cmd.Cancel = func() error {
		if killed(e.ctx) {
			return signalGroup(cmd, syscall.SIGKILL)
		}
		return signalGroup(cmd, syscall.SIGTERM)
	}
	defer e.expectInit().Stop()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	_ = cmd.Wait()                        // ProcessState has the result
	_ = signalGroup(cmd, syscall.SIGKILL) // ends the processes that it started
	return cmd.ProcessState, nil
}

// signalGroup sends a signal to a process and its descendants.
func signalGroup(cmd *exec.Cmd, signal syscall.Signal) error {
	return syscall.Kill(-cmd.Process.Pid, signal)
}

// killed reports whether a process was killed without a preceding SIGTERM.
func killed(ctx context.Context) bool {
	cause := context.Cause(ctx)
	return errors.Is(cause, errTimeout) || errors.Is(cause, errInitTimeout) || errors.Is(cause, errKilled)
}

// variables returns the environment variables of the process. Those of Lambda replace
// declared ones with the same name.
func (e *environment) variables() []string {
	cfg := &e.fn.cfg
	vars := make([]string, 0, len(cfg.Env)+12)
	for name, value := range cfg.Env {
		vars = append(vars, name+"="+value)
	}
	return append(vars,
		"AWS_LAMBDA_RUNTIME_API="+e.host+"/"+e.secret,
		"AWS_LAMBDA_FUNCTION_NAME="+cfg.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE="+strconv.Itoa(cfg.MemoryMB),
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/"+cfg.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME="+time.Now().UTC().Format("2006/01/02")+"/[$LATEST]"+uuid.NewString(),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
		"LAMBDA_TASK_ROOT="+filepath.Dir(e.path),
		"_HANDLER=bootstrap",
		"TZ=:UTC",
		"LANG=en_US.UTF-8",
	)
}
