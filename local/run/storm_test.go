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

// TestStorm kills processes of the function at random while clients send messages and other
// clients misbehave. Each message gets its answer or an error, and nothing leaks.
func TestStorm(t *testing.T) {
	checkLeaks(t)
	root := t.TempDir()
	edit(t, root, "go.mod", "module small\n\ngo 1.26\n")
	edit(t, root, "lambda/main.go", answering("one"))
	path, err := build.Binary(t.Context(), root, build.Target{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := function.New(function.Config{Name: "small", Path: path, Timeout: hangLimit, MaxEnvironments: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	address := serveStorm(t, map[string]gateway.Invoker{"$connect": f, "$default": f, "$disconnect": f})

	answers := make(chan string, 1000)
	var senders, rest sync.WaitGroup
	for range 6 {
		senders.Go(func() { sendMessages(t, address, 50, answers) })
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
	senders.Wait()
	close(answers)
	rest.Wait()
	for range 5 { // each process may be ending
		var out []byte
		if out, err = f.Invoke(t.Context(), []byte("{}")); err == nil && strings.Contains(string(out), "one") {
			return
		}
	}
	t.Errorf("after the storm: got %v", err)
}

// sendMessages sends messages, each after the answer to the previous one. It tries several
// times to connect, because the process at $connect may be killed.
func sendMessages(t *testing.T, address string, messages int, answers chan<- string) {
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

// killAny kills a random child process of this process, if there is one.
func killAny(t *testing.T) {
	t.Helper()
	if pids := children(t); len(pids) > 0 {
		_ = syscall.Kill(pids[rand.IntN(len(pids))], syscall.SIGKILL)
	}
}

// hello is a text frame with the text hello and a zero mask.
const hello = "\x81\x85\x00\x00\x00\x00hello"

// misbehave runs the misbehaving client number i.
func misbehave(t *testing.T, address string, i int) {
	t.Helper()
	c := dialRaw(t, address)
	defer func() { _ = c.Close() }()
	write := func(text string) { _, _ = c.Write([]byte(text)) } // the gateway may have closed the connection
	switch i % 6 {
	case 0: // sends single bytes, and gets an answer
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
	case 1: // closes before the handshake ends
		write(rawHandshake)
	case 2: // resets the connection in the middle of a message
		write(rawHandshake)
		readHead(bufio.NewReader(c))
		write(hello + hello[:8])
		_ = c.(*net.TCPConn).SetLinger(0)
	case 3: // never reads
		write(rawHandshake + strings.Repeat(hello, 50))
	case 4: // closes its half of the connection, and waits for the end
		write(rawHandshake)
		in := bufio.NewReader(c)
		readHead(in)
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = in.ReadString(0)
	case 5: // sends another protocol
		write(rawHandshake + "GET / HTTP/1.1\r\n\r\n")
	}
}

// TestIdleConnections opens 5,000 connections and closes all of them.
func TestIdleConnections(t *testing.T) {
	const connections = 5000
	needFiles(t, 2*connections+500) // both ends are in this process
	checkLeaks(t)
	address := serveStorm(t, nil)
	clients := make([]net.Conn, connections)
	var connecting sync.WaitGroup
	for worker := range 50 {
		connecting.Go(func() {
			for i := worker; i < connections; i += 50 {
				clients[i] = dialRaw(t, address)
				_, _ = clients[i].Write([]byte(rawHandshake))
				if !readHead(bufio.NewReader(clients[i])) {
					t.Errorf("connection %d: got a refusal", i)
				}
			}
		})
	}
	connecting.Wait()
	if got := openFiles(t); got < 2*connections {
		t.Errorf("got %d open files, want at least %d", got, 2*connections)
	}
	for _, c := range clients {
		_ = c.Close()
	}
}

// needFiles fails the test unless n files may be open.
func needFiles(t *testing.T, n uint64) {
	t.Helper()
	var limit syscall.Rlimit // Go has raised the soft limit to the hard one
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < n {
		t.Fatalf("this test needs %d open files and may have %d: allow them with ulimit -Hn %d", n, limit.Cur, n)
	}
}

// serveStorm serves a gateway on loopback until the test ends.
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
	server := &http.Server{Handler: g, ConnContext: gateway.ConnContext, ReadHeaderTimeout: hangLimit}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(gateway.Listen(l))
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), hangLimit)
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

// dialRaw connects without a WebSocket library.
func dialRaw(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Error(err)
		c, _ = net.Pipe() // the test has failed, and continues
	}
	return c
}

// readHead reads the head of the response and reports whether the handshake succeeded.
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
