package gateway

import (
	"encoding/binary"
	"net"
	"testing"

	"sallyport/test/support"
)

// rawClient is a support.WebSocket that fails its test on an error.
type rawClient struct {
	*support.WebSocket
	t *testing.T
}

const rawHandshake = "GET /dev HTTP/1.1\r\nHost: gateway.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// handshakeOn sends a request head over conn and reads the head of the response.
func handshakeOn(t *testing.T, conn net.Conn, request string) *rawClient {
	t.Helper()
	c := &rawClient{WebSocket: support.NewWebSocket(conn), t: t}
	c.write([]byte(request))
	if err := c.ReadHead(); err != nil {
		t.Fatalf("read head: %v after %q", err, c.Head)
	}
	return c
}

// sendHandshake sends a request head and reads the head of the response.
func (s *server) sendHandshake(t *testing.T, request string) *rawClient {
	t.Helper()
	return handshakeOn(t, s.dial(t), request)
}

// rawConnect connects or fails the test.
func (s *server) rawConnect(t *testing.T) *rawClient {
	t.Helper()
	c := s.sendHandshake(t, rawHandshake+"\r\n")
	if c.Status != 101 {
		t.Fatalf("got the status %d, want 101", c.Status)
	}
	return c
}

func (c *rawClient) write(p []byte) {
	c.t.Helper()
	if _, err := c.Write(p); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// read returns the next frame from the gateway.
func (c *rawClient) read() (first byte, payload []byte) {
	c.t.Helper()
	first, payload, err := c.ReadFrame()
	if err != nil {
		c.t.Fatalf("read frame: %v", err)
	}
	return first, payload
}

// readClose returns the code and the reason of the next frame, which must be a close frame.
func (c *rawClient) readClose() (code int, reason string) {
	c.t.Helper()
	first, payload := c.read()
	if first != final|opClose || len(payload) < 2 {
		c.t.Fatalf("got frame %#x %q, want a close frame", first, payload)
	}
	return int(binary.BigEndian.Uint16(payload)), string(payload[2:])
}

// frame returns a masked frame. first is the byte with the flags and the opcode.
func frame(first byte, payload []byte) []byte {
	return support.Frame(first, string(payload))
}

func closeFrame(code int, reason string) []byte {
	return frame(final|opClose, append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...))
}

const (
	final    = support.Final
	textEnd  = final | opText
	moreText = opText
)
