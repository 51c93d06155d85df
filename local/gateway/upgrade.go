package gateway

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/coder/websocket"
)

// readBuffer and writeBuffer are what an idle connection keeps. Longer frames
// go past them.
const (
	readBuffer  = 1 << 10
	writeBuffer = 1 << 10
)

// upgrade takes the connection over for WebSocket. The answer's head leaves
// with the first write to the returned connection.
func (h *handshake) upgrade(w http.ResponseWriter, subprotocol string) (*websocket.Conn, *frameConn, error) {
	u := &upgrader{
		response: w, header: http.Header{}, subprotocol: subprotocol,
		conn: &frameConn{
			writeTime: h.config.Limits.Write,
			frames:    frames{maxFrame: h.config.Limits.Frame, maxMessage: h.config.Limits.Message},
		},
	}
	ws, err := websocket.Accept(u, h.http, &websocket.AcceptOptions{InsecureSkipVerify: true}) // API Gateway ignores Origin
	if err != nil {
		return nil, nil, fmt.Errorf("accept connection: %w", err)
	}
	ws.SetReadLimit(-1) // frameConn has the limits
	return ws, u.conn, nil
}

// upgrader is the http.ResponseWriter for websocket.Accept. It writes the head
// of the answer as API Gateway does, to the letter, and hands the library a
// frameConn and buffers of our size.
type upgrader struct {
	response    http.ResponseWriter
	header      http.Header
	subprotocol string
	conn        *frameConn
}

func (u *upgrader) Header() http.Header         { return u.header }
func (u *upgrader) WriteHeader(int)             {} // the head is made by Hijack
func (u *upgrader) Write(p []byte) (int, error) { return len(p), nil }

// Hijack takes the connection from net/http, with what the client may already
// have sent.
func (u *upgrader) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(u.response).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, nil, err
	}
	early, _ := buffered.Peek(buffered.Reader.Buffered())
	u.conn.unread = slices.Clone(early)
	u.conn.head = u.head(time.Now())
	u.conn.Conn = conn
	if c, ok := conn.(*headerCaseConn); ok {
		u.conn.Conn = c.Conn // the head of the request is of no more use
	}
	return u.conn, bufio.NewReadWriter(bufio.NewReaderSize(u.conn, readBuffer), bufio.NewWriterSize(u.conn, writeBuffer)), nil
}

// head is the answer that was captured (api-gateway.md 1.2).
func (u *upgrader) head(now time.Time) []byte {
	head := "HTTP/1.1 101 Switching Protocols\r\n" +
		"Date: " + now.UTC().Format(http.TimeFormat) + "\r\n" +
		"Connection: upgrade\r\n" +
		"upgrade: websocket\r\n" +
		"sec-websocket-accept: " + u.header.Get("Sec-WebSocket-Accept") + "\r\n"
	if u.subprotocol != "" {
		head += "sec-websocket-protocol: " + u.subprotocol + "\r\n"
	}
	return []byte(head + "\r\n")
}
