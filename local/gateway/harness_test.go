package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/rs/zerolog"
)

// fake is a function: it keeps every event, and answers as answer says, or
// with 200 when that is nil.
type fake struct {
	answer func(ctx context.Context, event []byte) ([]byte, error)

	mu     sync.Mutex // guards events
	events [][]byte
}

func (f *fake) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	f.mu.Lock()
	f.events = append(f.events, event)
	f.mu.Unlock()
	if f.answer == nil {
		return []byte(`{"statusCode":200}`), nil
	}
	return f.answer(ctx, event)
}

func (f *fake) calls() [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.events
}

// answering returns a function that always answers text.
func answering(text string) *fake {
	return &fake{answer: func(context.Context, []byte) ([]byte, error) { return []byte(text), nil }}
}

// failing returns a function that always fails.
func failing(err error) *fake {
	return &fake{answer: func(context.Context, []byte) ([]byte, error) { return nil, err }}
}

// sleeping returns a function that answers text after a while.
func sleeping(d time.Duration, text string) *fake {
	return &fake{answer: func(context.Context, []byte) ([]byte, error) {
		time.Sleep(d) // of the fake clock of testing/synctest
		return []byte(text), nil
	}}
}

// echoing returns a function whose answer has the body of its event.
func echoing() *fake {
	return &fake{answer: func(_ context.Context, event []byte) ([]byte, error) {
		doc, _ := parse(event)
		return slicesJoin(`{"statusCode":200,"body":`, doc.field("body"), `}`), nil
	}}
}

func slicesJoin(before string, v value, after string) []byte {
	return append(append([]byte(before), v...), after...)
}

// reported is an error that a function reports of itself.
type reported string

func (e reported) Error() string        { return "function error: " + string(e) }
func (e reported) ErrorMessage() string { return string(e) }

var errInvoke = errors.New("no such function")

const (
	allowAll  = `{"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`
	connectID = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/dev/$connect"
)

// config returns a configuration with the given routes, each a function.
func config(routes map[string]Route) Config {
	return Config{
		APIID: "a1b2c3d4e5", Region: "eu-west-1", AccountID: "111122223333", Stage: "dev",
		RouteSelection: "$request.body.action", Routes: routes,
	}
}

func oneWay(i Invoker) Route { return Route{Integration: Integration{Invoker: i}} }
func twoWay(i Invoker) Route { return Route{Integration: Integration{Invoker: i}, RouteResponse: true} }

// logbook keeps log lines.
type logbook struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// server is a gateway behind an in-memory network, whose connections are what
// testing/synctest can see through.
type server struct {
	*Gateway
	log     *logbook
	network *pipeListener
}

// serve starts a gateway that ends with the test.
func serve(t *testing.T, c Config) *server {
	t.Helper()
	s := &server{log: &logbook{}, network: &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}}
	c.Log = zerolog.New(s.log)
	g, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.Gateway = g
	h := &http.Server{Handler: g, ConnContext: ConnContext, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = h.Serve(Listen(s.network))
	}()
	t.Cleanup(func() {
		if err := g.Close(context.Background()); err != nil {
			t.Error(err)
		}
		_ = h.Close()
		<-done
	})
	return s
}

// dial opens a network connection that ends with the test.
func (s *server) dial(t *testing.T) net.Conn {
	t.Helper()
	client, far := net.Pipe()
	t.Cleanup(func() { _ = client.Close() })
	s.network.conns <- remote{far}
	return client
}

// connect opens a WebSocket with a client that nobody here wrote. The answer is
// that of the handshake, without its body.
func (s *server) connect(t *testing.T, path string, options *websocket.DialOptions) (*websocket.Conn, answered, error) {
	t.Helper()
	if options == nil {
		options = &websocket.DialOptions{}
	}
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return s.dial(t), nil }}
	t.Cleanup(transport.CloseIdleConnections)
	options.HTTPClient = &http.Client{Transport: transport}
	c, response, err := websocket.Dial(t.Context(), "ws://gateway.example"+path, options) //nolint:bodyclose // Dial closes it
	if response == nil {
		return c, answered{}, err
	}
	return c, answered{status: response.StatusCode, header: response.Header}, err
}

// mustConnect is connect without a refusal.
func (s *server) mustConnect(t *testing.T) *websocket.Conn {
	t.Helper()
	c, _, err := s.connect(t, "/dev", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

// call sends a signed-looking management call.
func (s *server) call(t *testing.T, method, path string, body []byte) answered {
	t.Helper()
	return s.http(t, method, path, map[string]string{"Authorization": "AWS4-HMAC-SHA256 Credential=x"}, body)
}

// answered is an HTTP answer with all that matters in it.
type answered struct {
	status int
	header http.Header
	body   string
}

// http sends a request that is no handshake. The path goes out as it stands.
func (s *server) http(t *testing.T, method, path string, header map[string]string, body []byte) answered {
	t.Helper()
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return s.dial(t), nil }}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://gateway.example"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range header {
		r.Header.Set(name, v)
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{response.StatusCode, response.Header, string(text)}
}

// ids returns the ids of the open connections.
func (s *server) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for id := range maps.Keys(s.connections) {
		ids = append(ids, id)
	}
	return ids
}

// remote is a connection with the address of a client.
type remote struct{ net.Conn }

func (remote) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 50000}
}

type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// raw is a client that writes bytes, for what no library would send.
type raw struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	head []string // the lines of the answer
}

const rawHandshake = "GET /dev HTTP/1.1\r\nHost: gateway.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// shake sends a request head and reads the head of the answer.
func (s *server) shake(t *testing.T, request string) *raw {
	t.Helper()
	conn := s.dial(t)
	c := &raw{t: t, conn: conn, in: bufio.NewReader(conn)}
	c.write([]byte(request))
	c.readHead()
	return c
}

func (c *raw) readHead() {
	c.t.Helper()
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			c.t.Fatalf("read head: %v after %q", err, c.head)
		}
		if line = strings.TrimSuffix(line, "\r\n"); line == "" {
			return
		}
		c.head = append(c.head, line)
	}
}

func (s *server) rawConnect(t *testing.T) *raw {
	t.Helper()
	c := s.shake(t, rawHandshake+"\r\n")
	if c.head[0] != "HTTP/1.1 101 Switching Protocols" {
		t.Fatalf("got %q, want 101", c.head)
	}
	return c
}

func (c *raw) write(p []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(p); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// read returns the next frame from the gateway.
func (c *raw) read() (first byte, payload []byte) {
	c.t.Helper()
	var header [2]byte
	if _, err := io.ReadFull(c.in, header[:]); err != nil {
		c.t.Fatalf("read frame: %v", err)
	}
	length := uint64(header[1])
	extra := make([]byte, map[uint64]int{126: 2, 127: 8}[length])
	if _, err := io.ReadFull(c.in, extra); err != nil {
		c.t.Fatalf("read frame: %v", err)
	}
	switch len(extra) {
	case 2:
		length = uint64(binary.BigEndian.Uint16(extra))
	case 8:
		length = binary.BigEndian.Uint64(extra)
	}
	payload = make([]byte, length)
	if _, err := io.ReadFull(c.in, payload); err != nil {
		c.t.Fatalf("read frame: %v", err)
	}
	return header[0], payload
}

// readClose returns the code and the reason of the close frame that must come.
func (c *raw) readClose() (code int, reason string) {
	c.t.Helper()
	first, payload := c.read()
	if first != 0x88 || len(payload) < 2 {
		c.t.Fatalf("got frame %#x %q, want a close frame", first, payload)
	}
	return int(binary.BigEndian.Uint16(payload)), string(payload[2:])
}

// frame returns a masked frame: first is the byte with opcode and flags.
func frame(first byte, payload []byte) []byte {
	return unmaskedFrame(first, payload, 0x80)
}

func unmaskedFrame(first byte, payload []byte, mask byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, mask|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, mask|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, mask|127), uint64(n))
	}
	if mask == 0 {
		return append(b, payload...)
	}
	key := [4]byte{1, 2, 3, 4}
	b = append(b, key[:]...)
	for i, p := range payload {
		b = append(b, p^key[i%4])
	}
	return b
}

func closeFrame(code int, reason string) []byte {
	return frame(0x88, append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...))
}

const (
	final    = 0x80
	textEnd  = final | opText
	moreText = opText
)

// readText reads a message from a client library.
func readText(t *testing.T, c *websocket.Conn) string {
	t.Helper()
	kind, text, err := c.Read(t.Context())
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if kind != websocket.MessageText {
		t.Errorf("got a message of kind %v, want text", kind)
	}
	return string(text)
}

func writeText(t *testing.T, c *websocket.Conn, text string) {
	t.Helper()
	if err := c.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// decode returns an event as Go values.
func decode(t *testing.T, event []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(event, &v); err != nil {
		t.Fatalf("decode event %s: %v", event, err)
	}
	return v
}

// requestContext returns that part of an event.
func requestContext(t *testing.T, event []byte) map[string]any {
	t.Helper()
	c, ok := decode(t, event)["requestContext"].(map[string]any)
	if !ok {
		t.Fatalf("no requestContext in %s", event)
	}
	return c
}
