package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// server is something that is measured.
type server struct {
	name  string
	start func(context.Context, settings) (*running, error)
}

// The servers, the one that the others are compared with first.
var servers = []server{
	{"sallyport", startSallyport},
	{"bare echo", startBare},
	{"serverless-offline", func(ctx context.Context, s settings) (*running, error) { return startOffline(ctx, s) }},
	{"... in process", func(ctx context.Context, s settings) (*running, error) { return startOffline(ctx, s, "--useInProcess") }},
}

// running is a server that runs.
type running struct {
	*program
	url    string
	tokens string // a file; empty: none is wanted
	// tickets is where a token gets a ticket; empty: nowhere.
	tickets string
	// invoke calls the Lambda; nil: there is no way to.
	invoke func(ctx context.Context, event string, answer any) error
}

// program is a process that ends with this one.
type program struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// launch starts a program, whose output goes to a file of that name. lines,
// unless nil, gets its standard output instead.
func launch(s settings, name string, lines func(*bufio.Reader), cmd *exec.Cmd) (*program, error) {
	printed, err := os.Create(filepath.Join(s.work, name+".log")) //nolint:gosec // the names are ours
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer printed.Close() //nolint:errcheck // the program has its own copy
	cmd.Stdout, cmd.Stderr = printed, printed
	// A group of its own: a Ctrl-C is for us, and we end it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	var in *bufio.Reader
	if lines != nil {
		cmd.Stdout = nil
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", name, err)
		}
		in = bufio.NewReader(pipe)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &program{cmd: cmd, ended: make(chan struct{})}
	if lines != nil {
		lines(in)
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // it is ended by a signal
	}()
	return p, nil
}

// stop ends the program and all that it started.
func (p *program) stop() {
	group := -p.cmd.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(15 * time.Second):
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-p.ended
	}
}

// await tries until it works, the program has ended, or half a minute is over.
// If it does not, the program is stopped.
func (r *running) await(ctx context.Context, try func() error) error {
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	late := time.After(30 * time.Second)
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-retry.C:
			continue
		case <-ctx.Done():
			err = ctx.Err()
		case <-late:
		case <-r.ended:
			err = errors.New("it has ended, see its log")
		}
		r.stop()
		return fmt.Errorf("wait for %s: %w", filepath.Base(r.cmd.Path), err)
	}
}
