package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// awsError is an error that AWS returned to the AWS CLI.
type awsError struct{ code, message string }

func (e *awsError) Error() string { return e.code + ": " + e.message }

// runProgram runs a program in the folder of the project and returns its standard output. The
// error of a program that fails has the text of its standard error.
func (v *verifier) runProgram(ctx context.Context, name string, args ...string) (string, error) {
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // only the callers in this package choose the program
	cmd.Env, cmd.WaitDelay = v.environ, 5*time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", cannotCheck("the command %s is not installed", name)
	case whole.Err() != nil:
		return "", cannotCheck("the run was interrupted")
	case ctx.Err() != nil:
		return "", cannotCheck("%s %s did not end within %v: check the network", name, args[0], v.timeout)
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

// aws runs the AWS CLI, in the region of the stack if args have none, and returns its standard
// output. The error is an *awsError if
// AWS answered with an error. It is a *cannotCheckError if a permission or the credentials are
// missing, or if the service does not answer.
func (v *verifier) aws(ctx context.Context, args ...string) (string, error) {
	if endpoint := v.serviceEndpoint; endpoint != "" && !strings.Contains(strings.Join(args, " "), "--endpoint-url") {
		args = append(args, "--endpoint-url", endpoint)
	}
	if !slices.Contains(args, "--region") {
		args = append(args, "--region", v.outputs["region"])
	}
	args = append(args, "--cli-connect-timeout", "10")
	out, err := v.runProgram(ctx, "aws", args...)
	var cannotCheckErr *cannotCheckError
	if err == nil || errors.As(err, &cannotCheckErr) {
		return out, err
	}
	m := awsErrorPattern.FindStringSubmatch(err.Error())
	if m == nil {
		return "", cannotCheck("the AWS CLI fails: %s", lastLine(err.Error()))
	}
	code, operation, message := m[1], m[2], strings.TrimSpace(m[3])
	switch {
	case strings.HasPrefix(code, "AccessDenied"), strings.HasPrefix(code, "UnauthorizedOperation"):
		return "", cannotCheck("the AWS credentials lack the permission for %s: docs/verification.md lists the permissions", operation)
	case strings.HasPrefix(code, "ExpiredToken"), strings.HasPrefix(code, "UnrecognizedClient"), strings.HasPrefix(code, "InvalidClientToken"), strings.HasPrefix(code, "InvalidSignature"):
		return "", cannotCheck("AWS does not accept the credentials (%s): sign in again", code)
	}
	return "", &awsError{code, message}
}

// lastLine returns the last line of a text, without blank lines.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// isAWS reports whether err is an error of AWS with a code.
func isAWS(err error, code string) bool {
	var failure *awsError
	return errors.As(err, &failure) && failure.code == code
}

// writeFile writes a file that only this user can read, and returns its path. Other users of the
// machine can see the arguments of the AWS CLI, so texts with secrets are passed in files.
func (v *verifier) writeFile(name, content string) (string, error) {
	path := filepath.Join(v.folder, name)
	return path, os.WriteFile(path, []byte(content), 0o600)
}
