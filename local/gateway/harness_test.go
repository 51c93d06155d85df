package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"github.com/rs/zerolog"
)

// config returns a Config with the given routes.
func config(routes map[string]Route) Config {
	return Config{
		APIID: "a1b2c3d4e5", Region: "eu-west-1", AccountID: "111122223333", Stage: "dev",
		RouteSelection: "$request.body.action", Routes: routes,
	}
}

func oneWay(i Invoker) Route { return Route{Integration: Integration{Invoker: i}} }
func twoWay(i Invoker) Route { return Route{Integration: Integration{Invoker: i}, RouteResponse: true} }

// logBuffer stores log lines.
type logBuffer struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// server is a gateway with a network in memory, so that testing/synctest can observe the
// connections.
type server struct {
	*Gateway
	log     *logBuffer
	network *pipeListener
}

// serve starts a gateway. It closes with the test.
func serve(t *testing.T, c Config) *server {
	t.Helper()
	s := &server{log: &logBuffer{}, network: newPipeListener()}
	c.Log = zerolog.New(s.log)
	g, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.Gateway = g
	h := &http.Server{Handler: g, ConnContext: ConnContext, ReadHeaderTimeout: hangLimit}
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

// dial opens a network connection. It closes with the test.
func (s *server) dial(t *testing.T) net.Conn {
	t.Helper()
	client, far := net.Pipe()
	t.Cleanup(func() { _ = client.Close() })
	s.network.conns <- remote{far}
	return client
}

// transport returns a transport on the network of s. It closes with the test.
func (s *server) transport(t *testing.T) *http.Transport {
	t.Helper()
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return s.dial(t), nil }}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// connect opens a WebSocket with a client library. It closes with the test.
func (s *server) connect(t *testing.T, header http.Header) *websocket.Conn {
	t.Helper()
	options := &websocket.DialOptions{HTTPClient: &http.Client{Transport: s.transport(t)}, HTTPHeader: header}
	c, _, err := websocket.Dial(t.Context(), "ws://gateway.example/dev", options) //nolint:bodyclose // Dial closes it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

// call sends a management call with an invalid signature.
func (s *server) call(t *testing.T, method, path string, body []byte) response {
	t.Helper()
	return s.http(t, method, path, map[string]string{"Authorization": "AWS4-HMAC-SHA256 Credential=x"}, body)
}

// response is an HTTP response.
type response struct {
	status int
	header http.Header
	body   string
}

// http sends a request that is not a handshake, with the exact path.
func (s *server) http(t *testing.T, method, path string, header map[string]string, body []byte) response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://gateway.example"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range header {
		r.Header.Set(name, v)
	}
	transport := s.transport(t)
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{resp.StatusCode, resp.Header, string(text)}
}

// ids returns the ids of the open connections.
func (s *server) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.connections))
}

// remote is a connection with the address of a client.
type remote struct{ net.Conn }

func (remote) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 50000}
}

// pipeListener accepts the connections that are sent to conns.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
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

// readText returns the next message of a client library, which must be text.
func readText(t *testing.T, c *websocket.Conn) string {
	t.Helper()
	kind, text, err := c.Read(t.Context())
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if kind != websocket.MessageText {
		t.Errorf("got a message of type %v, want text", kind)
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

// contextOf returns the requestContext of an event.
func contextOf(t *testing.T, event []byte) map[string]any {
	t.Helper()
	c, ok := decode(t, event)["requestContext"].(map[string]any)
	if !ok {
		t.Fatalf("got the event %s, want one with requestContext", event)
	}
	return c
}
