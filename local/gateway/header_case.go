package gateway

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/textproto"
	"strings"
)

// Listen returns a listener whose connections keep the header names of their first request as
// the client wrote them. The http.Server must use ConnContext.
//
// API Gateway does not change the case of header names (api-gateway.md 2.2), but net/http
// does. Without Listen, a function that reads "Authorization" would find it here, and not on
// AWS, if the client sends "authorization".
func Listen(l net.Listener) net.Listener {
	return headerCaseListener{l}
}

// ConnContext is the http.Server.ConnContext for a listener of Listen.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if c, ok := c.(*headerCaseConn); ok {
		return context.WithValue(ctx, headerCaseKey{}, c)
	}
	return ctx
}

// headerCaseKey is the key of a *headerCaseConn in the context of its requests.
type headerCaseKey struct{}

type headerCaseListener struct{ net.Listener }

func (l headerCaseListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err // net/http compares it
	}
	return &headerCaseConn{Conn: c}, nil
}

// headerCaseConn keeps the head of its first request.
type headerCaseConn struct {
	net.Conn
	head []byte // it is complete, and does not change, when a handler runs
	done bool
}

// maxHead is the length of the longest head that is kept. After a longer one, header names
// have the case of net/http.
const maxHead = 16 << 10

func (c *headerCaseConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if !c.done {
		c.head = append(c.head, p[:n]...)
		var complete bool
		c.head, _, complete = bytes.Cut(c.head, []byte("\r\n\r\n"))
		if c.done = complete || len(c.head) > maxHead; !complete && c.done {
			c.head = nil
		}
	}
	return n, err
}

// CloseWrite lets net/http close the connection so that a refused client can read the
// response.
func (c *headerCaseConn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}

// headerCaseOf returns a function that gives a header name of r the case of the client. If r
// did not come through Listen, or is not the first request of its connection, the function
// only restores the usual case of the headers of the WebSocket protocol.
func headerCaseOf(r *http.Request) func(name string) string {
	names := map[string]string{}
	c, ok := r.Context().Value(headerCaseKey{}).(*headerCaseConn)
	key := r.Header.Get("Sec-WebSocket-Key")
	if ok && key != "" && bytes.Contains(c.head, []byte(key)) {
		for line := range bytes.SplitSeq(c.head, []byte("\r\n")) {
			if name, _, ok := bytes.Cut(line, []byte(":")); ok {
				names[textproto.CanonicalMIMEHeaderKey(string(name))] = string(name)
			}
		}
	}
	return func(name string) string {
		if original, ok := names[name]; ok {
			return original
		}
		return strings.Replace(name, "Sec-Websocket-", "Sec-WebSocket-", 1)
	}
}
