package gateway

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/textproto"
	"strings"
)

// Listen returns a listener whose connections remember how their first request
// spelt the names of its headers, for an http.Server with ConnContext.
//
// API Gateway hands functions the names as the client wrote them
// (api-gateway.md 2.2), while net/http rewrites all of them: without Listen a
// function that reads "Authorization" finds here what it misses on AWS when
// the client sent "authorization".
func Listen(l net.Listener) net.Listener {
	return headerCaseListener{l}
}

// ConnContext belongs to Listen: set it as http.Server.ConnContext.
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

// headerCaseConn keeps the head of the first request.
type headerCaseConn struct {
	net.Conn
	head []byte // complete, and no longer written to, before a handler runs
	done bool
}

// maxHead is how much of a head is kept; longer ones are spelt as net/http
// does.
const maxHead = 16 << 10

var endOfHead = []byte("\r\n\r\n")

func (c *headerCaseConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.done {
		return n, err
	}
	from := max(0, len(c.head)-len(endOfHead))
	c.head = append(c.head, p[:n]...)
	if end := bytes.Index(c.head[from:], endOfHead); end >= 0 {
		c.head, c.done = c.head[:from+end], true
	} else if len(c.head) > maxHead {
		c.head, c.done = nil, true
	}
	return n, err
}

// CloseWrite is what net/http needs to let a refused client read the refusal.
func (c *headerCaseConn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}

// headerCaseOf returns the function that spells a header of r as the client did.
// Where the request did not come through Listen, or is not its connection's
// first, only the headers of the WebSocket protocol get back the usual form.
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
		if spelt, ok := names[name]; ok {
			return spelt
		}
		return strings.Replace(name, "Sec-Websocket-", "Sec-WebSocket-", 1)
	}
}
