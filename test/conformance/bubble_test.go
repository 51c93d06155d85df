package conformance

import (
	"net"
	"sync"
	"testing"
	"testing/synctest"
)

// bubbled returns the check see, played with a fake clock and on a network in
// memory: time passes when everybody waits, so that the two hours of a
// connection take none, and no machine is too slow for a second.
func bubbled(see func(s *scene) string) func(s *scene) string {
	return func(s *scene) (seen string) {
		s.Helper()
		synctest.Test(s.T, func(t *testing.T) {
			seen = see(&scene{T: t, pipes: &pipes{conns: make(chan net.Conn), done: make(chan struct{})}})
		})
		return seen
	}
}

// pipes is a network in memory, and the listener at it. Nothing is buffered: a
// write returns when the other end has read.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) dial() (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
