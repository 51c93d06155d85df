package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// awsError is an error that AWS returned to the AWS CLI.
type awsError struct{ code, message string }

func (e *awsError) Error() string { return e.code + ": " + e.message }

// program runs a program in the folder of the project and returns its standard output. The
// error of a program that fails has the text of its standard error.
func (v *verifier) program(ctx context.Context, name string, args ...string) (string, error) {
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, v.patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // only the callers in this package choose the program
	cmd.Env, cmd.WaitDelay = v.environ, 5*time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", cannot("the command %s is not installed", name)
	case whole.Err() != nil:
		return "", cannot("the run was interrupted")
	case ctx.Err() != nil:
		return "", cannot("%s %s did not end within %v: check the network", name, args[0], v.patience)
	case err != nil:
		text := strings.TrimSpace(stderr.String())
		if text == "" {
			text = err.Error()
		}
		return stdout.String(), errors.New(text)
	}
	return stdout.String(), nil
}

var awsErrorPattern = regexp.MustCompile(`(?s)An error occurred \((\w+)\) when calling the (\w+) operation(?: \(reached max retries: \d+\))?: ?(.*)`)

// aws runs the AWS CLI and returns its standard output. An answer of AWS that is an error is
// an *awsError. A missing right, missing credentials and a service that does not answer are a
// *cannotError.
func (v *verifier) aws(ctx context.Context, args ...string) (string, error) {
	if endpoint := v.serviceEndpoint; endpoint != "" && !strings.Contains(strings.Join(args, " "), "--endpoint-url") {
		args = append(args, "--endpoint-url", endpoint)
	}
	args = append(args, "--region", v.out["region"], "--cli-connect-timeout", "10")
	out, err := v.program(ctx, "aws", args...)
	var impossible *cannotError
	if err == nil || errors.As(err, &impossible) {
		return out, err
	}
	m := awsErrorPattern.FindStringSubmatch(err.Error())
	if m == nil {
		return "", cannot("the AWS CLI fails: %s", lastLine(err.Error()))
	}
	code, operation, message := m[1], m[2], strings.TrimSpace(m[3])
	switch {
	case strings.HasPrefix(code, "AccessDenied"), strings.HasPrefix(code, "UnauthorizedOperation"):
		return "", cannot("the AWS credentials lack the right for %s: docs/verification.md lists the rights", operation)
	case strings.HasPrefix(code, "ExpiredToken"), strings.HasPrefix(code, "UnrecognizedClient"), strings.HasPrefix(code, "InvalidClientToken"), strings.HasPrefix(code, "InvalidSignature"):
		return "", cannot("AWS does not accept the credentials (%s): sign in again", code)
	}
	return "", &awsError{code, message}
}

// lastLine returns the last line of a text that is not empty.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// isAWS reports whether err is an error of AWS with a code.
func isAWS(err error, code string) bool {
	var failure *awsError
	return errors.As(err, &failure) && failure.code == code
}

// file writes a file that only this user can read, and returns its path. Arguments of the
// AWS CLI are not secret: other users can see them.
func (v *verifier) file(name, content string) (string, error) {
	path := filepath.Join(v.work, name)
	return path, os.WriteFile(path, []byte(content), 0o600)
}
