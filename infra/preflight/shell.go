package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// parallel is the maximum number of commands that run at the same time. The AWS CLI needs most of
// a second of one processor to start.
const parallel = 4

// shell runs commands. It is safe for concurrent use.
type shell struct {
	environ []string
	slots   chan struct{} // its capacity is the maximum number of commands at the same time
}

// output runs a command and returns its standard output. The error of a command that fails
// has the text of its standard error.
func (s *shell) output(ctx context.Context, environ []string, name string, args ...string) ([]byte, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // aws, pulumi or df
	cmd.Env = append(append([]string{}, s.environ...), environ...)
	cmd.WaitDelay = time.Second // for children that keep the pipes open
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, &commandError{name: name, text: strings.TrimSpace(stderr.String())}
	}
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", name, err)
	}
	return stdout.Bytes(), nil
}

// commandError is the error of a command that ran and failed.
type commandError struct{ name, text string }

func (e *commandError) Error() string { return e.text }

// aws calls AWS with the AWS CLI.
type aws struct {
	*shell
	profile string // setting aws:profile of the stack; empty: the default profile
}

// call makes a call in a region, and decodes the answer into v. The error is an *awsError.
func (a *aws) call(ctx context.Context, region string, c call, v any, args ...string) error {
	all := append([]string{"--region", region, "--output", "json"}, c.command()...)
	out, err := a.output(ctx, a.environment(), "aws", append(all, args...)...)
	if err == nil {
		if len(bytes.TrimSpace(out)) == 0 {
			out = []byte("{}") // version 1 of the CLI prints nothing for an empty answer
		}
		err = json.Unmarshal(out, v)
	}
	if err != nil {
		return newAWSError(c, err)
	}
	return nil
}

// environment returns variables for the AWS CLI. They turn off its pager and its prompts, and
// let it try each call at most twice.
func (a *aws) environment() []string {
	environ := []string{"AWS_PAGER=", "AWS_MAX_ATTEMPTS=2", "AWS_STS_REGIONAL_ENDPOINTS=regional", "AWS_CLI_AUTO_PROMPT=off"}
	if a.profile != "" {
		environ = append(environ, "AWS_PROFILE="+a.profile)
	}
	return environ
}

// kind is a kind of failure of a call.
type kind int

const (
	otherFailure kind = iota
	notInstalled      // the AWS CLI is not installed
	noCredentials
	expired
	wrongClock
	rejected // AWS does not know the credentials
	denied   // the caller lacks a permission
	notFound
	notActivated // the account has no access to the service
	unreachable
	throttled
	timedOut
)

// awsError is the error of a call.
type awsError struct {
	call call
	kind kind
	text string // one line
}

func (e *awsError) Error() string { return e.text }

// errorPatterns maps texts of the AWS CLI, versions 1 and 2, to kinds of failure. The first
// pattern that matches decides.
var errorPatterns = []struct {
	kind kind
	text *regexp.Regexp
}{
	{wrongClock, regexp.MustCompile(`Signature expired|Signature not yet current|RequestTimeTooSkewed`)},
	{noCredentials, regexp.MustCompile(`Unable to locate credentials|Partial credentials|config profile|Token for .* does not exist|Error loading SSO Token|must specify a region when .* credentials`)},
	{expired, regexp.MustCompile(`ExpiredToken|oken has expired|token included in the request is expired|has expired or is otherwise invalid|session has expired|refresh failed`)},
	{notActivated, regexp.MustCompile(`OptInRequired|SubscriptionRequired|needs a subscription`)},
	{rejected, regexp.MustCompile(`UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|AuthFailure`)},
	{denied, regexp.MustCompile(`AccessDenied|Forbidden|NotAuthorized|UnauthorizedOperation|not authorized to perform`)},
	{notFound, regexp.MustCompile(`NoSuchEntity|NotFound`)},
	{throttled, regexp.MustCompile(`TooManyRequests|Throttl|LimitExceeded|Rate exceeded`)},
	{unreachable, regexp.MustCompile(`ould not connect to|onnect timeout|ead timeout|onnection was closed|onnect to proxy|SSL validation failed|onnection reset|Name or service not known|nvalid endpoint|ProvideRegion`)},
}

// awsErrorPrefix matches the beginning of the text in which the AWS CLI reports an error of AWS.
var awsErrorPrefix = regexp.MustCompile(`An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: ?`)

// newAWSError returns the error of a call from the error of the AWS CLI.
func newAWSError(c call, err error) *awsError {
	e := &awsError{call: c, text: strings.Join(strings.Fields(awsErrorPrefix.ReplaceAllString(err.Error(), "$1: ")), " ")}
	switch {
	case errors.Is(err, exec.ErrNotFound):
		e.kind = notInstalled
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e.kind = timedOut
	}
	if len(e.text) > 300 {
		e.text = e.text[:300] + "..."
	}
	var failed *commandError
	if errors.As(err, &failed) {
		for _, f := range errorPatterns {
			if f.text.MatchString(failed.text) {
				e.kind = f.kind
				break
			}
		}
	}
	return e
}

// signInRemedy is the remedy for missing, expired and rejected credentials.
const signInRemedy = "sign in (aws sso login, aws login or aws configure), or set AWS_PROFILE"

// remedies are the remedies for failures that do not depend on the call.
var remedies = map[kind]string{
	notInstalled: "install the AWS CLI", noCredentials: signInRemedy, expired: signInRemedy, rejected: signInRemedy,
	wrongClock: "set the clock of this machine",
	throttled:  "run the preflight again in a minute", timedOut: "run the preflight again, with a larger -timeout",
	unreachable: "check the network and the proxy, and that the service exists in the region",
}

// failedResult returns the result of a check whose call failed.
func failedResult(err error, want string) result {
	var e *awsError
	if !errors.As(err, &e) {
		return unknown(err.Error(), want, "")
	}
	switch e.kind {
	case notActivated:
		return change(e.text, want, "the account has no access to the service: complete its sign-up (payment method, telephone number) at https://console.aws.amazon.com/billing, and wait for AWS's email")
	case denied:
		return unknown(e.call.String()+" failed: "+e.text, want, "grant "+e.call.permissions()+" (docs/preflight-policy.json)")
	case timedOut:
		return unknown(e.call.String()+" took too long", want, remedies[timedOut])
	default:
		return unknown(e.call.String()+" failed: "+e.text, want, remedies[e.kind])
	}
}

// isKind reports whether an error of a call has a kind.
func isKind(err error, k kind) bool {
	var e *awsError
	return errors.As(err, &e) && e.kind == k
}
