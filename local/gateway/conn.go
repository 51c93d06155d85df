package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// The ways to end that are not told by a frame (api-gateway.md 3.4).
var (
	goingAway = closeStatus{websocket.StatusGoingAway, "Going away"}
	deleted   = closeStatus{websocket.StatusNormalClosure, "Connection Closed Normally"}
	lost      = closeStatus{websocket.StatusAbnormalClosure, ""}
	notUTF8   = closeStatus{websocket.StatusInvalidFramePayloadData, "Text is not UTF-8."}
	badClose  = closeStatus{websocket.StatusProtocolError, "Invalid close frame."}
)

// noStatus is the reason that $disconnect is told for 1005.
const noStatus = "Client-side close frame status not set"

// closeWait bounds how long a client may take to answer a close frame.
const closeWait = 5 * time.Second

// conn is an open connection. One goroutine reads it; anybody may write to it
// and close it.
type conn struct {
	*session
	gateway *Gateway
	ws      *websocket.Conn
	network *frameConn

	ended atomic.Pointer[closeStatus] // set once, by who ends it
	timer *time.Timer                 // runs expire
	calls chan struct{}               // one for each message that is being answered

	// When a message was last received, and last sent or received, in
	// nanoseconds since connectedAt.
	heard, active atomic.Int64
	unsent        atomic.Int64 // bytes that wait for the client

	received, sent atomic.Int64 // messages
}

// newConn makes the connection known, tells the client that it is open, and
// starts its timers. The caller runs serve.
func newConn(g *Gateway, s session, ws *websocket.Conn, network *frameConn) *conn {
	c := &conn{session: &s, gateway: g, ws: ws, network: network, calls: make(chan struct{}, g.config.Limits.Calls)}
	c.timer = time.AfterFunc(limit[time.Duration](-1, 0), c.expire)
	closed := g.remember(c)
	if _, err := network.Write(nil); err != nil {
		c.drop()
	} else if closed {
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

// read dispatches the client's messages until it can read no more.
func (c *conn) read() error {
	for {
		_, reader, err := c.ws.Reader(context.Background())
		if err != nil {
			return err
		}
		if err := c.receive(reader); err != nil {
			return err
		}
	}
}

// receive reads one message, in a buffer that idle connections do not hold.
func (c *conn) receive(reader io.Reader) error {
	buffer := c.gateway.buffers.Get().(*bytes.Buffer)
	defer c.gateway.buffers.Put(buffer)
	buffer.Reset()
	if _, err := buffer.ReadFrom(reader); err != nil {
		return err
	}
	if !utf8.Valid(buffer.Bytes()) {
		return notUTF8
	}
	c.heard.Store(c.touch())
	c.received.Add(1)
	c.dispatch(buffer.Bytes())
	return nil
}

func newBuffer() any { return new(bytes.Buffer) }

// touch notes that the connection is in use.
func (c *conn) touch() int64 {
	now := int64(time.Since(c.connectedAt))
	c.active.Store(now)
	return now
}

// expire closes the connection if it is idle or old, and else comes back when
// it may be: so a message costs no timer.
func (c *conn) expire() {
	age := time.Since(c.connectedAt)
	idleAt := time.Duration(c.active.Load()) + c.gateway.config.Limits.Idle
	if left := min(idleAt, c.gateway.config.Limits.Duration) - age; left > 0 {
		c.timer.Reset(left)
		return
	}
	c.close(goingAway)
}

// finish ends a connection that cannot be read, if nobody has yet, and returns
// when the socket is gone.
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
	default: // the library has found fault with a close frame, and said so
		c.close(badClose)
	}
	_ = c.ws.CloseNow() // waits for a close in another goroutine
}

// end notes how the connection ended and reports whether this was the first end.
// From now on the connection is gone for the management API.
func (c *conn) end(e closeStatus) bool {
	first := c.ended.CompareAndSwap(nil, &e)
	if first {
		c.gateway.forget(c)
	}
	return first
}

// close ends the connection, unless somebody has, and waits until it is closed.
func (c *conn) close(e closeStatus) {
	if c.end(e) {
		c.sayGoodbye(e)
	}
}

// sayGoodbye sends a close frame and waits a while for the client's.
func (c *conn) sayGoodbye(e closeStatus) {
	_ = c.network.SetReadDeadline(time.Now().Add(closeWait))
	_ = c.ws.Close(e.code, e.reason)
}

// drop ends the connection without a word: the client cannot be reached.
func (c *conn) drop() {
	if c.end(lost) {
		_ = c.ws.CloseNow()
	}
}

// send writes a text message. Whoever does not take it in time is dropped.
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

// write writes a text that is longer than a frame may be in several.
func (c *conn) write(text []byte) error {
	frame := c.gateway.config.Limits.Frame
	if len(text) <= frame {
		return c.ws.Write(context.Background(), websocket.MessageText, text)
	}
	w, err := c.ws.Writer(context.Background(), websocket.MessageText)
	if err != nil {
		return err
	}
	for ; len(text) > frame; text = text[frame:] {
		if _, err := w.Write(text[:frame]); err != nil {
			return err
		}
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return w.Close()
}
