package gateway

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
)

// TestStorm has clients come and go in every rude way at once, on a real
// network. Whatever they do, each $connect that succeeded is followed by one
// $disconnect, and nothing is left over (which TestMain checks).
func TestStorm(t *testing.T) {
	rude := []func(c net.Conn){
		func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }, // reset
		func(c net.Conn) { _, _ = c.Write(closeFrame(1000, "")) },
		func(c net.Conn) { _, _ = c.Write(frame(textEnd, []byte("never read"))) },
		func(c net.Conn) { _, _ = c.Write(frame(textEnd, make([]byte, 32<<10+1))) },
		func(c net.Conn) { _, _ = c.Write(frame(final|opBinary, []byte("x"))) },
		func(c net.Conn) { _, _ = c.Write(frame(moreText, []byte("half a message"))) },
		func(c net.Conn) { _, _ = c.Write([]byte{textEnd}) },
		func(c net.Conn) { _ = c.(*net.TCPConn).CloseWrite() },
		func(c net.Conn) { _, _ = c.Write([]byte("GET / HTTP/1.1\r\n\r\n")) },
		func(net.Conn) {},
	}
	connect, bye := &fake{}, &fake{}
	c := config(map[string]Route{routeConnect: oneWay(connect), routeDefault: twoWay(echoing()), routeDisconnect: oneWay(bye)})
	g, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	address, stop := listen(t, g)
	var clients sync.WaitGroup
	for i := range 200 {
		clients.Go(func() {
			c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Close() }()
			_, _ = c.Write([]byte(rawHandshake + "\r\n"))
			if i%3 > 0 { // the others do not even wait
				_, _ = c.Read(make([]byte, 512))
			}
			rude[i%len(rude)](c)
		})
	}
	clients.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := g.Close(ctx); err != nil {
		t.Error(err)
	}
	stop()
	if in, out := len(connect.calls()), len(bye.calls()); in != out {
		t.Errorf("got %d calls of $connect and %d of $disconnect", in, out)
	}
	if len(g.connections) != 0 {
		t.Errorf("%d connections are still known", len(g.connections))
	}
}

// listen serves h on a real network until stop is called.
func listen(tb testing.TB, h http.Handler) (address string, stop func()) {
	tb.Helper()
	l, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &http.Server{Handler: h, ConnContext: ConnContext, ReadHeaderTimeout: patience}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(Listen(l))
	}()
	return l.Addr().String(), func() {
		_ = s.Close()
		<-done
	}
}
