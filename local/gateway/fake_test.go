package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// fake is a function: it keeps every event, and answers as answer says, or
// with 200 when that is nil.
type fake struct {
	answer func(ctx context.Context, event []byte) ([]byte, error)

	mu     sync.Mutex // guards events
	events [][]byte
}

func (f *fake) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	f.mu.Lock()
	f.events = append(f.events, event)
	f.mu.Unlock()
	if f.answer == nil {
		return []byte(`{"statusCode":200}`), nil
	}
	return f.answer(ctx, event)
}

func (f *fake) calls() [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.events
}

// answering returns a function that always answers text.
func answering(text string) *fake {
	return &fake{answer: func(context.Context, []byte) ([]byte, error) { return []byte(text), nil }}
}

// failing returns a function that always fails.
func failing(err error) *fake {
	return &fake{answer: func(context.Context, []byte) ([]byte, error) { return nil, err }}
}

// sleeping returns a function that answers text after a while.
func sleeping(d time.Duration, text string) *fake {
	return &fake{answer: func(context.Context, []byte) ([]byte, error) {
		time.Sleep(d) // of the fake clock of testing/synctest
		return []byte(text), nil
	}}
}

// echoing returns a function whose answer has the body of its event.
func echoing() *fake {
	return &fake{answer: func(_ context.Context, event []byte) ([]byte, error) {
		doc, _ := parse(event)
		return bodyAnswer(doc.field("body")), nil
	}}
}

// bodyAnswer is a function's answer with the body, a JSON value.
func bodyAnswer(body value) []byte {
	return fmt.Appendf(nil, `{"statusCode":200,"body":%s}`, body)
}

// reported is an error that a function reports of itself.
type reported string

func (e reported) Error() string        { return "function error: " + string(e) }
func (e reported) ErrorMessage() string { return string(e) }

var errInvoke = errors.New("no such function")

const (
	allowAll  = `{"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`
	connectID = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/dev/$connect"
)
