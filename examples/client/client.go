package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

const (
	// lifetime is less than the two hours after which API Gateway ends a connection.
	lifetime = 110 * time.Minute
	// heartbeat is less than the ten minutes without a message after which API Gateway ends
	// a connection.
	heartbeat = 9 * time.Minute
	// maxMessage is the size of the largest message of API Gateway.
	maxMessage = 128 << 10
	// connectTimeout is the limit of an attempt to connect. API Gateway waits 29 seconds.
	connectTimeout = 30 * time.Second
	// longestWait is the longest time between two attempts to connect.
	longestWait = time.Minute
)

// Stack has the addresses of a stack.
type Stack struct {
	URL string // the output websocketUrl
	// TicketsURL is the output httpUrl with "/tickets". With "", the client connects
	// with the token itself.
	TicketsURL string
}

// Client keeps a connection open. Its fields must not change while Run runs.
type Client struct {
	// Stacks are the stacks to which the client may connect, in the order of preference. There
	// is more than one if an app has stacks in several regions.
	Stacks []Stack
	// Token returns a valid token of the user. It is called before each attempt.
	Token func(context.Context) (string, error)
	// Receive is called with each message, one after the other.
	Receive func(message []byte)
	// Failed is called with the error of each attempt or connection that Run follows with
	// another attempt. nil: these errors are discarded.
	Failed func(error)

	after   func(time.Duration) <-chan time.Time // nil: time.After
	choice  choice
	pending []byte // a message that is not sent yet
}

// Refused is a refusal by the server. A later attempt would get the same refusal.
type Refused struct{ Status, Code string }

// Error returns the status and the error code, which docs/errors.md explains.
func (r *Refused) Error() string { return "refused: " + r.Status + " " + r.Code }

// Run connects, sends the messages, and connects again when the connection is lost or
// near the end of its lifetime. It returns nil when messages is closed, the error of ctx
// when ctx is done, and a *Refused when the server refuses the client. Messages that the
// server pushes between two connections are lost.
func (c *Client) Run(ctx context.Context, messages <-chan []byte) error {
	if c.after == nil {
		c.after = time.After
	}
	for wait := time.Second; ; {
		opened, err := c.serve(ctx, c.Stacks[c.choice.next(time.Now())], messages)
		var refused *Refused
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &refused):
			return err
		case opened:
			wait = time.Second
			c.choice.failures = 0
		}
		if err == nil {
			continue // the lifetime is over
		}
		if !opened {
			c.choice.failed(len(c.Stacks), time.Now())
		}
		if c.Failed != nil {
			c.Failed(err)
		}
		select { // a random time, so that many clients do not connect at once
		case <-time.After(rand.N(wait)): //nolint:gosec // nothing secret
		case <-ctx.Done():
			return ctx.Err()
		}
		wait = min(2*wait, longestWait)
	}
}

// serve opens one connection and uses it until it ends. It returns nil at the end of
// the lifetime, and io.EOF when messages is closed.
func (c *Client) serve(ctx context.Context, stack Stack, messages <-chan []byte) (opened bool, err error) {
	conn, err := c.dial(ctx, stack)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(maxMessage)
	received := make(chan error, 1)
	go func() { received <- c.receive(ctx, conn) }()
	end := c.after(lifetime)
	for {
		if c.pending != nil {
			if err := conn.Write(ctx, websocket.MessageText, c.pending); err != nil {
				return true, fmt.Errorf("send: %w", err)
			}
			c.pending = nil
		}
		select {
		case message, open := <-messages:
			if !open {
				return true, errors.Join(io.EOF, conn.Close(websocket.StatusNormalClosure, ""))
			}
			c.pending = message
		case <-time.After(heartbeat):
			c.pending = []byte(`{"action":"ping"}`)
		case err := <-received:
			return true, err
		case <-end:
			return true, conn.Close(websocket.StatusNormalClosure, "")
		}
	}
}

// receive calls c.Receive with each message until the connection ends.
func (c *Client) receive(ctx context.Context, conn *websocket.Conn) error {
	var reason string
	for {
		_, message, err := conn.Read(ctx)
		if err != nil {
			// After a closing message and a close 1000, the server ended the connection on purpose.
			if websocket.CloseStatus(err) == websocket.StatusNormalClosure && reason != "" && reason != "token_expired" {
				return &Refused{"closed", reason}
			}
			return fmt.Errorf("receive: %w", err)
		}
		var closing struct {
			Type string                `json:"type"`
			Data struct{ Code string } `json:"data"`
		}
		if json.Unmarshal(message, &closing) == nil && closing.Type == "closing" {
			reason = closing.Data.Code
		}
		c.Receive(message)
	}
}

// dial opens a connection with a fresh credential. A ticket is valid only at the stack that
// issued it.
func (c *Client) dial(ctx context.Context, stack Stack) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	token, err := c.Token(ctx)
	if err != nil {
		return nil, fmt.Errorf("get a token: %w", err)
	}
	credential := "bearer." + token
	if stack.TicketsURL != "" {
		ticket, err := takeTicket(ctx, stack.TicketsURL, token)
		if err != nil {
			return nil, fmt.Errorf("get a ticket: %w", err)
		}
		credential = "ticket." + ticket
	}
	//nolint:bodyclose // websocket.Dial: the caller does not close the body
	conn, answer, err := websocket.Dial(ctx, stack.URL, &websocket.DialOptions{Subprotocols: []string{"sallyport.v1", credential}})
	if err == nil {
		return conn, nil
	}
	if answer != nil && isFinal(answer.StatusCode) {
		return nil, &Refused{Status: answer.Status}
	}
	return nil, fmt.Errorf("connect: %w", err)
}

// takeTicket requests a ticket for a token. The ticket is valid for one connection, for one
// minute.
func takeTicket(ctx context.Context, url, token string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	var body struct {
		Data struct{ Ticket, Code string } `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxMessage)).Decode(&body); err != nil {
		return "", fmt.Errorf("read the answer %s: %w", answer.Status, err)
	}
	switch {
	case isFinal(answer.StatusCode):
		return "", &Refused{answer.Status, body.Data.Code}
	case body.Data.Ticket == "":
		return "", fmt.Errorf("answer %s has no ticket", answer.Status)
	}
	return body.Data.Ticket, nil
}

// isFinal reports whether a later attempt would get the same status.
func isFinal(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}
