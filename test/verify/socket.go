package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/coder/websocket"

	"sallyport/lambda/centrifuge"
)

// ownProtocol is the subprotocol of this project.
const ownProtocol = "sallyport.v1"

// socket is a WebSocket connection of a client.
type socket struct {
	v      *verifier
	conn   *websocket.Conn
	id     string
	next   int // id of the next command of channels
	pushes []centrifuge.Push
}

// credential returns the subprotocol with a token or a ticket of a user, as the settings allow.
func (v *verifier) credential(ctx context.Context, u account) (string, error) {
	if withBearer(v) == "" {
		return "bearer." + u.token, nil
	}
	ticket, err := v.ticket(ctx, u, "")
	return "ticket." + ticket, err
}

// dial connects with the given subprotocols. If the server refuses the handshake, the error has
// the status and the body.
func (v *verifier) dial(ctx context.Context, protocols ...string) (*socket, error) {
	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, v.outputs["websocketUrl"], &websocket.DialOptions{Subprotocols: protocols, HTTPClient: v.http}) //nolint:bodyclose // Dial: the caller does not close it
	if err != nil {
		if resp != nil {
			text, _ := io.ReadAll(resp.Body)
			return nil, fmt.Errorf("the handshake is refused with %d %s", resp.StatusCode, text)
		}
		return nil, fmt.Errorf("connect: %w", err)
	}
	conn.SetReadLimit(1 << 20)
	return &socket{v: v, conn: conn}, nil
}

// open connects a user and asks for the id of the connection.
func (v *verifier) open(ctx context.Context, u account) (*socket, error) {
	c, err := v.credential(ctx, u)
	if err != nil {
		return nil, err
	}
	s, err := v.dial(ctx, ownProtocol, c)
	if err != nil {
		return nil, err
	}
	text, err := s.ask(ctx, `{"action":"whoami"}`)
	if err != nil {
		s.close()
		return nil, err
	}
	var me struct{ Data struct{ ConnectionID string } }
	if err := decode(text, &me); err != nil || me.Data.ConnectionID == "" {
		s.close()
		return nil, fmt.Errorf("whoami returns %s, want the connection's id", text)
	}
	s.id = me.Data.ConnectionID
	return s, nil
}

func (s *socket) close() { _ = s.conn.Close(websocket.StatusNormalClosure, "") }

func (s *socket) send(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, s.v.timeout)
	defer cancel()
	return s.conn.Write(ctx, websocket.MessageText, []byte(text))
}

// read returns the next message. At the end of the connection it returns "close CODE REASON".
func (s *socket) read(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.v.timeout)
	defer cancel()
	_, text, err := s.conn.Read(ctx)
	switch {
	case errors.As(err, new(websocket.CloseError)):
		return endOf(err), nil
	case ctx.Err() != nil:
		return "", fmt.Errorf("no message within %v", s.v.timeout)
	}
	return string(text), err
}

// ask sends a message and returns the next message of the server.
func (s *socket) ask(ctx context.Context, text string) (string, error) {
	if err := s.send(ctx, text); err != nil {
		return "", err
	}
	return s.read(ctx)
}

// typeAndCode returns the type of a message, and the code in its data if it has one.
func typeAndCode(text string) string {
	var m struct {
		Type string
		Data json.RawMessage
	}
	if json.Unmarshal([]byte(text), &m) != nil || m.Type == "" {
		return text
	}
	var data struct{ Code string }
	_ = json.Unmarshal(m.Data, &data) // data of another form has no code
	return strings.TrimSpace(m.Type + " " + data.Code)
}

// readToEnd reads messages until the end of the connection, and returns their types and codes.
func (s *socket) readToEnd(ctx context.Context) (string, error) {
	var all []string
	for {
		text, err := s.read(ctx)
		if err != nil {
			return strings.Join(all, ", "), err
		}
		all = append(all, typeAndCode(text))
		if strings.HasPrefix(text, "close ") {
			return strings.Join(all, ", "), nil
		}
	}
}

// onConnection returns a function for check.run that works on an open connection of the first
// user.
func onConnection(do func(ctx context.Context, v *verifier, s *socket) (string, error)) func(context.Context, *verifier) (string, error) {
	return func(ctx context.Context, v *verifier) (string, error) {
		s, err := v.open(ctx, v.firstUser)
		if err != nil {
			return "", err
		}
		defer s.close()
		return do(ctx, v, s)
	}
}

// socketChecks returns the checks of messages.
func socketChecks() []check {
	says := func(message, want, name, description, section string) check {
		return check{
			area: "socket", name: name, description: description, section: section, want: want,
			run: onConnection(func(ctx context.Context, _ *verifier, s *socket) (string, error) { return s.ask(ctx, message) }),
		}
	}
	return []check{
		{
			area: "socket", name: "whoami", description: "the connection belongs to the user of the token", section: "2.4 observed", want: "the user",
			run: onConnection(func(ctx context.Context, v *verifier, s *socket) (string, error) {
				text, err := s.ask(ctx, `{"action":"whoami"}`)
				var me struct{ Data struct{ Sub, Issuer string } }
				if err != nil || decode(text, &me) != nil || me.Data.Sub != v.firstUser.sub || me.Data.Issuer == "" {
					return text, err
				}
				return "the user", nil
			}),
		},
		says(`{"hello":"é"}`, `{"type":"echo","data":{"hello":"é"}}`, "echo", "a message without an action goes to $default, and the reply arrives", "4 doc, 5.2 doc"),
		says("plain text", `{"type":"echo","data":"plain text"}`, "text", "a message that is not JSON goes to $default", "4 doc"),
		says(`{"action":"ping"}`, `{"type":"pong"}`, "ping", "API Gateway answers ping without the function", "9 observed"),
		{
			area: "socket", name: "unknownField", description: "a message with an unknown field is refused", want: "error message_invalid",
			run: onConnection(func(ctx context.Context, _ *verifier, s *socket) (string, error) {
				text, err := s.ask(ctx, `{"action":"whoami","more":1}`)
				return typeAndCode(text), err
			}),
		},
		{
			area: "socket", name: "refresh", description: "a token of the same user extends the connection", want: "refreshed",
			run: onConnection(func(ctx context.Context, v *verifier, s *socket) (string, error) { return s.refresh(ctx, v.firstUser) }),
		},
		{
			area: "socket", name: "refreshOtherUser", description: "a token of another user does not extend the connection", want: "error refresh_other_user",
			skip: withSecondUser,
			run:  onConnection(func(ctx context.Context, v *verifier, s *socket) (string, error) { return s.refresh(ctx, v.secondUser) }),
		},
	}
}

func (s *socket) refresh(ctx context.Context, u account) (string, error) {
	text, err := json.Marshal(map[string]string{"action": "refresh", "token": u.token})
	if err != nil {
		return "", err
	}
	answer, err := s.ask(ctx, string(text))
	return typeAndCode(answer), err
}
