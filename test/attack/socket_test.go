package attack

import (
	"bufio"
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
)

// socket is a client that sends bytes as they are: libraries put right what is
// wrong on purpose here. It ends with its test. Errors show as answers, such as
// "closed", so that clients may run beside the test.
type socket struct {
	conn   net.Conn
	in     *bufio.Reader
	status int // of the handshake; 0: there was no answer
	header http.Header
	head   string // of the answer, as it came
	body   string // of a refusal
}

// knock is a handshake.
type knock struct {
	path    string   // after the host, with the query; "": the stage
	query   string   // with its ?
	headers []string // whole lines, more than what every handshake has
	bare    bool     // without the site's Origin
}

// bytes returns the request.
func (k knock) bytes(v *victim) string {
	if k.path == "" {
		k.path = v.socket.Path
	}
	lines := []string{
		"GET " + k.path + k.query + " HTTP/1.1", "Host: " + v.socket.Host, "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	}
	if !k.bare {
		lines = append(lines, "Origin: "+v.site)
	}
	return strings.Join(append(append(lines, k.headers...), "", ""), "\r\n")
}

// offer is the header line that offers sallyport.v1 and a credential.
func offer(credential string) string {
	return "Sec-WebSocket-Protocol: sallyport.v1, " + credential
}

func bearer(token string) knock { return knock{headers: []string{offer("bearer." + token)}} }

func inQuery(token string) knock { return knock{query: "?token=" + url.QueryEscape(token)} }

// dial opens a network connection to an address that ends with the test. If
// that fails, the connection is one that is closed.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		var other net.Conn
		c, other = net.Pipe()
		_, _ = c.Close(), other.Close()
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c
}

// shake sends a handshake and reads the answer.
func (v *victim) shake(t *testing.T, k knock) *socket {
	t.Helper()
	s := v.begin(t)
	s.finish(k.bytes(v))
	return s
}

// begin connects to the gateway, without a word yet.
func (v *victim) begin(t *testing.T) *socket {
	t.Helper()
	conn := dial(t, v.socket.Host)
	return &socket{conn: conn, in: bufio.NewReader(conn)}
}

// finish sends a handshake and reads the answer.
func (s *socket) finish(request string) {
	s.write([]byte(request)) // who writes too much finds out when reading
	s.readHead()
	if s.status != http.StatusSwitchingProtocols {
		s.close()
	}
}

// enter connects with a token, or ends the test.
func (v *victim) enter(t *testing.T, token string) *socket {
	t.Helper()
	s := v.shake(t, bearer(token))
	control(t, "connect", s.verdict(), "101")
	return s
}

// readHead reads the answer to a handshake, with the body if it is a refusal.
func (s *socket) readHead() {
	var head strings.Builder
	for {
		line, err := s.in.ReadString('\n')
		head.WriteString(line)
		if err != nil || strings.TrimRight(line, "\r\n") == "" {
			break
		}
	}
	s.head = head.String()
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(s.head)), nil)
	if err != nil {
		return
	}
	_ = resp.Body.Close()
	s.status, s.header = resp.StatusCode, resp.Header
	if length, err := strconv.Atoi(s.header.Get("Content-Length")); err == nil && s.status != http.StatusSwitchingProtocols {
		body := make([]byte, length)
		n, _ := io.ReadFull(s.in, body)
		s.body = string(body[:n])
	}
}

// verdict returns the status and, of a refusal, the body; "closed" if there is
// no answer.
func (s *socket) verdict() string {
	if s.status == 0 {
		return "closed"
	}
	return strings.TrimSpace(strconv.Itoa(s.status) + " " + s.body)
}

// The first byte of frames.
const (
	final     = 0x80
	opText    = 0x1
	opBinary  = 0x2
	opClose   = 0x8
	opPing    = 0x9
	opPong    = 0xa
	maskedBit = 0x80
)

// frame returns a masked frame.
func frame(first byte, payload string) []byte {
	b := frameHead(first, uint64(len(payload)))
	key := [4]byte{0x12, 0x34, 0x56, 0x78}
	b = append(b, key[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i%4])
	}
	return b
}

// frameHead returns a frame's header up to the masking key.
func frameHead(first byte, length uint64) []byte {
	switch {
	case length < 126:
		return []byte{first, maskedBit | byte(length)}
	case length < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{first, maskedBit | 126}, uint16(length))
	}
	return binary.BigEndian.AppendUint64([]byte{first, maskedBit | 127}, length)
}

// maxFrame is the longest frame that API Gateway takes (api-gateway.md 6).
const maxFrame = 32 << 10

// send sends a text, in as many frames as it needs.
func (s *socket) send(text string) {
	first := byte(opText)
	for len(text) > maxFrame {
		s.write(frame(first, text[:maxFrame]))
		text, first = text[maxFrame:], 0
	}
	s.write(frame(final|first, text))
}

// write sends bytes; that nobody takes them shows when reading.
func (s *socket) write(p []byte) { _, _ = s.conn.Write(p) }

// next returns the next message, "close CODE REASON", "closed" when the
// connection has ended, or "silence" when nothing has come in time. Pongs are
// passed over.
func (s *socket) next() string {
	var whole []byte
	for {
		first, payload, err := s.readFrame()
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return "silence"
			}
			return "closed"
		}
		switch first & 0xf {
		case opPing, opPong:
			continue
		case opClose:
			if len(payload) < 2 {
				return "close"
			}
			return strings.TrimSpace(fmt.Sprintf("close %d %s", binary.BigEndian.Uint16(payload), payload[2:]))
		}
		if whole = append(whole, payload...); first&final != 0 {
			return string(whole)
		}
	}
}

func (s *socket) readFrame() (first byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(s.in, head[:]); err != nil {
		return 0, nil, err
	}
	length := uint64(head[1])
	extra := make([]byte, map[uint64]int{126: 2, 127: 8}[length])
	if _, err := io.ReadFull(s.in, extra); err != nil {
		return 0, nil, err
	}
	if len(extra) > 0 {
		length = binary.BigEndian.Uint64(append(make([]byte, 8-len(extra)), extra...))
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(s.in, payload)
	return head[0], payload, err
}

// ask sends a text and returns the next message.
func (s *socket) ask(text string) string {
	s.send(text)
	return s.next()
}

// patient lets the socket wait longer, or less long, than others.
func (s *socket) patient(d time.Duration) { _ = s.conn.SetDeadline(time.Now().Add(d)) }

func (s *socket) close() { _ = s.conn.Close() }

// alive tells by a ping of the protocol whether the connection is still there:
// "alive", or what came instead.
func (s *socket) alive() string {
	s.write(frame(final|opPing, "there?"))
	for {
		first, payload, err := s.readFrame()
		switch {
		case err != nil:
			return "closed"
		case first&0xf == opPong && string(payload) == "there?":
			return "alive"
		case first&0xf != opPong:
			return string(payload)
		}
	}
}
