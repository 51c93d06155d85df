package route

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sallyport/lambda/identity"
)

// Caller is the client that sent a message. A handler may use it until it returns.
// Its methods are safe for concurrent use.
type Caller struct {
	ConnectionID string
	// User is the user of the token that opened the connection.
	User identity.User
	// Claims are the claims of that token that the setting claims names. A refresh
	// does not change them.
	Claims Claims

	backend Backend
}

// Claims are claims of a token, as JSON.
type Claims map[string]json.RawMessage

// Text returns a claim that is a string, "" if the token has no such claim or if it
// is not a string.
func (c Claims) Text(name string) string {
	var text string
	if json.Unmarshal(c[name], &text) != nil {
		return ""
	}
	return text
}

// Get decodes a claim into the value that v points to. It returns false, and does
// not change the value, if the token has no such claim.
func (c Claims) Get(name string, v any) (bool, error) {
	raw, ok := c[name]
	if !ok {
		return false, nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return true, fmt.Errorf("decode claim %s: %w", name, err)
	}
	return true, nil
}

// Backend is the part of the handler that a Caller needs.
type Backend interface {
	// AuthorizedUntil returns the time until which the caller's connection may stay open.
	AuthorizedUntil(ctx context.Context) (time.Time, error)
	// Publish publishes JSON in a channel.
	Publish(ctx context.Context, channel string, data json.RawMessage) error
	// Send sends a text to all connections of a target.
	Send(ctx context.Context, to Target, text []byte) (Sent, error)
}

// Target selects connections: one by its ID, those of a user by the user's ID, or
// all. Exactly one field is set.
type Target struct {
	ConnectionID string
	UserID       string
	All          bool
}

// Sent counts the connections to which a message was sent.
type Sent struct {
	Sent   int64 `json:"sent"`
	Gone   int64 `json:"gone"`   // closed, or still opening
	Failed int64 `json:"failed"` // may have received the message; the log has the reasons
	// Queued counts the connections for which the queue has a job. The jobs send the message
	// within seconds, or minutes if the connections are very many. With more than 250
	// connections, all of them are queued.
	Queued int64 `json:"queued,omitempty"`
}

// errNoBackend is the error of a method of a Caller that was made without a backend.
var errNoBackend = errors.New("the caller has no backend: a test of this route must pass one to NewCaller")

// NewCaller returns the caller of a connection. The package handler and the tests of routes
// use it. With a nil backend, the methods that need one return an error.
func NewCaller(connectionID string, user identity.User, claims Claims, backend Backend) Caller {
	return Caller{ConnectionID: connectionID, User: user, Claims: claims, backend: backend}
}

// AuthorizedUntil returns the time until which the connection may stay open: the expiry of
// its newest token, in whole seconds. It reads the row of the connection. If there is no
// row, the error is a refusal with the code connection_unknown.
func (c Caller) AuthorizedUntil(ctx context.Context) (time.Time, error) {
	if c.backend == nil {
		return time.Time{}, errNoBackend
	}
	return c.backend.AuthorizedUntil(ctx)
}

// ToConnection sends m to one connection. If ToConnection, ToUser or ToAll returns an error,
// m was not sent to all connections, because time ran out or because the connections could
// not be listed. Sent then has the counts so far.
func (c Caller) ToConnection(ctx context.Context, id string, m Message) (Sent, error) {
	return c.send(ctx, Target{ConnectionID: id}, m)
}

// ToUser sends m to all connections of the user u. u must have an issuer and a subject.
func (c Caller) ToUser(ctx context.Context, u identity.User, m Message) (Sent, error) {
	if u.ID() == "" {
		return Sent{}, fmt.Errorf("send %s: the user has no issuer or no subject", m.kind)
	}
	return c.send(ctx, Target{UserID: u.ID()}, m)
}

// ToAll sends m to all connections.
func (c Caller) ToAll(ctx context.Context, m Message) (Sent, error) {
	return c.send(ctx, Target{All: true}, m)
}

// Publish publishes data, which is encoded as JSON, in a channel of lambda/app/channels.go.
// A route may publish in every channel. Publish returns when the queue has the publication;
// in a channel without history, when it was posted.
func (c Caller) Publish(ctx context.Context, channel string, data any) error {
	if c.backend == nil {
		return errNoBackend
	}
	raw, err := Encode(data)
	if err != nil {
		return fmt.Errorf("publish in channel %q: %w", channel, err)
	}
	return c.backend.Publish(ctx, channel, raw)
}

func (c Caller) send(ctx context.Context, to Target, m Message) (Sent, error) {
	if m.kind == "" {
		return Sent{}, fmt.Errorf("send: the message is empty: create it with the method With of an event")
	}
	data, err := Encode(m.data)
	if err != nil {
		return Sent{}, fmt.Errorf("send %s: %w", m.kind, err)
	}
	if c.backend == nil {
		return Sent{}, fmt.Errorf("send %s: %w", m.kind, errNoBackend)
	}
	return c.backend.Send(ctx, to, []byte(Envelope(m.kind, data)))
}
