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

// bufferSize is the size of the read buffer and of the write buffer of a connection. Longer
// frames do not use the buffers.
const bufferSize = 1 << 10

// upgrade hijacks the connection and upgrades it to a WebSocket. The head of the
// response is sent with the first write to the returned connection.
func (h *handshake) upgrade(w http.ResponseWriter, subprotocol string) (*websocket.Conn, *frameConn, error) {
	u := &upgrader{
		ResponseWriter: w, subprotocol: subprotocol,
		conn: &frameConn{
			writeTimeout: h.config.Limits.Write,
			frames:       frameParser{maxFrame: h.config.Limits.Frame, maxMessage: h.config.Limits.Message},
		},
	}
	ws, err := websocket.Accept(u, h.http, &websocket.AcceptOptions{InsecureSkipVerify: true}) // API Gateway ignores Origin
	if err != nil {
		return nil, nil, fmt.Errorf("accept connection: %w", err)
	}
	ws.SetReadLimit(-1) // frameConn has the limits
	return ws, u.conn, nil
}

// upgrader is the http.ResponseWriter for websocket.Accept. It writes exactly the head of
// API Gateway's response, and passes a frameConn with small buffers to the library.
type upgrader struct {
	http.ResponseWriter
	subprotocol string
	conn        *frameConn
}

// WriteHeader implements http.ResponseWriter. It does nothing, because Hijack creates the
// head.
func (u *upgrader) WriteHeader(int) {}

// Write implements http.ResponseWriter. It does nothing.
func (u *upgrader) Write(p []byte) (int, error) { return len(p), nil }

// Hijack returns the connection with the bytes that the client has already sent.
func (u *upgrader) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(u.ResponseWriter).Hijack()
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
		u.conn.Conn = c.Conn // the head of the request is no longer needed
	}
	return u.conn, bufio.NewReadWriter(bufio.NewReaderSize(u.conn, bufferSize), bufio.NewWriterSize(u.conn, bufferSize)), nil
}

// head returns the head of the response as captured (api-gateway.md 1.2).
func (u *upgrader) head(now time.Time) []byte {
	head := "HTTP/1.1 101 Switching Protocols\r\n" +
		"Date: " + now.UTC().Format(http.TimeFormat) + "\r\n" +
		"Connection: upgrade\r\n" +
		"upgrade: websocket\r\n" +
		"sec-websocket-accept: " + u.Header().Get("Sec-WebSocket-Accept") + "\r\n"
	if u.subprotocol != "" {
		head += "sec-websocket-protocol: " + u.subprotocol + "\r\n"
	}
	return []byte(head + "\r\n")
}
