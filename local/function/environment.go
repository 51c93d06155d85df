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
	initTimeout = 10 * time.Second // Lambda's limit from start to the first next
	stopGrace   = 2 * time.Second  // from SIGTERM to SIGKILL
)

// Why a process is killed at once rather than asked to end.
var (
	errTimeout     = errors.New("the event took too long")
	errInitTimeout = errors.New("the initialization took too long")
	errKilled      = errors.New("somebody killed it")
)

// environment is one process and its Runtime API. Who acquired it owns it and
// may offer one event, until it is released.
type environment struct {
	fn      *Function
	path    string
	version int
	log     *lineLog
	born    time.Time
	secret  string // part of the path of the Runtime API; only the process knows it
	host    string // of the Runtime API; set by live, before anything is served

	ctx  context.Context // ends the process
	stop context.CancelCauseFunc
	wg   sync.WaitGroup // what serves the Runtime API

	mu       sync.Mutex                // guards everything below
	conns    map[*runtimeConn]struct{} // open connections; nil: no more
	asking   *runtimeConn              // the one on which the process waits for an event
	pending  *invocation               // the event that the process has not asked for yet
	current  *invocation               // the event that the process was given last
	answered bool                      // current is, and the process has not asked for the next one
	served   int                       // events given
	initTime time.Duration             // until the process asked for its first event; 0: not yet
	initErr  *Error                    // why it says that it never will
	gone     bool                      // the process is
}

// newEnvironment is called with the pool's mutex held.
func newEnvironment(f *Function, path string, version, number int) *environment {
	e := &environment{
		fn:      f,
		path:    path,
		version: version,
		log:     newLineLog(f.cfg.Log, fmt.Sprintf("%s[%d]: ", f.cfg.Name, number), f.cfg.Observe != nil),
		born:    time.Now(),
		secret:  rand.Text(),
		conns:   make(map[*runtimeConn]struct{}),
	}
	e.log.secret = e.secret
	e.ctx, e.stop = context.WithCancelCause(f.pool.lives)
	return e
}

// run is the life of an environment.
func (e *environment) run() {
	defer e.fn.wg.Done()
	defer e.stop(nil)
	e.settle(e.live())
	e.fn.forget(e)
}

// live serves the Runtime API for one process until that ends, and returns how
// it did, in Lambda's words.
func (e *environment) live() (typ, reason string) {
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
	defer e.hangUp(listener)

	state, err := e.execute(output)
	switch {
	case err != nil:
		return "Runtime.InvalidEntrypoint", err.Error()
	case state.ExitCode() == 0:
		return "Runtime.ExitError", "Runtime exited without providing a reason"
	}
	return "Runtime.ExitError", "Runtime exited with error: " + state.String()
}

// execute runs the process to its end. It keeps its thread: a process that is
// to die with its parent (Pdeathsig) dies with the thread that started it, which
// the scheduler may end while the program goes on.
func (e *environment) execute(output *os.File) (*os.ProcessState, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd := exec.CommandContext(e.ctx, e.path) //nolint:gosec // the program that this is all about
	cmd.Dir = filepath.Dir(e.path)
	cmd.Env = e.variables()
	cmd.Stdout, cmd.Stderr = output, output // one pipe keeps their order
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
	_ = cmd.Wait()                        // how it ended is in the state
	_ = signalGroup(cmd, syscall.SIGKILL) // what it started ends with it
	return cmd.ProcessState, nil
}

// signalGroup signals a process and all that it started.
func signalGroup(cmd *exec.Cmd, signal syscall.Signal) error {
	return syscall.Kill(-cmd.Process.Pid, signal)
}

// killed reports whether a process was ended without being asked.
func killed(ctx context.Context) bool {
	cause := context.Cause(ctx)
	return errors.Is(cause, errTimeout) || errors.Is(cause, errInitTimeout) || errors.Is(cause, errKilled)
}

// variables is all that the process gets to know. What Lambda sets wins over
// what was declared.
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
