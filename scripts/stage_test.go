package scripts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/test/support"
)

// hangLimit is the time after which a script counts as hung.
const hangLimit = 20 * time.Minute

// deployed are the outputs of the stack in the stub of Pulumi.
var deployed = map[string]string{
	"region": "eu-west-1", "functionName": "sallyport-dev-function-1a2b3c4", "connectionsUrl": "https://" + socketHost + "/live",
	"httpUrl": "https://" + httpHost, "siteUrl": "https://d1.cloudfront.net", "clientId": "console1", "toolClientId": "tools1",
	"issuer": "https://" + cognitoHost + "/eu-west-1_Pool1", "userPoolId": "eu-west-1_Pool1",
}

// pulumi is a stub of the Pulumi CLI: it prints the files outputs.json and error, and
// records its arguments and standard input.
const pulumi = `#!/bin/sh
here=$(dirname "$0")
printf '%s\n' "$*" >"$here/arguments"
cat >"$here/stdin"
[ ! -s "$here/error" ] || { cat "$here/error" >&2; exit 255; }
cat "$here/outputs.json"
`

// stage is an environment for the scripts, with the real AWS CLI and emulated services.
type stage struct {
	*cloud
	aws     string            // the folder of the AWS CLI
	stubs   string            // the folder of the stub of Pulumi
	temp    string            // the folder for temporary files of scripts
	environ map[string]string // instead of the usual environment
}

func newStage(t *testing.T, aws string) stage {
	t.Helper()
	support.DependOn(t, ".")
	s := stage{cloud: newCloud(t), aws: aws, stubs: t.TempDir(), temp: t.TempDir()}
	s.write(t, "pulumi", pulumi)
	s.deploy(t, nil)
	s.environ = map[string]string{
		"HOME": t.TempDir(), "TMPDIR": s.temp, "HTTPS_PROXY": s.proxy, "AWS_CA_BUNDLE": s.authority, "CURL_CA_BUNDLE": s.authority,
		"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_MAX_ATTEMPTS": "1", "PATH": s.stubs + ":" + aws + ":" + os.Getenv("PATH"),
	}
	return s
}

// write writes a file of the stub of Pulumi.
func (s stage) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.stubs, name), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

// read returns a file of the stub of Pulumi.
func (s stage) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.stubs, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// deploy sets the outputs of the stack, as deployed and other say. An empty value removes
// the output.
func (s stage) deploy(t *testing.T, other map[string]string) {
	t.Helper()
	outputs := maps.Clone(deployed)
	maps.Copy(outputs, other)
	maps.DeleteFunc(outputs, func(_, v string) bool { return v == "" })
	text, err := json.MarshalIndent(outputs, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "outputs.json", string(text))
}

// result is the result of a script.
type result struct {
	stdout, stderr string
	code           int
}

// run runs a script in a folder outside the project.
func (s stage) run(t *testing.T, stdin, script string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	path, err := filepath.Abs(script)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = s.environ["HOME"]
	cmd.Stdin = strings.NewReader(stdin)
	for name, value := range s.environ {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	s.share()
	defer s.share()
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(s.temp); err != nil || len(left) > 0 {
		t.Errorf("%s %q left %v in TMPDIR, error %v", script, args, left, err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// check compares the exit code, the whole standard output and a part of standard error.
func (r result) check(t *testing.T, code int, stdout, stderr string) {
	t.Helper()
	if r.code != code || r.stdout != stdout || !strings.Contains(r.stderr, stderr) || (stderr == "" && r.stderr != "") {
		t.Errorf("got exit code %d, %q, errors %q; want %d, %q, %q", r.code, r.stdout, r.stderr, code, stdout, stderr)
	}
	if strings.Contains(r.stderr, "An error occurred") || strings.Contains(r.stderr, "Traceback") {
		t.Errorf("the error is raw: %q", r.stderr)
	}
}

// asked checks the requests that the services got.
func (s stage) asked(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.take()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// invoked returns the request that invokes the function with a command.
func invoked(command string) string {
	return "POST " + lambdaHost + "/2015-03-31/functions/" + deployed["functionName"] + "/invocations " + command
}

// eachCLI returns the folder of an AWS CLI of each major version, by version.
func eachCLI(t *testing.T) map[string]string {
	t.Helper()
	return support.AWSCLIs(t)
}

// oneCLI returns a stage with one AWS CLI: Debian's, if it is installed.
func oneCLI(t *testing.T) stage {
	t.Helper()
	return newStage(t, support.AWSCLI(t))
}
