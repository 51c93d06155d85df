package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// startSallyport starts the local run like make run, but without throttles, and gets the
// tokens of users.
func startSallyport(ctx context.Context, s settings) (*running, error) {
	outputs := filepath.Join(s.work, "outputs.json")
	_ = os.Remove(outputs)                                          // a killed run may have left the file
	cmd := exec.CommandContext(ctx, filepath.Join(s.work, "local"), //nolint:gosec // just built
		"-site", "127.0.0.1:0", "-api", "127.0.0.1:0", "-http", "127.0.0.1:0", "-issuer", "127.0.0.1:0", "-outputs", outputs, "-watch=false", "-throttle=false")
	cmd.Dir = s.root
	r := &running{}
	var err error
	if r.program, err = launch(s, "local", nil, cmd); err != nil {
		return nil, err
	}
	return r, r.await(ctx, func() error { return r.signIn(ctx, s, outputs) })
}

// stackOutputs are the outputs of the stack that bench needs.
type stackOutputs struct {
	WebsocketURL, ConnectionsURL, HTTPURL, Issuer, FunctionName, Region string
}

// users is the smallest number of users. Each user may have 20 connections.
const users = 64

// signIn reads the addresses of the system, which are in file when it is ready, and gets the
// tokens.
func (r *running) signIn(ctx context.Context, s settings, file string) error {
	text, err := os.ReadFile(file) //nolint:gosec // the local run has written the file
	if err != nil {
		return err
	}
	var out stackOutputs
	if err := json.Unmarshal(text, &out); err != nil {
		return err
	}
	key, err := readKey(filepath.Join(filepath.Dir(file), "credentials"))
	if err != nil {
		return err
	}
	r.url, r.tickets = out.WebsocketURL, out.HTTPURL+"/tickets"
	r.invoke = func(ctx context.Context, event string, answer any) error { return out.invoke(ctx, key, event, answer) }
	var all []string
	for i := range s.users {
		request, err := newPost(ctx, out.Issuer+"/token-for-user", fmt.Sprintf(`{"user":"bench%d"}`, i))
		if err != nil {
			return err
		}
		var answer struct {
			Token string `json:"access_token"`
		}
		if err := send(request, &answer); err != nil {
			return err
		}
		all = append(all, answer.Token)
	}
	r.tokens = filepath.Join(s.work, "tokens")
	if err := os.WriteFile(r.tokens, []byte(strings.Join(all, "\n")), 0o600); err != nil {
		return fmt.Errorf("write tokens: %w", err)
	}
	return nil
}

// readKey reads the key of the local run. Clients sign requests with it.
func readKey(file string) (key aws.Credentials, err error) {
	text, err := os.ReadFile(file) //nolint:gosec // the local run has written the file
	if err != nil {
		return key, err
	}
	_, err = fmt.Sscanf(string(text), "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", &key.AccessKeyID, &key.SecretAccessKey)
	return key, err
}

// invoke calls the function with a signed request, like a backend.
func (o stackOutputs) invoke(ctx context.Context, key aws.Credentials, event string, answer any) error {
	api := o.ConnectionsURL[:strings.LastIndex(o.ConnectionsURL, "/")]
	request, err := newPost(ctx, api+"/2015-03-31/functions/"+o.FunctionName+"/invocations", event)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(event))
	if err := v4.NewSigner().SignHTTP(ctx, key, request, hex.EncodeToString(sum[:]), "lambda", o.Region, time.Now()); err != nil {
		return err
	}
	return send(request, answer)
}

func newPost(ctx context.Context, url, body string) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(body)))
	if err == nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, err
}

// send sends a request and decodes the JSON of the answer.
func send(request *http.Request, answer any) error {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // the answer was read
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("post to %s: %s", request.URL.Path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
