package gateway

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
)

// TestStorm has many clients on a real network that end their connections in different ways.
// Each successful $connect must be followed by one $disconnect. TestMain checks that no
// goroutine is left.
func TestStorm(t *testing.T) {
	endings := []func(c net.Conn){
		func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }, // reset
		func(c net.Conn) { _, _ = c.Write(closeFrame(1000, "")) },
		func(c net.Conn) { _, _ = c.Write(frame(textEnd, []byte("reply is not read"))) },
		func(c net.Conn) { _, _ = c.Write(frame(textEnd, make([]byte, 32<<10+1))) },
		func(c net.Conn) { _, _ = c.Write(frame(final|opBinary, []byte("x"))) },
		func(c net.Conn) { _, _ = c.Write(frame(moreText, []byte("half a message"))) },
		func(c net.Conn) { _, _ = c.Write([]byte{textEnd}) },
		func(c net.Conn) { _ = c.(*net.TCPConn).CloseWrite() },
		func(c net.Conn) { _, _ = c.Write([]byte("GET / HTTP/1.1\r\n\r\n")) },
		func(net.Conn) {},
	}
	onConnect, onDisconnect := &function{}, &function{}
	c := config(map[string]Route{routeConnect: oneWay(onConnect), routeDefault: twoWay(echoing()), routeDisconnect: oneWay(onDisconnect)})
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
			if i%3 > 0 { // a third does not wait for the response
				_, _ = c.Read(make([]byte, 512))
			}
			endings[i%len(endings)](c)
		})
	}
	clients.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	if err := g.Close(ctx); err != nil {
		t.Error(err)
	}
	stop()
	if connects, disconnects := len(onConnect.events()), len(onDisconnect.events()); connects != disconnects {
		t.Errorf("got %d calls of $connect and %d of $disconnect, want as many", connects, disconnects)
	}
	if len(g.connections) != 0 {
		t.Errorf("got %d known connections, want none", len(g.connections))
	}
}

// listen serves h on a real network until stop is called.
func listen(tb testing.TB, h http.Handler) (address string, stop func()) {
	tb.Helper()
	l, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &http.Server{Handler: h, ConnContext: ConnContext, ReadHeaderTimeout: hangLimit}
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
