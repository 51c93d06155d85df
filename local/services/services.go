// Package services runs DynamoDB and the sign-in of a local run. They are the npm packages
// dynalite and oidc-provider, in fixed versions, each in a small program of this folder.
//
// They differ from AWS as follows: all state is in memory and lost at exit, credentials are
// not checked, any name is a user, and dynalite has no transactions and does not delete
// expired items.
package services

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"sallyport/infra/build"
)

const (
	startTimeout = 2 * time.Minute // the limit for a start, which takes less than a second unless the machine is busy
	stopGrace    = 2 * time.Second // time between SIGTERM and SIGKILL
)

// SignIn is the configuration of the sign-in. All fields are required.
type SignIn struct {
	// Listen is the loopback address, as HOST:PORT. Port 0 means a free port.
	Listen string `json:"listen"`
	// SiteURL is the address of the page that users sign in to.
	SiteURL string `json:"siteUrl"`
	// ClientID is the OAuth client ID of the page.
	ClientID string `json:"clientId"`
	// Audience is the audience of the access tokens.
	Audience string `json:"audience"`
}

// Service is a running program. Its methods are safe for concurrent use.
type Service struct {
	// URL is the address, such as http://127.0.0.1:8082. The URL of the sign-in is also
	// its issuer.
	URL string

	name string
	pid  int
	stop context.CancelFunc
	done chan struct{} // closed when the process has ended
	err  error         // the reason for an unexpected end; read after done
}

// StartDynamoDB starts an empty DynamoDB at a free port and returns when it is ready. ctx
// applies to the start only. log, which may be nil, gets its output line by line.
func StartDynamoDB(ctx context.Context, log io.Writer) (*Service, error) {
	return start(ctx, "dynamodb", map[string]string{"listen": "127.0.0.1:0"}, log)
}

// StartSignIn starts an issuer and returns when it is ready. ctx applies to the start only.
// log, which may be nil, gets its output line by line.
func StartSignIn(ctx context.Context, cfg SignIn, log io.Writer) (*Service, error) {
	return start(ctx, "sign-in", cfg, log)
}

func start(ctx context.Context, name string, settings any, log io.Writer) (*Service, error) {
	s := &Service{name: name, done: make(chan struct{})}
	p, err := s.launch(ctx, settings, log)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	select {
	case s.URL = <-p.url:
		return s, nil
	case <-s.done:
		err = s.err
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(startTimeout):
		err = fmt.Errorf("no answer within %v", startTimeout)
	}
	return nil, fmt.Errorf("start %s: %w", name, errors.Join(err, s.Stop()))
}

// launch starts the process, and a goroutine that waits for its end.
func (s *Service) launch(start context.Context, settings any, log io.Writer) (*programOutput, error) {
	root, err := findRoot()
	if err != nil {
		return nil, err
	}
	argument, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	p := &programOutput{name: s.name, log: log, url: make(chan string, 1)}
	cmd := exec.CommandContext(ctx, "node", s.name+".mjs", string(argument)) //nolint:gosec // our own program
	cmd.Dir = filepath.Join(root, folder)
	output, problems := &lines{handle: p.output}, &lines{handle: p.problem}
	cmd.Stdout, cmd.Stderr = output, problems
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C does not reach it: the run stops the parts in order
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopGrace
	input, err := cmd.StdinPipe() // stays open until this process ends; then the program also ends
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		stop()
		return nil, cmp.Or(build.CheckNode(start), err)
	}
	s.pid = cmd.Process.Pid
	go func() {
		defer close(s.done)
		err := cmd.Wait()
		_ = input.Close()
		output.end()
		problems.end()
		if ctx.Err() == nil {
			s.err = p.reason(err)
		}
		stop()
	}()
	return p, nil
}

// Wait returns when the program has ended. The error is nil if Stop ended it.
func (s *Service) Wait() error {
	<-s.done
	if s.err != nil {
		return fmt.Errorf("run %s: %w", s.name, s.err)
	}
	return nil
}

// Stop ends the program and returns when it has ended. It may be called again.
func (s *Service) Stop() error {
	s.stop()
	<-s.done
	return nil
}

// programOutput reads the output of a program.
type programOutput struct {
	name string
	log  io.Writer
	url  chan string // gets the address of the program

	mu       sync.Mutex // guards the fields below, and log
	ready    bool       // url has been sent
	problems []string   // the first lines of standard error
}

// output processes a line of standard output. The first one has the address of the
// program.
func (p *programOutput) output(line string) {
	var first struct{ URL string }
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ready && json.Unmarshal([]byte(line), &first) == nil && first.URL != "" {
		p.ready = true
		p.url <- first.URL
		return
	}
	p.print(line)
}

// problem processes a line of standard error.
func (p *programOutput) problem(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.problems) < 30 {
		p.problems = append(p.problems, line)
	}
	p.print(line)
}

func (p *programOutput) print(line string) {
	if p.log != nil {
		_, _ = io.WriteString(p.log, p.name+": "+line+"\n")
	}
}

// reason returns the reason why a program ended: its own message, which is one sentence, or
// the message of Node.js in a stack trace, or the exit status.
func (p *programOutput) reason(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.problems {
		if strings.Contains(line, "Error: ") || strings.Contains(line, "Error [") {
			return errors.New(strings.TrimSpace(line))
		}
	}
	if len(p.problems) > 0 {
		return errors.New(p.problems[0])
	}
	if err == nil {
		return errors.New("the program ended without an error")
	}
	return err
}
