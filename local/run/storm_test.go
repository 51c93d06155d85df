package run

import (
	"bufio"
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/coder/websocket"

	"sallyport/infra/build"
	"sallyport/local/function"
	"sallyport/local/gateway"
)

// TestStorm has processes of the Lambda killed at random while clients talk,
// and others come, misbehave and go. Each message gets its answer or an error,
// and nothing is left over.
func TestStorm(t *testing.T) {
	leavesNothing(t)
	root := t.TempDir()
	edit(t, root, "go.mod", "module small\n\ngo 1.26\n")
	edit(t, root, "lambda/main.go", answering("one"))
	path, err := build.Binary(t.Context(), root, build.Target{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := function.New(function.Config{Name: "small", Path: path, Timeout: patience, MaxEnvironments: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	address := serveStorm(t, map[string]gateway.Invoker{"$connect": f, "$default": f, "$disconnect": f})

	answers := make(chan string, 1000)
	var talking, rest sync.WaitGroup
	for range 6 {
		talking.Go(func() { talk(t, address, 50, answers) })
	}
	for i := range 60 {
		rest.Go(func() { misbehave(t, address, i) })
	}
	rest.Go(func() {
		n := 0
		for answer := range answers {
			if answer != "one" && !strings.HasPrefix(answer, `{"message": "Internal server error"`) {
				t.Errorf("got the answer %q", answer)
			}
			if n++; n%10 == 0 {
				killAny(t)
			}
		}
	})
	talking.Wait()
	close(answers)
	rest.Wait()
	for range 5 { // one process each may just be dying
		var out []byte
		if out, err = f.Invoke(t.Context(), []byte("{}")); err == nil && strings.Contains(string(out), "one") {
			return
		}
	}
	t.Errorf("after the storm: got %v", err)
}

// talk sends messages, each after the answer to the one before. To connect may
// take some tries: the process at $connect may be killed.
func talk(t *testing.T, address string, messages int, answers chan<- string) {
	t.Helper()
	var c *websocket.Conn
	var err error
	for range 100 {
		if c, _, err = websocket.Dial(t.Context(), "ws://"+address+"/live", nil); err == nil { //nolint:bodyclose // Dial closes it
			break
		}
	}
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = c.CloseNow() }()
	for range messages {
		if err := c.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
			t.Error(err)
			return
		}
		_, answer, err := c.Read(t.Context())
		if err != nil {
			t.Error(err)
			return
		}
		answers <- string(answer)
	}
}

// killAny kills one of the processes below this one, if there is any.
func killAny(t *testing.T) {
	t.Helper()
	if pids := children(t); len(pids) > 0 {
		_ = syscall.Kill(pids[rand.IntN(len(pids))], syscall.SIGKILL)
	}
}

// hello is a masked text frame with that text: the mask is zero.
const hello = "\x81\x85\x00\x00\x00\x00hello"

// misbehave is a client of the i-th kind.
func misbehave(t *testing.T, address string, i int) {
	t.Helper()
	c := dialRaw(t, address)
	defer func() { _ = c.Close() }()
	write := func(text string) { _, _ = c.Write([]byte(text)) } // the gateway may have hung up
	switch i % 6 {
	case 0: // comes byte by byte, and is answered
		for _, b := range []byte(rawHandshake) {
			write(string(b))
		}
		in := bufio.NewReader(c)
		if readHead(in) {
			for _, b := range []byte(hello) {
				write(string(b))
			}
			_, _ = in.ReadByte()
		}
	case 1: // leaves before it is let in
		write(rawHandshake)
	case 2: // resets the connection in the middle of a message
		write(rawHandshake)
		readHead(bufio.NewReader(c))
		write(hello + hello[:8])
		_ = c.(*net.TCPConn).SetLinger(0)
	case 3: // never reads
		write(rawHandshake + strings.Repeat(hello, 50))
	case 4: // closes its half, and waits for the end
		write(rawHandshake)
		in := bufio.NewReader(c)
		readHead(in)
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = in.ReadString(0)
	case 5: // speaks another language
		write(rawHandshake + "GET / HTTP/1.1\r\n\r\n")
	}
}

// TestThousandsIdle holds 5,000 connections at once and drops them at once.
func TestThousandsIdle(t *testing.T) {
	const connections = 5000
	needFiles(t, 2*connections+500) // both ends are in this process
	leavesNothing(t)
	address := serveStorm(t, nil)
	clients := make([]net.Conn, connections)
	var connecting sync.WaitGroup
	for worker := range 50 {
		connecting.Go(func() {
			for i := worker; i < connections; i += 50 {
				clients[i] = dialRaw(t, address)
				_, _ = clients[i].Write([]byte(rawHandshake))
				if !readHead(bufio.NewReader(clients[i])) {
					t.Errorf("connection %d was refused", i)
				}
			}
		})
	}
	connecting.Wait()
	if got := openFiles(t); got < 2*connections {
		t.Errorf("got %d open files, want at least %d: did connections close?", got, 2*connections)
	}
	for _, c := range clients {
		_ = c.Close()
	}
}

// needFiles demands that so many files may be open.
func needFiles(t *testing.T, n uint64) {
	t.Helper()
	var limit syscall.Rlimit // Go has raised the soft limit to the hard one
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < n {
		t.Fatalf("this test needs %d open files and may have %d: allow them with ulimit -Hn %d", n, limit.Cur, n)
	}
}

// serveStorm serves a gateway on a real network until the test ends.
func serveStorm(t *testing.T, routes map[string]gateway.Invoker) (address string) {
	t.Helper()
	c := gateway.Config{
		APIID: "small", Region: "eu-west-1", AccountID: "000000000000", Stage: "live", RouteSelection: "$request.body.action",
		Routes: map[string]gateway.Route{}, Limits: gateway.Limits{Rate: -1, ConnectRate: -1},
	}
	for key, f := range routes {
		c.Routes[key] = gateway.Route{Integration: gateway.Integration{Invoker: f}, RouteResponse: key == "$default"}
	}
	g, err := gateway.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: g, ConnContext: gateway.ConnContext, ReadHeaderTimeout: patience}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(gateway.Listen(l))
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := g.Close(ctx); err != nil {
			t.Error(err)
		}
		_ = server.Close()
		<-ended
	})
	return l.Addr().String()
}

const rawHandshake = "GET /live HTTP/1.1\r\nHost: storm.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// dialRaw connects with a client that holds nothing but a socket.
func dialRaw(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Error(err)
		c, _ = net.Pipe() // whose other end nobody has: the test has failed, and goes on
	}
	return c
}

// readHead reads the head of the answer and reports whether the client is let in.
func readHead(in *bufio.Reader) bool {
	status, _ := in.ReadString('\n')
	for line := status; line != "\r\n"; {
		var err error
		if line, err = in.ReadString('\n'); err != nil {
			return false
		}
	}
	return strings.Contains(status, " 101 ")
}
