package gateway

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// closeStatus is how a connection ends: what the client reads in the close frame
// and what $disconnect is told. As an error it is a client's violation.
type closeStatus struct {
	code   websocket.StatusCode
	reason string
}

func (e closeStatus) Error() string {
	return fmt.Sprintf("close %d %s", e.code, e.reason)
}

// errLost is every error of the network. It stands for io.EOF too, which the
// WebSocket library would take for the end of a fragmented message.
var errLost = errors.New("connection lost")

// frameConn is the network connection below the WebSocket library. It follows
// the frames in the byte stream, because the library shows neither their
// length nor where a message is cut, and API Gateway has rules about both
// (api-gateway.md 6). At the first frame against a rule, Read returns the
// closeStatus. Later data frames are dropped; control frames still pass, so that the
// client can be told why and say goodbye: closing with unread input would reset
// the connection, and the reason would be lost with it.
//
// It also holds back the head of the HTTP answer until the first Write, so that
// the management API knows a connection before its client does, and it bounds
// how long a Write may take.
type frameConn struct {
	net.Conn
	writeTime time.Duration

	writing sync.Mutex // guards head
	head    []byte

	// The rest belongs to Read, which the library calls one at a time.
	frames frames
	unread []byte // to be taken before Conn
	told   bool   // Read has returned what the client did wrong
}

// Write writes p, after the head if that is still due.
func (c *frameConn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.SetWriteDeadline(time.Now().Add(c.writeTime)); err != nil {
		return 0, err
	}
	if c.head != nil {
		head := c.head
		c.head = nil
		if _, err := c.Conn.Write(head); err != nil {
			return 0, err
		}
	}
	if len(p) == 0 {
		return 0, nil
	}
	return c.Conn.Write(p)
}

// Read reads what the client sent, up to the first frame against a rule.
func (c *frameConn) Read(p []byte) (int, error) {
	for {
		if c.frames.refused != nil && !c.told {
			c.told = true
			return 0, *c.frames.refused
		}
		n := copy(p, c.unread)
		if c.unread = c.unread[n:]; n == 0 {
			c.unread = nil
			var err error
			if n, err = c.Conn.Read(p); n == 0 && err != nil {
				return 0, errLost
			}
		}
		if n = c.pass(p[:n]); n > 0 {
			return n, nil
		}
	}
}

// pass moves what the library may see of p to its front and returns how much
// that is: nothing from a refused frame on, and then control frames only.
func (c *frameConn) pass(p []byte) int {
	passed, begin := 0, 0 // begin: where the frame begins in what is passed
	for i := 0; i < len(p); {
		if c.frames.between() {
			begin = passed
		}
		n := c.frames.follow(p[i:])
		if c.frames.refused != nil && !c.told {
			c.unread = slices.Concat(p[i+n:], c.unread)
			return begin
		}
		if !c.told || c.frames.control() {
			if passed < i {
				copy(p[passed:], p[i:i+n])
			}
			passed += n
		}
		i += n
	}
	return passed
}
