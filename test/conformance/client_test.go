package conformance

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"sallyport/test/support"
)

// client is a WebSocket client that fails its test on an error.
type client struct {
	*support.WebSocket
	t *testing.T
}

func newClient(t *testing.T, conn net.Conn) *client {
	t.Helper()
	return &client{WebSocket: support.NewWebSocket(conn), t: t}
}

// readHead reads the head of the answer to a handshake.
func (c *client) readHead() {
	c.t.Helper()
	if err := c.ReadHead(); err != nil {
		c.t.Fatalf("read head: %v after %q", err, c.Head)
	}
}

// lines returns the lines of the answer's head, with the first.
func (c *client) lines() []string {
	return strings.Split(strings.TrimSuffix(c.Head, "\r\n\r\n"), "\r\n")
}

// refusal returns the answer of a refused handshake, with its body.
func (c *client) refusal() answer {
	c.t.Helper()
	var length int
	_, _ = fmt.Sscan(c.Header.Get("Content-Length"), &length)
	body := make([]byte, length)
	if _, err := io.ReadFull(c.In, body); err != nil {
		c.t.Fatalf("read body: %v", err)
	}
	return answer{c.Status, c.Header, string(body)}
}

func (c *client) write(p []byte) {
	c.t.Helper()
	if _, err := c.Write(p); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// send sends one text message in one frame.
func (c *client) send(message string) {
	c.t.Helper()
	c.write(frame(final|text, message))
}

func (c *client) close(code int, reason string) {
	c.t.Helper()
	c.write(frame(final|closing, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason))
}

// The names that the tables of frames use.
const (
	final     = support.Final
	text      = support.OpText
	binaryOp  = support.OpBinary
	continued = support.OpContinuation
	closing   = support.OpClose
	ping      = support.OpPing
	pong      = support.OpPong
)

var frame = support.Frame

// readFrame returns the next frame. ok is false at the end of the connection.
func (c *client) readFrame() (first byte, payload []byte, ok bool) {
	c.t.Helper()
	first, payload, err := c.ReadFrame()
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF) {
		c.t.Fatalf("read frame: %v", err)
	}
	return first, payload, err == nil
}

// next returns the next message or control frame in words, such as "text hi",
// "close 1001 Going away" or "end". It joins fragments.
func (c *client) next() string {
	c.t.Helper()
	var whole []byte
	var kind byte
	for {
		first, payload, ok := c.readFrame()
		if !ok {
			return "end"
		}
		switch opcode := first & 0xf; opcode {
		case ping:
			return "ping " + string(payload)
		case pong:
			return "pong " + string(payload)
		case closing:
			if len(payload) < 2 {
				return "close without code"
			}
			return strings.TrimSpace(fmt.Sprintf("close %d %s", binary.BigEndian.Uint16(payload), payload[2:]))
		case text, binaryOp:
			kind = opcode
		}
		if whole = append(whole, payload...); first&final != 0 {
			return map[byte]string{text: "text ", binaryOp: "binary "}[kind] + brief(string(whole))
		}
	}
}

// upTo returns all messages up to and including the message last.
func (c *client) upTo(last string) string {
	c.t.Helper()
	var all []string
	for {
		m := c.next()
		all = append(all, m)
		if m == last || m == "end" {
			return strings.Join(all, ", ")
		}
	}
}

// quiet sends a ping and returns the messages that come before its pong, or "nothing". No
// message may still be on its way.
func (c *client) quiet() string {
	c.t.Helper()
	c.write(frame(final|ping, "quiet"))
	var all []string
	for {
		switch m := c.next(); m {
		case "pong quiet":
			if len(all) == 0 {
				return "nothing"
			}
			return strings.Join(all, ", ")
		case "end":
			return strings.Join(append(all, m), ", ")
		default:
			all = append(all, m)
		}
	}
}

// wait sets the time for which the client waits, counted from now.
func (c *client) wait(d time.Duration) {
	_ = c.SetDeadline(time.Now().Add(d))
}

// brief shortens a text that is too long for a table.
func brief(s string) string {
	if len(s) <= 400 {
		return plain(s)
	}
	if strings.Count(s, s[:1]) == len(s) {
		return fmt.Sprintf("%d times %q", len(s), s[:1])
	}
	return fmt.Sprintf("%d bytes from %q", len(s), s[:20])
}
