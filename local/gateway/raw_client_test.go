package gateway

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
)

// rawClient is a client that sends bytes which a library would not send.
type rawClient struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	head []string // lines of the response
}

const rawHandshake = "GET /dev HTTP/1.1\r\nHost: gateway.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

func newRawClient(t *testing.T, conn net.Conn) *rawClient {
	t.Helper()
	return &rawClient{t: t, conn: conn, in: bufio.NewReader(conn)}
}

// sendHandshake sends a request head and reads the head of the response.
func (s *server) sendHandshake(t *testing.T, request string) *rawClient {
	t.Helper()
	c := newRawClient(t, s.dial(t))
	c.write([]byte(request))
	c.readHead()
	return c
}

func (c *rawClient) readHead() {
	c.t.Helper()
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			c.t.Fatalf("read head: %v after %q", err, c.head)
		}
		if line = strings.TrimSuffix(line, "\r\n"); line == "" {
			return
		}
		c.head = append(c.head, line)
	}
}

// rawConnect connects or fails the test.
func (s *server) rawConnect(t *testing.T) *rawClient {
	t.Helper()
	c := s.sendHandshake(t, rawHandshake+"\r\n")
	if c.head[0] != "HTTP/1.1 101 Switching Protocols" {
		t.Fatalf("got %q, want 101", c.head)
	}
	return c
}

func (c *rawClient) write(p []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(p); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// read returns the next frame from the gateway.
func (c *rawClient) read() (first byte, payload []byte) {
	c.t.Helper()
	var header [2]byte
	if _, err := io.ReadFull(c.in, header[:]); err != nil {
		c.t.Fatalf("read frame: %v", err)
	}
	length := uint64(header[1])
	extra := make([]byte, map[uint64]int{126: 2, 127: 8}[length])
	if _, err := io.ReadFull(c.in, extra); err != nil {
		c.t.Fatalf("read frame: %v", err)
	}
	switch len(extra) {
	case 2:
		length = uint64(binary.BigEndian.Uint16(extra))
	case 8:
		length = binary.BigEndian.Uint64(extra)
	}
	payload = make([]byte, length)
	if _, err := io.ReadFull(c.in, payload); err != nil {
		c.t.Fatalf("read frame: %v", err)
	}
	return header[0], payload
}

// readClose returns the code and the reason of the next frame, which must be a close frame.
func (c *rawClient) readClose() (code int, reason string) {
	c.t.Helper()
	first, payload := c.read()
	if first != 0x88 || len(payload) < 2 {
		c.t.Fatalf("got frame %#x %q, want a close frame", first, payload)
	}
	return int(binary.BigEndian.Uint16(payload)), string(payload[2:])
}

// frame returns a masked frame. first is the byte with the flags and the opcode.
func frame(first byte, payload []byte) []byte {
	return unmaskedFrame(first, payload, 0x80)
}

// unmaskedFrame returns a frame that is masked if mask is 0x80 and not masked if mask is 0.
func unmaskedFrame(first byte, payload []byte, mask byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, mask|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, mask|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, mask|127), uint64(n))
	}
	if mask == 0 {
		return append(b, payload...)
	}
	key := [4]byte{1, 2, 3, 4}
	b = append(b, key[:]...)
	for i, p := range payload {
		b = append(b, p^key[i%4])
	}
	return b
}

func closeFrame(code int, reason string) []byte {
	return frame(0x88, append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...))
}

const (
	final    = 0x80
	textEnd  = final | opText
	moreText = opText
)
