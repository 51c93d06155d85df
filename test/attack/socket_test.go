package attack

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/test/support"
)

// socket is a client that ends with its test. It reports errors as answers, such as
// "closed", so that several clients can run beside the test.
type socket struct {
	*support.WebSocket
	body string // of a refusal
}

// handshake is a request to connect.
type handshake struct {
	path    string   // after the host, with the query; "": the stage
	query   string   // with its ?
	headers []string // whole lines, in addition to the usual ones
	bare    bool     // without the Origin of the site
}

// bytes returns the request.
func (h handshake) bytes(v *victim) string {
	if h.path == "" {
		h.path = v.socket.Path
	}
	lines := []string{
		"GET " + h.path + h.query + " HTTP/1.1", "Host: " + v.socket.Host, "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	}
	if !h.bare {
		lines = append(lines, "Origin: "+v.site)
	}
	return strings.Join(append(append(lines, h.headers...), "", ""), "\r\n")
}

// offer returns the header line that offers sallyport.v1 and a credential.
func offer(credential string) string {
	return "Sec-WebSocket-Protocol: sallyport.v1, " + credential
}

func bearer(token string) handshake {
	return handshake{headers: []string{offer("bearer." + token)}}
}

func inQuery(token string) handshake { return handshake{query: "?token=" + url.QueryEscape(token)} }

// dial opens a network connection that ends with the test. If that fails, it returns a
// closed connection.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		var other net.Conn
		c, other = net.Pipe()
		_, _ = c.Close(), other.Close()
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(hangLimit))
	return c
}

// connect sends a handshake and reads the answer.
func (v *victim) connect(t *testing.T, h handshake) *socket {
	t.Helper()
	s := v.begin(t)
	s.finish(h.bytes(v))
	return s
}

// begin connects to the gateway and sends nothing.
func (v *victim) begin(t *testing.T) *socket {
	t.Helper()
	return &socket{WebSocket: support.NewWebSocket(dial(t, v.socket.Host))}
}

// finish sends a handshake and reads the answer.
func (s *socket) finish(request string) {
	s.write([]byte(request))
	s.readHead()
	if s.Status != http.StatusSwitchingProtocols {
		s.close()
	}
}

// mustConnect connects with a token, or ends the test.
func (v *victim) mustConnect(t *testing.T, token string) *socket {
	t.Helper()
	s := v.connect(t, bearer(token))
	control(t, "connect", s.verdict(), "101")
	return s
}

// readHead reads the answer to a handshake, with the body if it is a refusal.
func (s *socket) readHead() {
	if s.ReadHead() != nil || s.Status == http.StatusSwitchingProtocols {
		return
	}
	if length, err := strconv.Atoi(s.Header.Get("Content-Length")); err == nil {
		body := make([]byte, length)
		n, _ := io.ReadFull(s.In, body)
		s.body = string(body[:n])
	}
}

// verdict returns the status and, of a refusal, the body; "closed" if there is no answer.
func (s *socket) verdict() string {
	if s.Status == 0 {
		return "closed"
	}
	return strings.TrimSpace(strconv.Itoa(s.Status) + " " + s.body)
}

// maxFrame is the longest frame that API Gateway accepts (api-gateway.md 6).
const maxFrame = 32 << 10

// send sends a text, in as many frames as it needs.
func (s *socket) send(text string) {
	first := byte(support.OpText)
	for len(text) > maxFrame {
		s.write(support.Frame(first, text[:maxFrame]))
		text, first = text[maxFrame:], support.OpContinuation
	}
	s.write(support.Frame(support.Final|first, text))
}

// write sends bytes. The next read reports that the connection has ended.
func (s *socket) write(p []byte) { _, _ = s.Write(p) }

// next returns the next message, "close CODE REASON", "closed" if the connection has
// ended, or "silence" if nothing has come in time. It skips pings and pongs.
func (s *socket) next() string {
	var whole []byte
	for {
		first, payload, err := s.ReadFrame()
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return "silence"
			}
			return "closed"
		}
		switch first & 0xf {
		case support.OpPing, support.OpPong:
			continue
		case support.OpClose:
			if len(payload) < 2 {
				return "close"
			}
			return strings.TrimSpace(fmt.Sprintf("close %d %s", binary.BigEndian.Uint16(payload), payload[2:]))
		}
		if whole = append(whole, payload...); first&support.Final != 0 {
			return string(whole)
		}
	}
}

// readToEnd reads up to the end of a connection and returns how it ended.
func (s *socket) readToEnd() string {
	for {
		if got := s.next(); strings.HasPrefix(got, "close") || got == "silence" {
			return got
		}
	}
}

// ask sends a text and returns the next message.
func (s *socket) ask(text string) string {
	s.send(text)
	return s.next()
}

// extend doubles the time for which the socket waits, counted from now.
func (s *socket) extend() { _ = s.SetDeadline(time.Now().Add(2 * hangLimit)) }

func (s *socket) close() { _ = s.Close() }

// alive sends a ping. It returns "alive" if the pong comes next. Otherwise it returns the message that
// came, or how the connection ended.
func (s *socket) alive() string {
	s.write(support.Frame(support.Final|support.OpPing, "there?"))
	for {
		first, payload, err := s.ReadFrame()
		switch {
		case err != nil:
			return "closed"
		case first&0xf == support.OpPong && string(payload) == "there?":
			return "alive"
		case first&0xf != support.OpPong:
			return string(payload)
		}
	}
}
