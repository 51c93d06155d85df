package function

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
)

// runtimeConn is a connection of the process to its Runtime API.
//
// net/http parses what comes over it, but its Server is not used. The
// one hop that matters is next, and there the Server costs a fifth of the whole
// round: it watches a connection for its end in a goroutine that has to be woken
// and waited for before the next request is read. Here who waits for the next
// request sees the end, and who has an event writes it.
type runtimeConn struct {
	conn  net.Conn
	limit *io.LimitedReader // on what one request may bring
	in    *bufio.Reader

	mu  sync.Mutex // guards out
	out *bufio.Writer
}

func newRuntimeConn(conn net.Conn) *runtimeConn {
	limit := &io.LimitedReader{R: conn}
	return &runtimeConn{conn: conn, limit: limit, in: bufio.NewReader(limit), out: bufio.NewWriter(conn)}
}

// receive returns the next request, whose body is to be read before the one
// after.
func (l *runtimeConn) receive() (*http.Request, error) {
	l.limit.N = maxHeader
	r, err := http.ReadRequest(l.in)
	if err != nil {
		return nil, err
	}
	l.limit.N = maxBody
	if r.Header.Get("Expect") == "100-continue" {
		_, err = io.WriteString(l.conn, "HTTP/1.1 100 Continue\r\n\r\n")
	}
	return r, err
}

// send sends a response.
func (l *runtimeConn) send(status int, header http.Header, body []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	// What fails here fails in Flush again.
	_, _ = fmt.Fprintf(l.out, "HTTP/1.1 %d %s\r\nContent-Length: %d\r\n", status, http.StatusText(status), len(body))
	_ = header.Write(l.out)
	_, _ = l.out.WriteString("\r\n")
	_, _ = l.out.Write(body)
	return l.out.Flush()
}

// listen serves connections until the listener is closed.
func (e *environment) listen(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		l := newRuntimeConn(conn)
		if !e.join(l) {
			_ = conn.Close()
			return
		}
		e.wg.Go(func() {
			defer e.leave(l)
			e.serve(l)
		})
	}
}

func (e *environment) join(l *runtimeConn) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.conns == nil {
		return false
	}
	e.conns[l] = struct{}{}
	return true
}

func (e *environment) leave(l *runtimeConn) {
	_ = l.conn.Close()
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.conns, l)
	if e.asking == l {
		e.asking = nil
	}
}

// hangUp ends the Runtime API and waits for what serves it.
func (e *environment) hangUp(listener net.Listener) {
	_ = listener.Close()
	e.mu.Lock()
	for l := range e.conns {
		_ = l.conn.Close()
	}
	e.conns, e.asking = nil, nil
	e.mu.Unlock()
	e.wg.Wait()
}
