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

// server is a server that bench measures.
type server struct {
	name  string
	start func(context.Context, settings) (*running, error)
}

// servers are all servers. The table compares the first one with the others.
var servers = []server{
	{"sallyport", startSallyport},
	{"bare echo", startBare},
	{"serverless-offline", func(ctx context.Context, s settings) (*running, error) { return startOffline(ctx, s) }},
	{"... in process", func(ctx context.Context, s settings) (*running, error) { return startOffline(ctx, s, "--useInProcess") }},
}

// running is a started server.
type running struct {
	*program
	url     string
	tokens  string // a file with tokens; empty: the server needs none
	tickets string // the address for tickets; empty: the server has no tickets
	// invoke calls the function; nil: the server cannot do it.
	invoke func(ctx context.Context, event string, answer any) error
}

// program is a process of bench. ended is closed when it has ended.
type program struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// launch starts a program. Its output is in the file NAME.log. If lines is not nil, lines
// reads the standard output instead.
func launch(s settings, name string, lines func(*bufio.Reader), cmd *exec.Cmd) (*program, error) {
	printed, err := os.Create(filepath.Join(s.work, name+".log")) //nolint:gosec // the names are constants
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer printed.Close() //nolint:errcheck // the program has its own copy
	cmd.Stdout, cmd.Stderr = printed, printed
	// A process group of its own: Ctrl-C ends only bench, which ends the program.
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
		_ = cmd.Wait() // a signal ends it
	}()
	return p, nil
}

// stop ends the program and its descendants.
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

// await calls try until it succeeds, until the program has ended, or for two minutes. If
// try does not succeed, await stops the program and returns an error.
func (r *running) await(ctx context.Context, try func() error) error {
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	late := time.After(2 * time.Minute)
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
			err = errors.New("the program has ended: see its log")
		}
		r.stop()
		return fmt.Errorf("wait for %s: %w", filepath.Base(r.cmd.Path), err)
	}
}
