package inspector

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestCommands(t *testing.T) {
	const push = `{"push":{"target":{"all":true},"message":{"n":1}}}`
	for name, c := range map[string]struct {
		body, answer string
		failure      error
		status       int
		want         string
	}{
		"push":          {push, `{"sent":1,"gone":0,"failed":0}`, nil, 200, `{"answer":{"json":{"sent":1,"gone":0,"failed":0},"size":30}}`},
		"disconnect":    {`{"disconnect":{"target":{"user":"alice"},"reason":"noon"}}`, `{"disconnected":1}`, nil, 200, `{"answer":{"json":{"disconnected":1},"size":18}}`},
		"errorOfLambda": {`{"push":{"target":{}}}`, "", lambdaError("command_invalid: the command has no target"), 422, `{"message":"command_invalid: the command has no target"}`},
		"otherError":    {push, "", errors.New("the function is closed"), 422, `{"message":"the function is closed"}`},
		"tokenInAnswer": {push, `{"token":"secret"}`, nil, 200, `{"answer":{"json":{"token":"…redacted"},"size":18}}`},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			f.answer, f.failure = c.answer, c.failure
			w := f.ask(t, http.MethodPost, "/inspector/commands", c.body)
			if got := strings.TrimSpace(w.Body.String()); w.Code != c.status || got != c.want {
				t.Errorf("got %d %s, want %d %s", w.Code, got, c.status, c.want)
			}
			if len(f.invoked) != 1 || f.invoked[0] != c.body {
				t.Errorf("events of the function: got %q, want %q", f.invoked, c.body)
			}
		})
	}
}

// The page can send only the commands of a backend. Any other event would have the permissions of
// API Gateway, of the queue or of the schedule.
func TestOtherEventsAreRefused(t *testing.T) {
	for name, body := range map[string]string{
		"route":         `{"requestContext":{"routeKey":"whoami","connectionId":"one","authorizer":{"user":"mallory"}}}`,
		"authorizer":    `{"type":"REQUEST","methodArn":"arn"}`,
		"http":          `{"version":"2.0","requestContext":{"http":{"method":"DELETE","path":"/connections"}}}`,
		"schedule":      `{"source":"aws.events","detail-type":"Scheduled Event"}`,
		"queue":         `{"Records":[{"eventSource":"aws:sqs"}]}`,
		"pushAndRoute":  `{"push":{"target":{"all":true},"message":1},"requestContext":{"routeKey":"whoami","connectionId":"one"}}`,
		"pushAndType":   `{"push":{"target":{"all":true},"message":1},"type":"REQUEST"}`,
		"twoCommands":   `{"push":{"target":{"all":true},"message":1},"disconnect":{"target":{"all":true}}}`,
		"nothing":       `{}`,
		"list":          `[{"push":{}}]`,
		"noJSON":        `push`,
		"tooLong":       `{"push":{"target":{"all":true},"message":"` + strings.Repeat("x", maxCommand) + `"}}`,
		"nestedTooDeep": `{"push":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			w := f.ask(t, http.MethodPost, "/inspector/commands", body)
			if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"message"`) {
				t.Errorf("got %d %s, want 400 with a message", w.Code, w.Body)
			}
			if len(f.invoked) > 0 {
				t.Errorf("events of the function: got %q, want none", f.invoked)
			}
		})
	}
}

// lambdaError is an error of the function, as package function returns it.
type lambdaError string

func (e lambdaError) Error() string        { return "Refusal: " + string(e) }
func (e lambdaError) ErrorMessage() string { return string(e) }
