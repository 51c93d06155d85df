package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/rs/zerolog"
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

// contextOf returns that part of an event.
func contextOf(t *testing.T, event []byte) map[string]any {
	t.Helper()
	c, ok := decode(t, event)["requestContext"].(map[string]any)
	if !ok {
		t.Fatalf("no requestContext in %s", event)
	}
	return c
}
