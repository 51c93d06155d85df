// Package route declares the routes of the WebSocket API, the messages that the
// server pushes, and error codes. Package app declares its own by Reply, Accept,
// Mock, Default, Event and Error. The handler serves them, infra deploys them, and
// the contract generator describes them.
//
// A declaration contains only the function of a route. Package handler does the rest for
// every route: it checks each message (authorization, rate, size), decodes it, encodes
// the answer, and writes logs and metrics.
package route

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// The route keys that every app has. API Gateway defines those that begin with "$".
const (
	Connect    = "$connect"
	Disconnect = "$disconnect"
	DefaultKey = "$default"
	Refresh    = "refresh"
)

// Selection is the route selection expression: a message {"action": "x", ...}
// selects the route x, every other message selects $default.
const Selection = "$request.body." + action

// action is the member of a message that selects its route.
const action = "action"

// Kind is the way in which a route answers.
type Kind string

// The kinds of route.
const (
	KindReply     Kind = "reply"     // the sender receives a message of the route's type
	KindAccept    Kind = "accept"    // the sender receives an answer only if the message is refused
	KindMock      Kind = "mock"      // API Gateway answers with a fixed message, without the function
	KindDefault   Kind = "default"   // as KindReply, for all messages that select no other route
	KindLifecycle Kind = "lifecycle" // $connect and $disconnect, which have no messages
)

// Route is one route of the API. It is immutable.
type Route struct {
	// Key is compared, case-sensitively, with the value of Selection in a message.
	Key  string
	Kind Kind
	// Doc describes the route in a few words, as in "returns the time of the server".
	Doc string
	// In is the struct type of a message without its action. It is nil for a route
	// that does not decode the message: mock, default and lifecycle.
	In reflect.Type
	// Answer is the type of the message that the sender receives, and Out the Go type
	// of its data. Answer is empty if there is no such message, Out is nil if the
	// message has no data.
	Answer string
	Out    reflect.Type

	handle func(ctx context.Context, c Caller, body string) (any, error)
}

// Reply declares a route that answers each message to its sender. The answer has the
// type key, and Out as data. In must be a struct; its JSON fields are the members of
// the message beside "action". A message that does not fit In is refused with the
// code message_invalid.
//
// do may return an error code that Error declared, which the sender receives. Any
// other error is a failure: the sender receives API Gateway's "Internal server
// error". do runs concurrently with itself.
func Reply[In, Out any](key, doc string, do func(ctx context.Context, c Caller, in In) (Out, error)) Route {
	return Route{
		Key: key, Kind: KindReply, Doc: doc, In: reflect.TypeFor[In](), Answer: key, Out: reflect.TypeFor[Out](),
		handle: func(ctx context.Context, c Caller, body string) (any, error) {
			in, err := decode[In](body)
			if err != nil {
				return nil, err
			}
			return do(ctx, c, in)
		},
	}
}

// Accept declares a route whose sender receives nothing if do returns nil. In and the
// errors of do are as with Reply.
func Accept[In any](key, doc string, do func(ctx context.Context, c Caller, in In) error) Route {
	return Route{
		Key: key, Kind: KindAccept, Doc: doc, In: reflect.TypeFor[In](),
		handle: func(ctx context.Context, c Caller, body string) (any, error) {
			in, err := decode[In](body)
			if err != nil {
				return nil, err
			}
			return nil, do(ctx, c, in)
		},
	}
}

// Mock declares a route that API Gateway answers with {"type": answer}. The function
// does not run, so the message is neither checked nor logged nor counted.
func Mock(key, doc, answer string) Route {
	return Route{Key: key, Kind: KindMock, Doc: doc, Answer: answer}
}

// Default declares the route $default: all messages that select no other route. body
// is the message, which may be any text. The answer has the type answer and Out as
// data; a json.RawMessage keeps its bytes. Errors of do are as with Reply.
func Default[Out any](answer, doc string, do func(ctx context.Context, c Caller, body string) (Out, error)) Route {
	return Route{
		Key: DefaultKey, Kind: KindDefault, Doc: doc, Answer: answer, Out: reflect.TypeFor[Out](),
		handle: func(ctx context.Context, c Caller, body string) (any, error) { return do(ctx, c, body) },
	}
}

// Replies reports whether API Gateway sends the answer of the function to the client.
// Every route for messages replies, because otherwise API Gateway would also drop
// refusals.
func (r Route) Replies() bool { return r.Kind != KindLifecycle }

// Mock returns the message that API Gateway answers with, or "" if the function answers.
func (r Route) Mock() string {
	if r.Kind != KindMock {
		return ""
	}
	return `{"type":"` + r.Answer + `"}`
}

// Handle answers a message with the data of the reply, nil if there is no reply. An
// *errcode.Refusal is for the sender; any other error is a failure.
func (r Route) Handle(ctx context.Context, c Caller, body string) (json.RawMessage, error) {
	if r.handle == nil {
		return nil, fmt.Errorf("route %s has no handler: API Gateway or package handler answers it", r.Key)
	}
	v, err := r.handle(ctx, c, body)
	if own := (ErrorCode{}); errors.As(err, &own) {
		return nil, own.Because("%s", own.Entry.Meaning)
	}
	if err != nil || r.Answer == "" {
		return nil, err
	}
	return Encode(v)
}
