package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"sallyport/lambda/fault"
)

const (
	// maxMessage is the longest message that API Gateway takes (specification 6).
	maxMessage = 128 << 10
	maxReason  = 1000 // bytes
	maxUser    = 256  // bytes; tokens name no longer ones
	maxID      = 128  // bytes of a connection id; those of today have 15
)

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// target is whom an order of a backend is about: one of the three.
type target struct {
	Connection string `json:"connection"`
	User       string `json:"user"`
	All        bool   `json:"all"`
}

// push is the order to send Message, any JSON.
type push struct {
	Target  target          `json:"target"`
	Message json.RawMessage `json:"message"`
}

// cut is the order to end connections. Reason is told to their clients.
type cut struct {
	Target target `json:"target"`
	Reason string `json:"reason"`
}

// readPush decodes an order to push.
func readPush(raw json.RawMessage) (push, error) {
	var p push
	if err := readOrder(raw, &p); err != nil {
		return push{}, err
	}
	if err := p.Target.check(); err != nil {
		return push{}, err
	}
	switch {
	case len(p.Message) == 0:
		return push{}, orderInvalid("it has no message")
	case len(p.Message) > maxMessage:
		return push{}, orderInvalid("the message has %d bytes: at most %d can be sent", len(p.Message), maxMessage)
	}
	return p, nil
}

// readCut decodes an order to disconnect.
func readCut(raw json.RawMessage) (cut, error) {
	var c cut
	if err := readOrder(raw, &c); err != nil {
		return cut{}, err
	}
	if err := c.Target.check(); err != nil {
		return cut{}, err
	}
	if len(c.Reason) > maxReason {
		return cut{}, orderInvalid("the reason has %d bytes: at most %d are sent", len(c.Reason), maxReason)
	}
	return c, nil
}

// readOrder decodes an order. It is strict: a misspelt field must not turn an
// order for one user into one for nobody, or for all.
func readOrder(raw json.RawMessage, order any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(order); err != nil {
		return orderInvalid("%w", err)
	}
	return nil
}

func (t target) check() error {
	named := 0
	for _, is := range []bool{t.Connection != "", t.User != "", t.All} {
		if is {
			named++
		}
	}
	switch {
	case named == 0:
		return orderInvalid("it has no target: want one of connection, user and all")
	case named > 1:
		return orderInvalid("it has several targets: want one of connection, user and all")
	case t.Connection != "" && !isConnectionID(t.Connection):
		return orderInvalid("the target is no connection id: want letters, digits, - and _")
	case len(t.User) > maxUser:
		return orderInvalid("the user has %d bytes: at most %d are a name", len(t.User), maxUser)
	}
	return nil
}

// isConnectionID tells whether an id has the shape of those that API Gateway
// gives, base64url, whatever its length. No other must become part of an
// address. (A regular expression would be made at each cold start.)
func isConnectionID(id string) bool {
	bare := strings.TrimSuffix(strings.TrimSuffix(id, "="), "=")
	return len(bare) >= 1 && len(bare) <= maxID && strings.Trim(bare, base64url) == ""
}

// ids lists the connections of a target.
func (m *Mux) ids(ctx context.Context, t target) iter.Seq2[string, error] {
	switch {
	case t.All:
		return m.config.Finder.All(ctx)
	case t.User != "":
		return m.config.Finder.ByUser(ctx, t.User)
	}
	return func(yield func(string, error) bool) { yield(t.Connection, nil) }
}

// cut ends connections and answers with an Ended.
func (m *Mux) cut(ctx context.Context, r *request) (any, error) {
	c, err := readCut(r.Disconnect)
	if err != nil {
		return nil, err
	}
	r.note("user", c.Target.User)
	text := closing(fault.Disconnected, c.Reason)
	ended, err := m.endAll(ctx, r, m.ids(ctx, c.Target), func(id string) error { return m.end(ctx, r, id, text) })
	r.note("connectionId", c.Target.Connection) // only now, as the lines on connections have one
	if err != nil {
		return nil, err
	}
	return ended, nil
}

func twoOrders(context.Context, *request) (any, error) {
	return nil, orderInvalid("it is both a push and a disconnect")
}

// orderInvalid returns the error for a malformed order. Its text is all that
// the backend gets of it, so the code stands in front.
func orderInvalid(reason string, args ...any) error {
	return &refused{fault.OrderInvalid, string(fault.OrderInvalid) + ": " + fmt.Errorf(reason, args...).Error()}
}
