// Package services runs the parts of the local stack that others wrote: DynamoDB
// by dynalite, sign-in by oidc-provider. Both are npm packages, pinned, behind a
// small program of ours in this folder.
//
// Not as in AWS: everything is in memory and gone at the end, credentials are
// not checked, any name is a user, and dynalite has no transactions and expires
// no items.
package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	startTimeout = 2 * time.Minute // to the first answer: usually less than a second, but a machine may be busy
	stopGrace    = 2 * time.Second // from SIGTERM to SIGKILL
)

// SignIn says how to sign in. All fields are required.
type SignIn struct {
	// Listen is the loopback address, host:port, with port 0 for any.
	Listen string `json:"listen"`
	// SiteURL is the address of the page that users sign in to.
	SiteURL string `json:"siteUrl"`
	// ClientID is what the page calls itself.
	ClientID string `json:"clientId"`
	// Audience is whom the access tokens are for.
	Audience string `json:"audience"`
}

// Service is a running program. Its methods may be used concurrently.
type Service struct {
	// URL is where it answers, such as http://127.0.0.1:8082; for sign-in it is
	// the issuer too.
	URL string

	name string
	pid  int
	stop context.CancelFunc
	done chan struct{} // closed when the process is gone
	err  error         // how it ended; read after done
}

// StartDynamoDB starts an empty DynamoDB at any port and returns once it
// answers. ctx is for the start only. What it prints goes to log line by line,
// unless that is nil.
func StartDynamoDB(ctx context.Context, log io.Writer) (*Service, error) {
	return start(ctx, "dynamodb", map[string]string{"listen": "127.0.0.1:0"}, log)
}

// StartSignIn starts an issuer and returns once it answers. ctx is for the start
// only. What it prints goes to log line by line, unless that is nil.
func StartSignIn(ctx context.Context, cfg SignIn, log io.Writer) (*Service, error) {
	return start(ctx, "sign-in", cfg, log)
}

func start(ctx context.Context, name string, settings any, log io.Writer) (*Service, error) {
	s := &Service{name: name, done: make(chan struct{})}
	p, err := s.launch(settings, log)
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

// launch starts the process and leaves a goroutine that waits for its end.
func (s *Service) launch(settings any, log io.Writer) (*printed, error) {
	folder, err := findFolder()
	if err != nil {
		return nil, err
	}
	argument, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	p := &printed{name: s.name, log: log, url: make(chan string, 1)}
	cmd := exec.CommandContext(ctx, "node", s.name+".mjs", string(argument)) //nolint:gosec // our own program
	cmd.Dir = folder.services
	output, problems := &lines{take: p.output}, &lines{take: p.problem}
	cmd.Stdout, cmd.Stderr = output, problems
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is not for it: we end it in our own order
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopGrace
	input, err := cmd.StdinPipe() // open as long as we live: the program ends with us, whatever ends us
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		stop()
		return nil, explain(err)
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

// explain says what is missing if that is the trouble.
func explain(err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("install Node.js 20 or later with npm: %w", err)
	}
	return err
}

// Wait returns when the program has ended: nil if by Stop, else why.
func (s *Service) Wait() error {
	<-s.done
	if s.err != nil {
		return fmt.Errorf("run %s: %w", s.name, s.err)
	}
	return nil
}

// Stop ends the program and returns when it is gone. It may be called again.
func (s *Service) Stop() error {
	s.stop()
	<-s.done
	return nil
}

// printed is what a program has printed.
type printed struct {
	name string
	log  io.Writer
	url  chan string // the address, once it is told

	mu       sync.Mutex // guards everything below, and log
	told     bool
	problems []string // the first few
}

// output takes a line of standard output. The first one says that the program
// answers.
func (p *printed) output(line string) {
	var ready struct{ URL string }
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.told && json.Unmarshal([]byte(line), &ready) == nil && ready.URL != "" {
		p.told = true
		p.url <- ready.URL
		return
	}
	p.print(line)
}

// problem takes a line of standard error.
func (p *printed) problem(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.problems) < 30 {
		p.problems = append(p.problems, line)
	}
	p.print(line)
}

func (p *printed) print(line string) {
	if p.log != nil {
		_, _ = io.WriteString(p.log, p.name+": "+line+"\n")
	}
}

// reason says why a program ended: in its own words, which are one sentence, or
// those of Node in the middle of a stack trace, or by its exit status.
func (p *printed) reason(err error) error {
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
		return errors.New("it ended by itself")
	}
	return err
}
