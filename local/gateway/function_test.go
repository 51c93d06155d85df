package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// function is a fake function. It stores its events. Its answer is the result of answer, or
// the status 200 if answer is nil.
type function struct {
	answer func(ctx context.Context, event []byte) ([]byte, error)

	mu       sync.Mutex // guards received
	received [][]byte
}

func (f *function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	f.mu.Lock()
	f.received = append(f.received, event)
	f.mu.Unlock()
	if f.answer == nil {
		return []byte(`{"statusCode":200}`), nil
	}
	return f.answer(ctx, event)
}

// events returns the events so far.
func (f *function) events() [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.received
}

// answering returns a function whose answer is always text.
func answering(text string) *function {
	return &function{answer: func(context.Context, []byte) ([]byte, error) { return []byte(text), nil }}
}

// failing returns a function that always fails with err.
func failing(err error) *function {
	return &function{answer: func(context.Context, []byte) ([]byte, error) { return nil, err }}
}

// sleeping returns a function that answers text after d.
func sleeping(d time.Duration, text string) *function {
	return &function{answer: func(context.Context, []byte) ([]byte, error) {
		time.Sleep(d) // of the fake clock of testing/synctest
		return []byte(text), nil
	}}
}

// echoing returns a function that answers with the body of its event.
func echoing() *function {
	return &function{answer: func(_ context.Context, event []byte) ([]byte, error) {
		doc, _ := parse(event)
		return fmt.Appendf(nil, `{"statusCode":200,"body":%s}`, doc.field("body")), nil
	}}
}

// reported is an error that a function itself reports.
type reported string

func (e reported) Error() string        { return "function error: " + string(e) }
func (e reported) ErrorMessage() string { return string(e) }

var errInvoke = errors.New("no such function")

const (
	allowAll   = `{"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`
	connectARN = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/dev/$connect"
)

// policy returns an authorizer's answer whose policy has one statement.
func policy(effect, resource string) string {
	return fmt.Sprintf(`{"policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":%q,"Resource":%q}]}}`, effect, resource)
}

// withAuthorizer returns a change of a Config: f is the authorizer.
func withAuthorizer(f *function, sources ...string) func(*Config) {
	return func(c *Config) { c.Authorizer = &Authorizer{IdentitySources: sources, Invoker: f} }
}

// withConnect returns a change of a Config: f is the function of $connect.
func withConnect(f *function) func(*Config) {
	return func(c *Config) { c.Routes[routeConnect] = oneWay(f) }
}
