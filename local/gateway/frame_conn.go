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

// closeStatus is the code and the reason with which a connection ends, in the close frame and
// in $disconnect. As an error it is a violation by the client.
type closeStatus struct {
	code   websocket.StatusCode
	reason string
}

func (e closeStatus) Error() string {
	return fmt.Sprintf("close %d %s", e.code, e.reason)
}

// errLost replaces every error of the network, including io.EOF, which the WebSocket library
// would treat as the end of a fragmented message.
var errLost = errors.New("connection lost")

// frameConn is the network connection below the WebSocket library. It parses the frames of
// the client, because the library shows neither the length of a frame nor the fragments of a
// message, and API Gateway limits both (api-gateway.md 6). At the first frame that breaks a
// rule, Read returns its closeStatus. After that Read discards data frames and returns only
// control frames, so that the client can read and answer the close frame. If the gateway
// closed a socket with unread input, the network would discard the close frame.
//
// It also delays the head of the HTTP response until the first Write, so that the management
// API finds the connection before the client uses it. It limits the duration of each Write.
type frameConn struct {
	net.Conn
	writeTimeout time.Duration

	writing sync.Mutex // guards head
	head    []byte     // not sent yet

	// Only Read uses the fields below. The library calls it in one goroutine at a time.
	frames   frameParser
	unread   []byte // bytes to read before those of Conn
	reported bool   // Read has returned frames.refused
}

// Write writes p, after the head if that is not sent yet.
func (c *frameConn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.SetWriteDeadline(time.Now().Add(c.writeTimeout)); err != nil {
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

// Read reads bytes of the client up to the first frame that breaks a rule.
func (c *frameConn) Read(p []byte) (int, error) {
	for {
		if c.frames.refused != nil && !c.reported {
			c.reported = true
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
		if n = c.filter(p[:n]); n > 0 {
			return n, nil
		}
	}
}

// filter moves the bytes of p for the library to the front of p and returns their number. It
// stops at a frame that breaks a rule. After that frame was reported, only control frames are
// for the library.
func (c *frameConn) filter(p []byte) int {
	kept, begin := 0, 0 // begin: start of the current frame in the kept bytes
	for i := 0; i < len(p); {
		if c.frames.atStart() {
			begin = kept
		}
		n := c.frames.next(p[i:])
		if c.frames.refused != nil && !c.reported {
			c.unread = slices.Concat(p[i+n:], c.unread)
			return begin
		}
		if !c.reported || c.frames.isControl() {
			kept += copy(p[kept:], p[i:i+n])
		}
		i += n
	}
	return kept
}
