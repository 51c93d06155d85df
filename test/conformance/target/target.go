// Package target describes the system that tests connect to: a local run that they start,
// or a deployed stack.
package target

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Outputs are the stack outputs that tests need.
type Outputs struct {
	WebSocketURL    string `json:"websocketUrl"`
	ConnectionsURL  string `json:"connectionsUrl"`
	HTTPURL         string `json:"httpUrl"` // empty: the stack has no tickets
	SiteURL         string `json:"siteUrl"`
	FunctionName    string `json:"functionName"`
	TableName       string `json:"tableName"`
	TicketTableName string `json:"ticketTableName"` // empty: the stack has no tickets
	Issuer          string `json:"issuer"`
	Region          string `json:"region"`
}

// ReadOutputs reads stack outputs as `pulumi stack output --json` prints them.
func ReadOutputs(r io.Reader) (Outputs, error) {
	var o Outputs
	if err := json.NewDecoder(r).Decode(&o); err != nil {
		return Outputs{}, fmt.Errorf("read stack outputs: %w", err)
	}
	if o.WebSocketURL == "" || o.ConnectionsURL == "" || o.Region == "" {
		return Outputs{}, errors.New("read stack outputs: websocketUrl, connectionsUrl or region is missing: the stack is not of this project")
	}
	return o, nil
}

// Local is a local run.
type Local struct {
	Outputs
	// Key signs requests. CredentialsFile has the same key, for
	// AWS_SHARED_CREDENTIALS_FILE. The scripts read OutputsFile.
	Key                          aws.Credentials
	CredentialsFile, OutputsFile string
	// TableURL is the address of the run's DynamoDB, which accepts every signature.
	TableURL string

	cmd    *exec.Cmd
	log    *output
	ended  chan struct{} // closed when the process has ended
	result error         // of the process, valid after ended is closed
}

// Start builds the local run of the checkout at root with the race detector, and starts it
// with the given flags on free ports. Its files are in the folder dir. The caller calls
// Stop.
func Start(ctx context.Context, root, dir string, flags ...string) (*Local, error) {
	if err := readSources(root); err != nil {
		return nil, fmt.Errorf("read the sources of the local run: %w", err)
	}
	program := filepath.Join(dir, "local-run")
	build := exec.CommandContext(ctx, "go", "build", "-race", "-o", program, "./local") //nolint:gosec // both paths are the caller's
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build local: %w: %s", err, out)
	}
	return Run(ctx, root, program, dir, flags...)
}

// Run does the same as Start with a program that is built already.
func Run(ctx context.Context, root, program, dir string, flags ...string) (*Local, error) {
	l := &Local{
		OutputsFile: filepath.Join(dir, "outputs.json"), CredentialsFile: filepath.Join(dir, "credentials"),
		log: &output{ready: make(chan struct{})}, ended: make(chan struct{}),
	}
	const free = "127.0.0.1:0"
	args := append([]string{"-site", free, "-api", free, "-http", free, "-issuer", free, "-watch=false", "-outputs", l.OutputsFile}, flags...)
	l.cmd = exec.CommandContext(context.WithoutCancel(ctx), program, args...) //nolint:gosec // we have just built it
	l.cmd.Dir, l.cmd.Stdout, l.cmd.Stderr = root, l.log, l.log
	if err := l.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start local: %w", err)
	}
	go func() {
		defer close(l.ended)
		l.result = l.cmd.Wait()
	}()
	select {
	case <-l.log.ready:
	case <-l.ended:
		return nil, fmt.Errorf("start local: %w:\n%s", l.result, l.log)
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), l.Stop())
	}
	if err := l.readFiles(); err != nil {
		return nil, errors.Join(err, l.Stop())
	}
	if m := tablePattern.FindStringSubmatch(l.Log()); m != nil {
		l.TableURL = m[1]
	}
	return l, nil
}

// readSources lists the folders with the sources of a local run. So go test knows that the
// result of the test depends on them, and does not use a cached result after a change. It
// cannot know that from the go build of Start.
func readSources(root string) error {
	for _, folder := range []string{"go.mod", "infra/build", "infra/plan", "lambda", "local", "frontend/src"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(_ string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Log returns the output of the run until now.
func (l *Local) Log() string { return l.log.String() }

// Stop ends the run as Ctrl-C does. It returns an error if the run fails, for example with
// a data race.
func (l *Local) Stop() error {
	_ = l.cmd.Process.Signal(syscall.SIGINT) // it may have ended already
	<-l.ended
	if l.result != nil {
		return fmt.Errorf("run local: %w:\n%s", l.result, l.log)
	}
	return nil
}

var (
	keyPattern = regexp.MustCompile(`aws_access_key_id = (\S+)\naws_secret_access_key = (\S+)`)
	// tablePattern matches the line with the address of the table. The run prints it
	// together with the line that says ready.
	tablePattern = regexp.MustCompile(`(?m)^ +table +(\S+)`)
)

func (l *Local) readFiles() error {
	outputs, err := os.Open(l.OutputsFile)
	if err != nil {
		return fmt.Errorf("read outputs: %w", err)
	}
	defer outputs.Close() //nolint:errcheck // nothing was written
	if l.Outputs, err = ReadOutputs(outputs); err != nil {
		return err
	}
	text, err := os.ReadFile(l.CredentialsFile)
	if err != nil {
		return fmt.Errorf("read credentials: %w", err)
	}
	m := keyPattern.FindSubmatch(text)
	if m == nil {
		return errors.New("read credentials: there is no key")
	}
	l.Key = aws.Credentials{AccessKeyID: string(m[1]), SecretAccessKey: string(m[2])}
	return nil
}

// TokenRequest describes a token that the local sign-in creates.
type TokenRequest struct {
	User      string `json:"user"`
	ExpiresIn int    `json:"expiresIn,omitempty"` // seconds; 0: the default of the sign-in
	Audience  string `json:"audience,omitempty"`  // empty: that of the system
}

// Token returns a token of the local sign-in.
func (l *Local) Token(ctx context.Context, request TokenRequest) (string, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.Issuer+"/token-for-user", bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("ask for a token: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no connection stays open
	resp, err := client.Do(r)
	if err != nil {
		return "", fmt.Errorf("ask for a token: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // it is read
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return "", fmt.Errorf("ask for a token: the sign-in answers %s: %w", resp.Status, err)
	}
	if answer.Token == "" {
		return "", fmt.Errorf("ask for a token: the sign-in answers %s without a token", resp.Status)
	}
	return answer.Token, nil
}

// output keeps the output of a process, and closes ready when the process prints that it
// is ready.
type output struct {
	mu    sync.Mutex // guards the fields below
	text  bytes.Buffer
	told  bool
	ready chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.text.Write(p)
	if !o.told && strings.Contains(o.text.String(), "Sallyport is ready") {
		o.told = true
		close(o.ready)
	}
	return n, err
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
