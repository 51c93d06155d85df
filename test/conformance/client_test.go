package conformance

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// client is a WebSocket client that sends and shows bytes, because libraries
// hide what matters here.
type client struct {
	t      *testing.T
	conn   net.Conn
	in     *bufio.Reader
	status int
	lines  []string // of the answer's head, with the first
	header http.Header
}

func newClient(t *testing.T, conn net.Conn) *client {
	t.Helper()
	return &client{t: t, conn: conn, in: bufio.NewReader(conn)}
}

// readHead reads the head of the answer to a handshake.
func (c *client) readHead() {
	c.t.Helper()
	var head bytes.Buffer
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			c.t.Fatalf("read head: %v after %q", err, head.String())
		}
		head.WriteString(line)
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			break
		}
		c.lines = append(c.lines, line)
	}
	resp, err := http.ReadResponse(bufio.NewReader(&head), nil)
	if err != nil {
		c.t.Fatalf("read head: %v", err)
	}
	_ = resp.Body.Close()
	c.status, c.header = resp.StatusCode, resp.Header
}

// refusal returns the answer of a refused handshake, with its body.
func (c *client) refusal() answer {
	c.t.Helper()
	var length int
	_, _ = fmt.Sscan(c.header.Get("Content-Length"), &length)
	body := make([]byte, length)
	if _, err := io.ReadFull(c.in, body); err != nil {
		c.t.Fatalf("read body: %v", err)
	}
	return answer{c.status, c.header, string(body)}
}

func (c *client) write(p []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(p); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// The first byte of frames.
const (
	final     = 0x80
	text      = 0x1
	binaryOp  = 0x2
	continued = 0x0
	closing   = 0x8
	ping      = 0x9
	pong      = 0xa
)

// send sends one text message in one frame.
func (c *client) send(message string) {
	c.t.Helper()
	c.write(frame(final|text, message))
}

func (c *client) close(code int, reason string) {
	c.t.Helper()
	c.write(frame(final|closing, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason))
}

// frame returns a masked frame.
func frame(first byte, payload string) []byte {
	b := header(first, 0x80, len(payload))
	key := [4]byte{0x12, 0x34, 0x56, 0x78}
	b = append(b, key[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i%4])
	}
	return b
}

// header returns the header of a frame without the masking key.
func header(first, mask byte, length int) []byte {
	switch {
	case length < 126:
		return []byte{first, mask | byte(length)}
	case length < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{first, mask | 126}, uint16(length))
	}
	return binary.BigEndian.AppendUint64([]byte{first, mask | 127}, uint64(length))
}

// readFrame returns the next frame; ok is false at the end of the connection.
func (c *client) readFrame() (first byte, payload []byte, ok bool) {
	c.t.Helper()
	var head [2]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		if ne, isNet := err.(net.Error); isNet && ne.Timeout() { //nolint:errorlint // as read
			c.t.Fatalf("nothing came in time")
		}
		return 0, nil, false
	}
	length := uint64(head[1])
	extra := make([]byte, map[uint64]int{126: 2, 127: 8}[length])
	if _, err := io.ReadFull(c.in, extra); err != nil {
		c.t.Fatalf("read frame: %v", err)
	}
	if len(extra) > 0 {
		length = binary.BigEndian.Uint64(append(make([]byte, 8-len(extra)), extra...))
	}
	payload = make([]byte, length)
	if _, err := io.ReadFull(c.in, payload); err != nil {
		c.t.Fatalf("read frame: %v", err)
	}
	return head[0], payload, true
}

// next returns the next message or control frame in words, such as "text hi",
// "close 1001 Going away" or "end". Fragments are put together.
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

// upTo returns everything that comes up to and with the message last.
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

// quiet sends a ping and tells what comes before its pong: "nothing" if the
// client has not been sent anything. It relies on nothing still being under way.
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

// wait lets a client wait longer than others.
func (c *client) wait(d time.Duration) {
	_ = c.conn.SetDeadline(time.Now().Add(d))
}

// brief shortens what is too long for a table.
func brief(s string) string {
	if len(s) <= 400 {
		return plain(s)
	}
	if strings.Count(s, s[:1]) == len(s) {
		return fmt.Sprintf("%d times %q", len(s), s[:1])
	}
	return fmt.Sprintf("%d bytes from %q", len(s), s[:20])
}
