package gateway

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// The close statuses of connections that the client did not close (api-gateway.md 3.4).
var (
	goingAway = closeStatus{websocket.StatusGoingAway, "Going away"}
	deleted   = closeStatus{websocket.StatusNormalClosure, "Connection Closed Normally"}
	lost      = closeStatus{websocket.StatusAbnormalClosure, ""}
	notUTF8   = closeStatus{websocket.StatusInvalidFramePayloadData, "Text is not UTF-8."}
	badClose  = closeStatus{websocket.StatusProtocolError, "Invalid close frame."}
)

// noStatus is the reason in $disconnect for 1005.
const noStatus = "Client-side close frame status not set"

// closeWait is the longest time that a client may take to answer a close frame.
const closeWait = 5 * time.Second

// conn is an open connection. One goroutine reads it. Every goroutine may write to it and
// close it.
type conn struct {
	*session
	gateway *Gateway
	ws      *websocket.Conn
	network *frameConn

	ended atomic.Pointer[closeStatus] // set once
	timer *time.Timer                 // runs expire
	slots chan struct{}               // has one element for each message that is being answered

	// lastReceived is the time of the last message from the client, lastActive that of the
	// last message in either direction, in nanoseconds since connectedAt.
	lastReceived, lastActive atomic.Int64
	unsent                   atomic.Int64 // bytes of the messages that are being sent
	received, sent           atomic.Int64 // numbers of messages
}

// newConn adds the connection to the management API, sends the response of the
// handshake, and starts the timer. The caller runs serve.
func newConn(g *Gateway, s session, ws *websocket.Conn, network *frameConn) *conn {
	c := &conn{session: &s, gateway: g, ws: ws, network: network, slots: make(chan struct{}, g.config.Limits.Calls)}
	c.timer = time.AfterFunc(unlimited, c.expire)
	g.add(c)
	if _, err := network.Write(nil); err != nil {
		c.drop()
	} else if g.calls.Closed() {
		c.close(goingAway)
	}
	c.timer.Reset(min(g.config.Limits.Idle, g.config.Limits.Duration))
	return c
}

// serve reads the connection until it ends, and then runs $disconnect.
func (c *conn) serve() {
	c.finish(c.read())
	c.timer.Stop()
	c.gateway.disconnect(c.session, *c.ended.Load())
}

// read reads and dispatches messages until an error.
func (c *conn) read() error {
	for {
		_, text, err := c.ws.Read(context.Background())
		if err != nil {
			return err
		}
		if !utf8.Valid(text) {
			return notUTF8
		}
		c.lastReceived.Store(c.touch())
		c.received.Add(1)
		c.dispatch(text)
	}
}

// touch sets lastActive to now and returns it.
func (c *conn) touch() int64 {
	now := int64(time.Since(c.connectedAt))
	c.lastActive.Store(now)
	return now
}

// expire closes the connection if it has reached a limit. Otherwise it sets the timer to the
// earliest time at which it can. Therefore, messages do not need to reset the timer.
func (c *conn) expire() {
	age := time.Since(c.connectedAt)
	idleAt := time.Duration(c.lastActive.Load()) + c.gateway.config.Limits.Idle
	if left := min(idleAt, c.gateway.config.Limits.Duration) - age; left > 0 {
		c.timer.Reset(left)
		return
	}
	c.close(goingAway)
}

// finish ends a connection after an error of read, unless it has ended, and returns when the
// socket is closed.
func (c *conn) finish(err error) {
	var violation closeStatus
	var closed websocket.CloseError
	switch {
	case errors.As(err, &violation):
		c.close(violation)
	case errors.As(err, &closed):
		e := closeStatus{closed.Code, closed.Reason}
		if e.code == websocket.StatusNoStatusRcvd {
			e.reason = noStatus
		}
		c.end(e)
	case errors.Is(err, errLost), errors.Is(err, net.ErrClosed), errors.Is(err, context.DeadlineExceeded):
		c.drop()
	default: // the library has refused a close frame and answered it
		c.close(badClose)
	}
	_ = c.ws.CloseNow() // waits for a close in another goroutine
}

// end stores the close status and removes the connection from the management API. It
// reports false if the connection has already ended.
func (c *conn) end(e closeStatus) bool {
	first := c.ended.CompareAndSwap(nil, &e)
	if first {
		c.gateway.remove(c)
	}
	return first
}

// close ends the connection with a close frame, unless it has ended, and waits until the
// socket is closed.
func (c *conn) close(e closeStatus) {
	if c.end(e) {
		c.sendClose(e)
	}
}

// sendClose sends a close frame, waits up to closeWait for the close frame of the client, and
// closes the socket.
func (c *conn) sendClose(e closeStatus) {
	_ = c.network.SetReadDeadline(time.Now().Add(closeWait))
	_ = c.ws.Close(e.code, e.reason)
}

// drop ends the connection without a close frame, because the client is not reachable.
func (c *conn) drop() {
	if c.end(lost) {
		_ = c.ws.CloseNow()
	}
}

// send sends a text message. It drops the connection if the client does not read it in time.
func (c *conn) send(text []byte) error {
	c.unsent.Add(int64(len(text)))
	defer c.unsent.Add(-int64(len(text)))
	if err := c.write(text); err != nil {
		c.drop()
		return err
	}
	c.touch()
	c.sent.Add(1)
	return nil
}

// write writes a text message. A message that exceeds the limit of a frame has several
// frames.
func (c *conn) write(text []byte) error {
	frame := c.gateway.config.Limits.Frame
	if len(text) <= frame {
		return c.ws.Write(context.Background(), websocket.MessageText, text)
	}
	w, err := c.ws.Writer(context.Background(), websocket.MessageText)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(text, frame) {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return w.Close()
}
