package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
	"sallyport/lambda/setting"
	"sallyport/lambda/strictjson"
)

const (
	maxReason = 1000 // bytes
	maxUser   = 256  // bytes of a name or a sub; package token refuses longer ones
	maxID     = 128  // bytes of a connection id; those of today have 15
)

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// target selects the connections of a backend's command: one connection, all
// connections of the users with a name, those of the user with a subject, or all.
type target struct {
	Connection string `json:"connection"`
	User       string `json:"user"`
	Subject    string `json:"sub"`
	Issuer     string `json:"issuer"` // of Subject; empty: the first issuer of the configuration
	All        bool   `json:"all"`
}

// pushCommand is the command to send Message, any JSON.
type pushCommand struct {
	Target  target          `json:"target"`
	Message json.RawMessage `json:"message"`
}

// disconnectCommand is the command to end connections. Reason is told to their clients.
type disconnectCommand struct {
	Target target `json:"target"`
	Reason string `json:"reason"`
}

// readPush decodes a command to push.
func (m *Mux) readPush(r *request) (pushCommand, error) {
	var p pushCommand
	if err := readCommand(r.raw, r.Push, &p, "push", "message"); err != nil {
		return pushCommand{}, err
	}
	if err := m.check(&p.Target); err != nil {
		return pushCommand{}, err
	}
	switch {
	case len(p.Message) == 0:
		return pushCommand{}, commandInvalid("it has no message")
	case len(p.Message) > setting.MaxMessage:
		return pushCommand{}, commandInvalid("the message has %d bytes: at most %d can be sent", len(p.Message), setting.MaxMessage)
	}
	return p, nil
}

// readDisconnect decodes a command to disconnect.
func (m *Mux) readDisconnect(r *request) (disconnectCommand, error) {
	var c disconnectCommand
	if err := readCommand(r.raw, r.Disconnect, &c, "disconnect", "reason"); err != nil {
		return disconnectCommand{}, err
	}
	if err := m.check(&c.Target); err != nil {
		return disconnectCommand{}, err
	}
	if len(c.Reason) > maxReason {
		return disconnectCommand{}, commandInvalid("the reason has %d bytes: at most %d are sent", len(c.Reason), maxReason)
	}
	return c, nil
}

// readCommand decodes raw, the order of an event, into order. kind is the order's key
// in the event; more is its member besides target. It refuses every other member,
// duplicate keys, and keys in another case, which encoding/json would accept: a
// misspelt member must not change the target of a command.
func readCommand(event, raw json.RawMessage, command any, kind, more string) error {
	if key, found := strictjson.DuplicateKey(event, "message"); found {
		return commandInvalid("the event has the key %.100q twice (keys that differ only in case count as one)", key)
	}
	if !utf8.Valid(event) { // decoding would replace every invalid byte by U+FFFD
		return commandInvalid("the event is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(command); err != nil {
		return commandInvalid("%w", err)
	}
	var parts struct {
		Target json.RawMessage `json:"target"`
	}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return commandInvalid("%w", err)
	}
	for _, object := range []struct {
		name    string
		doc     []byte
		members []string
	}{
		{"the event", event, []string{kind}},
		{"the command", raw, []string{"target", more}},
		{"the target", parts.Target, []string{"connection", "user", "sub", "issuer", "all"}},
	} {
		if other, ok := strictjson.UnknownMember(object.doc, object.members...); ok {
			return commandInvalid("%s has the unknown field %.100q: want %s", object.name, other, strings.Join(object.members, ", "))
		}
	}
	return nil
}

// check returns an error unless t is exactly one valid target. It sets the issuer of
// a subject that has none.
func (m *Mux) check(t *target) error {
	named := 0
	for _, is := range []bool{t.Connection != "", t.User != "", t.Subject != "", t.All} {
		if is {
			named++
		}
	}
	if t.Subject != "" && t.Issuer == "" && len(m.config.Issuers) > 0 {
		t.Issuer = m.config.Issuers[0]
	}
	switch {
	case named == 0:
		return commandInvalid("the command has no target: want one of connection, user, sub and all")
	case named > 1:
		return commandInvalid("the command has several targets: want one of connection, user, sub and all")
	case t.Issuer != "" && t.Subject == "":
		return commandInvalid("the target has an issuer without a sub")
	case t.Subject != "" && !slices.Contains(m.config.Issuers, t.Issuer):
		return commandInvalid("the target has the unknown issuer %.200q: want one of %q", t.Issuer, m.config.Issuers)
	case t.Connection != "" && !isConnectionID(t.Connection):
		return commandInvalid("the target is not a connection id: want letters, digits, - and _")
	case slices.ContainsFunc([]string{t.User, t.Subject, t.Issuer}, hasReplacement):
		return commandInvalid("the target has an unpaired surrogate or U+FFFD, which no user's name or sub has")
	case len(t.User) > maxUser:
		return commandInvalid("the user has %d bytes: a name has at most %d", len(t.User), maxUser)
	case len(t.Subject) > maxUser:
		return commandInvalid("the sub has %d bytes: a sub has at most %d", len(t.Subject), maxUser)
	}
	return nil
}

// hasReplacement returns whether a text has the replacement character U+FFFD, which
// decoding puts in place of an unpaired surrogate. Two such texts may have been
// different before they were decoded.
func hasReplacement(text string) bool { return strings.ContainsRune(text, utf8.RuneError) }

// user returns the target as a user, as far as the command describes one.
func (t target) user() identity.User {
	return identity.User{Issuer: t.Issuer, Subject: t.Subject, Name: t.User}
}

// isConnectionID reports whether an id has the shape of those that API Gateway
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
		return m.config.Connections.All(ctx)
	case t.User != "":
		return m.config.Connections.ByName(ctx, t.User)
	case t.Subject != "":
		return m.config.Connections.ByUser(ctx, t.user().ID())
	}
	return one(t.Connection)
}

// one lists one connection.
func one(id string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { yield(id, nil) }
}

// disconnectTarget ends connections and answers with an Ended.
func (m *Mux) disconnectTarget(ctx context.Context, r *request) (any, error) {
	c, err := m.readDisconnect(r)
	if err != nil {
		return nil, err
	}
	r.noteUser(c.Target.user())
	text := closing(errcode.Disconnected, c.Reason)
	ended, err := m.endAll(ctx, r, m.ids(ctx, c.Target), func(id string) error { return m.end(ctx, r, id, text) })
	r.note("connectionId", c.Target.Connection) // only now, as the lines on connections have one
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// failCommand does the same as fail, for a command.
func failCommand(reason string, args ...any) handlerFunc {
	return func(context.Context, *request) (any, error) { return nil, commandInvalid(reason, args...) }
}

// commandInvalid returns the error for a malformed command. Its text is all that
// the backend gets of it, so the code stands in front.
func commandInvalid(reason string, args ...any) error {
	return errcode.Refuse(errcode.CommandInvalid, "%s: %v", errcode.CommandInvalid, fmt.Errorf(reason, args...))
}
