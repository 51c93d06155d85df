package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
	"sallyport/lambda/setting"
	"sallyport/lambda/strictjson"
	"sallyport/lambda/trace"
)

const (
	maxReason = 1000 // bytes
	maxUser   = 256  // bytes of a name or a sub; package token refuses longer ones
	maxKey    = 256  // bytes of the key of a publication
	maxID     = 128  // bytes of a connection ID; current IDs have 15 or 16
)

// base64urlAlphabet has the characters of base64url without padding.
const base64urlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// target selects the connections of a command: one connection, all connections of the
// users with a name, all connections of the user with a subject, or all connections. The
// target of a push can also be a channel.
type target struct {
	Connection string `json:"connection"`
	User       string `json:"user"`
	Subject    string `json:"sub"`
	Issuer     string `json:"issuer"` // of Subject; empty: the first issuer of the configuration
	All        bool   `json:"all"`
	// Channel is the name of a channel. With User or Subject, it is the name of a namespace,
	// and the target is the user's own channel.
	Channel string `json:"channel"`
	// Key makes publications of Channel with the same key one publication, for five
	// minutes. Empty: the publication differs from all others.
	Key string `json:"key"`
}

// pushCommand is the command to send Message, which can be any JSON value.
type pushCommand struct {
	Target  target          `json:"target"`
	Message json.RawMessage `json:"message"`
	Trace   string          `json:"trace"` // for the log: see package trace; empty: none
}

// disconnectCommand is the command to end connections. Their clients receive Reason.
type disconnectCommand struct {
	Target target `json:"target"`
	Reason string `json:"reason"`
}

// readPush decodes a push command.
func (m *Mux) readPush(r *request) (pushCommand, error) {
	var c pushCommand
	err := m.readCommand(r.raw, r.Push, &c, &c.Target, "push", "message", "trace")
	switch {
	case err != nil:
		return c, err
	case len(c.Target.Key) > maxKey:
		return c, commandInvalid("the key has %d bytes: a key has at most %d", len(c.Target.Key), maxKey)
	case c.Trace != "" && !trace.Valid(c.Trace):
		return c, commandInvalid("the trace is not 32 lower-case hexadecimal digits")
	case len(c.Message) == 0:
		return c, commandInvalid("it has no message")
	case len(c.Message) > setting.MaxMessage:
		return c, commandInvalid("the message has %d bytes: at most %d can be sent", len(c.Message), setting.MaxMessage)
	}
	return c, nil
}

// readDisconnect decodes a disconnect command.
func (m *Mux) readDisconnect(r *request) (disconnectCommand, error) {
	var c disconnectCommand
	err := m.readCommand(r.raw, r.Disconnect, &c, &c.Target, "disconnect", "reason")
	if err == nil && c.Target.Channel != "" {
		err = commandInvalid("the target is a channel: a command to disconnect ends the connections of a connection id, a user, a sub or all")
	}
	if err == nil && len(c.Reason) > maxReason {
		err = commandInvalid("the reason has %d bytes: at most %d are sent", len(c.Reason), maxReason)
	}
	return c, err
}

// readCommand decodes a command of an event and checks its target. raw is the JSON of the command,
// command is a pointer to the result, and t points to the target in the result. kind is the key of
// the command in the event. others are the names of the members beside target.
//
// readCommand refuses all other members, duplicate keys, and keys in another case, which
// encoding/json would accept: a misspelt member must not change the target of a command.
func (m *Mux) readCommand(event, raw json.RawMessage, command any, t *target, kind string, others ...string) error {
	if key, found := strictjson.DuplicateKey(event, "message"); found {
		return commandInvalid("the event has the key %.100q twice (keys that differ only in case count as one)", key)
	}
	if !utf8.Valid(event) { // decoding would replace every invalid byte by U+FFFD
		return commandInvalid("the event is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var parts struct {
		Target json.RawMessage `json:"target"`
	}
	if err := dec.Decode(command); err != nil {
		return commandInvalid("%w", err)
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
		{"the command", raw, append([]string{"target"}, others...)},
		{"the target", parts.Target, []string{"connection", "user", "sub", "issuer", "all", "channel", "key"}},
	} {
		if unknown, ok := strictjson.UnknownMember(object.doc, object.members...); ok {
			return commandInvalid("%s has the unknown field %.100q: want %s", object.name, unknown, strings.Join(object.members, ", "))
		}
	}
	return m.checkTarget(t)
}

// checkTarget returns an error unless t is exactly one valid target. It sets the issuer of
// a subject that has none.
func (m *Mux) checkTarget(t *target) error {
	selectors := 0
	for _, set := range []bool{t.Connection != "", t.User != "", t.Subject != "", t.All, t.Channel != "" && !t.ownChannel()} {
		if set {
			selectors++
		}
	}
	if t.Subject != "" && t.Issuer == "" && len(m.config.Issuers) > 0 {
		t.Issuer = m.config.Issuers[0]
	}
	switch {
	case selectors == 0:
		return commandInvalid("the command has no target: want one of connection, user, sub, channel and all")
	case selectors > 1:
		return commandInvalid("the command has several targets: want one of connection, user, sub, channel and all, or channel with user or sub for a user's own channel")
	case t.Key != "" && t.Channel == "":
		return commandInvalid("the target has a key without a channel")
	case t.Channel != "" && m.config.Channels == nil:
		return commandInvalid("the target is a channel, but the app has no channels: declare a namespace in lambda/app/channels.go")
	case t.Issuer != "" && t.Subject == "":
		return commandInvalid("the target has an issuer without a sub")
	case t.Subject != "" && !slices.Contains(m.config.Issuers, t.Issuer):
		return commandInvalid("the target has the unknown issuer %.200q: want one of %q", t.Issuer, m.config.Issuers)
	case t.Connection != "" && !isConnectionID(t.Connection):
		return commandInvalid("the target is not a connection id: want letters, digits, - and _")
	case strings.ContainsRune(t.User+t.Subject+t.Issuer, utf8.RuneError):
		// Decoding puts U+FFFD in place of every unpaired surrogate, so two such texts
		// may have been different.
		return commandInvalid("the target has an unpaired surrogate or U+FFFD, which no user's name or sub has")
	case len(t.User) > maxUser:
		return commandInvalid("the user has %d bytes: a name has at most %d", len(t.User), maxUser)
	case len(t.Subject) > maxUser:
		return commandInvalid("the sub has %d bytes: a sub has at most %d", len(t.Subject), maxUser)
	}
	return nil
}

// ownChannel reports whether the target is a user's own channel.
func (t target) ownChannel() bool { return t.Channel != "" && (t.User != "" || t.Subject != "") }

// user returns the user of the target. It has only the fields that the command has.
func (t target) user() identity.User {
	return identity.User{Issuer: t.Issuer, Subject: t.Subject, Name: t.User}
}

// isConnectionID reports whether an ID is base64url, as those of API Gateway are. Only such
// an ID may become part of a URL. (A regular expression would be compiled at each cold
// start.)
func isConnectionID(id string) bool {
	bare := strings.TrimSuffix(strings.TrimSuffix(id, "="), "=")
	return len(bare) >= 1 && len(bare) <= maxID && strings.Trim(bare, base64urlAlphabet) == ""
}

// connections lists the connections of a target.
func (m *Mux) connections(ctx context.Context, t target) iter.Seq2[Connection, error] {
	switch {
	case t.All:
		return m.config.Connections.All(ctx)
	case t.User != "":
		return m.config.Connections.ByName(ctx, t.User)
	case t.Subject != "":
		return m.config.Connections.ByUser(ctx, t.user().ID())
	}
	return m.connectionWithTrace(ctx, t.Connection)
}

// connectionByID lists one connection. It reads the row only if the app has channels, because otherwise all
// connections use the protocol of plain routes.
func (m *Mux) connectionByID(ctx context.Context, id string) iter.Seq2[Connection, error] {
	if m.config.Channels != nil {
		return m.connectionWithTrace(ctx, id)
	}
	return listOf([]Connection{{ID: id}}, nil)
}

// connectionWithTrace lists one connection with its trace ID. A connection without a row counts as a
// connection of plain routes without a trace ID.
func (m *Mux) connectionWithTrace(ctx context.Context, id string) iter.Seq2[Connection, error] {
	return func(yield func(Connection, error) bool) {
		found, err := m.config.Connections.Get(ctx, id)
		// Without channels, all connections have the protocol of plain routes. An error then costs
		// only the trace ID, which is for the log.
		if errors.Is(err, ErrGone) || m.config.Channels == nil {
			err = nil
		}
		yield(Connection{ID: id, Protocol: found.Protocol, Trace: found.Trace}, err)
	}
}

// disconnectTarget ends the connections of a target. The answer is an Ended.
func (m *Mux) disconnectTarget(ctx context.Context, r *request) (any, error) {
	c, err := m.readDisconnect(r)
	if err != nil {
		return nil, err
	}
	r.noteUser(c.Target.user())
	reason := closing{errcode.Disconnected, c.Reason}
	ended, err := m.endAll(ctx, r, m.connections(ctx, c.Target), &job{Reason: &c.Reason}, func(c Connection) error { return m.end(ctx, r, c, reason) })
	r.note("connectionId", c.Target.Connection) // added last, because the lines about connections have their own
	return ended, err
}

// commandInvalid returns the error for a malformed command. The backend receives only its
// text, so the text begins with the code.
func commandInvalid(reason string, args ...any) error {
	return errcode.Refuse(errcode.CommandInvalid, "%s: %v", errcode.CommandInvalid, fmt.Errorf(reason, args...))
}
