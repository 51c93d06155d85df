package gateway

import (
	"bufio"
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

var anyID = regexp.MustCompile(`[A-Za-z0-9_-]{15}=`)

// policy returns an authorizer's answer with one statement.
func policy(effect, resource string) string {
	return fmt.Sprintf(`{"policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":%q,"Resource":%q}]}}`, effect, resource)
}

func authorizedBy(f *fake, sources ...string) func(*Config) {
	return func(c *Config) { c.Authorizer = &Authorizer{IdentitySources: sources, Invoker: f} }
}

func connectedBy(f *fake) func(*Config) {
	return func(c *Config) { c.Routes[routeConnect] = oneWay(f) }
}

func TestPlainGet(t *testing.T) {
	got := serve(t, config(nil)).http(t, http.MethodGet, "/dev", nil, nil)
	if got.status != http.StatusUpgradeRequired || got.header.Get("Upgrade") != "websocket" {
		t.Errorf("got %v, want 426 with Upgrade", got)
	}
}

// The client of an authorizer must not be asked twice, and not at all without
// its identity source.
func TestAuthorizerNotCalled(t *testing.T) {
	f := answering(allowAll)
	c := config(nil)
	authorizedBy(f, "route.request.header.auth", "stageVariables.color", "context.identity.sourceIp")(&c)
	c.StageVariables = map[string]string{"color": "blue"}
	s := serve(t, c)
	if _, answer, err := s.connect(t, "/dev", nil); err == nil || answer.status != 401 {
		t.Errorf("got %v, want 401", err)
	}
	if n := len(f.calls()); n != 0 {
		t.Errorf("the authorizer was called %d times, want none", n)
	}
	ws, _, err := s.connect(t, "/dev", &websocket.DialOptions{HTTPHeader: http.Header{"AUTH": {"x"}}})
	if err != nil {
		t.Fatalf("with all sources: %v", err)
	}
	_ = ws.CloseNow()
}

func TestSwitchingProtocols(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := answering(`{"statusCode":"204","multiValueHeaders":null,"headers":{"sec-websocket-PROTOCOL":"b","X-Other":"dropped"},"body":"dropped"}`)
		s := serve(t, config(map[string]Route{routeConnect: oneWay(f)}))
		client := s.shake(t, rawHandshake+"Origin: https://elsewhere.example\r\nSec-WebSocket-Protocol: a, b\r\n"+
			"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n")
		want := []string{
			"HTTP/1.1 101 Switching Protocols", "Date: Sat, 01 Jan 2000 00:00:00 GMT", "Connection: upgrade", "upgrade: websocket",
			"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "sec-websocket-protocol: b",
		}
		if diff := cmp.Diff(want, client.head); diff != "" {
			t.Errorf("head (-want +got):\n%s", diff)
		}
	})
}

// API Gateway never echoes a subprotocol by itself.
func TestSubprotocolNotReturned(t *testing.T) {
	s := serve(t, config(map[string]Route{routeConnect: oneWay(answering(`{"statusCode":200,"headers":null}`))}))
	ws, answer, err := s.connect(t, "/dev/", &websocket.DialOptions{Subprotocols: []string{"a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, there := answer.header["Sec-Websocket-Protocol"]; there {
		t.Errorf("got the subprotocol %q, want none", got)
	}
	_ = ws.CloseNow()
}

// What a client sends too early waits until $connect has answered.
func TestPendingUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := echoing()
		s := serve(t, config(map[string]Route{routeConnect: oneWay(sleeping(5*time.Second, `{"statusCode":200}`)), routeDefault: twoWay(echo)}))
		conn := s.dial(t)
		go func() { _, _ = conn.Write(append([]byte(rawHandshake+"\r\n"), frame(textEnd, []byte("early"))...)) }()
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if n := len(echo.calls()) + len(s.ids()); n != 0 {
			t.Errorf("a message or a connection is known before $connect has answered")
		}
		c := &raw{t: t, conn: conn, in: bufio.NewReader(conn)}
		c.readHead()
		if _, text := c.read(); string(text) != "early" {
			t.Errorf("got %q, want the early message", text)
		}
	})
}

// When the client has gone meanwhile, $disconnect undoes what $connect did.
func TestClientGoneDuringConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bye := &fake{}
		s := serve(t, config(map[string]Route{routeConnect: oneWay(sleeping(5*time.Second, `{"statusCode":200}`)), routeDisconnect: oneWay(bye)}))
		conn := s.dial(t)
		_, _ = conn.Write([]byte(rawHandshake + "\r\n"))
		_ = conn.Close()
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if n := len(bye.calls()); n != 1 {
			t.Fatalf("got %d calls of $disconnect, want 1", n)
		}
		if code := contextOf(t, bye.calls()[0])["disconnectStatusCode"]; code != 1006. {
			t.Errorf("got code %v, want 1006", code)
		}
	})
}
