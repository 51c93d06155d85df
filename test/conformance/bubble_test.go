package conformance

import (
	"net"
	"sync"
	"testing"
	"testing/synctest"
)

// withFakeClock returns a check that runs check with a fake clock and a network in memory.
// The clock advances only when all goroutines wait. So the two hours of a connection take
// no time, and the result does not depend on the speed of the machine.
func withFakeClock(check func(s *env) string) func(s *env) string {
	return func(s *env) (result string) {
		s.Helper()
		synctest.Test(s.T, func(t *testing.T) {
			result = check(&env{T: t, pipes: &pipes{conns: make(chan net.Conn), done: make(chan struct{})}})
		})
		return result
	}
}

// pipes is a network in memory, and its listener. It has no buffers: a write returns when
// the other side has read all.
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
