package site

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"sallyport/test/support"
)

func mustParse(t *testing.T, text string) Pattern {
	t.Helper()
	p, err := ParsePattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		pattern, target string
		want            bool
	}{
		{"/live", "/live", true},
		{"live", "/live", true}, // the slash is optional
		{"/live", "/live/", false},
		{"/live", "/Live", false},
		{"/live", "/live?token=x", true},
		{"/live", "/lives", false},
		{"/live", "/%6Cive", true}, // unreserved characters are unescaped
		{"/live", "/a/../live", true},
		{"/live", "/a/./../live", true},
		{"/live", "//live", false},
		{"/live", "/live%2F", false},
		{"/a/*", "/a/", true},
		{"/a/*", "/a", false},
		{"/a/*.jpg", "/a/b/c.jpg", true},
		{"/a/?.jpg", "/a/b.jpg", true},
		{"/a/?.jpg", "/a/.jpg", false},
		{"/a/?.jpg", "/a/bc.jpg", false},
		{"/a.b", "/aXb", false},
		{"*", "/anything/at/all", true},
		{"/tickets*", "/tickets/x", true},
		{"*.js", "/assets/a.js", true},
	} {
		u, err := url.Parse("http://site.example" + c.target)
		if err != nil {
			t.Fatal(err)
		}
		if got := mustParse(t, c.pattern).Match(normalize(u.EscapedPath())); got != c.want {
			t.Errorf("pattern %s of %s: got %v, want %v", c.pattern, c.target, got, c.want)
		}
	}
	for _, text := range []string{"", "/a b", "/é", "/[a]", strings.Repeat("a", 256)} {
		if _, err := ParsePattern(text); err == nil {
			t.Errorf("pattern %q: got no error", text)
		}
	}
	if (Pattern{}).Match("/") {
		t.Error("the zero pattern matches /")
	}
}

// text returns a handler that answers with a status and a text.
func text(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Origin", body)
		w.Header().Set("X-Frame-Options", "ALLOW")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func TestDistribution(t *testing.T) {
	all := []string{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}
	deny := map[string]string{"X-Frame-Options": "DENY"}
	d := newDistribution(t, testConfig(), ErrorPage{Code: 404, Status: 200, Path: "/index.html"})
	d.Behaviors = []Behavior{
		{Pattern: mustParse(t, "/api/one"), Methods: all, Origin: text(200, "one")},
		{Pattern: mustParse(t, "/api/*"), Methods: all, Headers: deny, Origin: text(403, "two")},
		{Pattern: mustParse(t, "/api/two"), Methods: all, Origin: text(200, "never")},
		{Pattern: mustParse(t, "/gone"), Methods: all, Headers: deny, Origin: text(404, "gone")},
		{Pattern: mustParse(t, "/silent"), Methods: all, Headers: deny, Origin: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})},
	}
	for name, c := range map[string]struct {
		method, path string
		status       int
		body, frame  string
	}{
		"first":          {"GET", "/api/one", 200, "one", "ALLOW"},
		"second":         {"DELETE", "/api/two", 403, "two", "DENY"},
		"page":           {"GET", "/", 200, "<!doctype html>", ""},
		"methodOfPage":   {"POST", "/", 403, "", ""},
		"methodUnknown":  {"TRACE", "/api/one", 403, "", ""},
		"errorPage":      {"POST", "/gone", 200, "<!doctype html>", ""},
		"errorPageHead":  {"HEAD", "/gone", 200, "", ""},
		"withoutAnswer":  {"GET", "/silent", 200, "", ""},
		"missingOfSite":  {"GET", "/nothing", 403, "", ""}, // the page replaces 404 only
		"caseOfThePath":  {"GET", "/API/one", 403, "", ""},
		"encodedUnnamed": {"GET", "/api%2Fone", 403, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			d.ServeHTTP(w, httptest.NewRequest(c.method, "http://site.example"+c.path, strings.NewReader("x")))
			if w.Code != c.status || w.Body.String() != c.body {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, c.status, c.body)
			}
			if got := w.Header().Get("X-Frame-Options"); got != c.frame {
				t.Errorf("X-Frame-Options: got %q, want %q", got, c.frame)
			}
			if strings.HasPrefix(name, "errorPage") && w.Header().Get("X-Origin") != "" {
				t.Error("the error page has a header of the origin")
			}
		})
	}
}

// origin returns the address of a server and a handler that forwards to it.
func origin(t *testing.T, h http.Handler) (*url.URL, http.Handler) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	o := Origin{Address: address, Headers: map[string]string{"X-Origin-Secret": "correct"}, Transport: transport}
	return address, o.Handler()
}

func TestOriginRequest(t *testing.T) {
	var got *http.Request
	address, h := origin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		w.WriteHeader(http.StatusTeapot)
	}))
	r := httptest.NewRequest("DELETE", "http://site.example/a%2Fb?x=1;y=%zz", nil)
	r.RemoteAddr = "203.0.113.7:4711"
	r.Header = http.Header{
		"X-Origin-Secret": {"forged", "twice"}, "Cookie": {"a=b"}, "Authorization": {"Bearer x"}, "Origin": {"http://site.example"},
		"X-Forwarded-For": {"198.51.100.1", "198.51.100.2"}, "Cloudfront-Viewer-Address": {"198.51.100.3:1"},
	}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusTeapot {
		t.Fatalf("got %d, want the status of the origin", w.Code)
	}
	if got.Host != address.Host || got.RequestURI != "/a%2Fb?x=1;y=%zz" {
		t.Errorf("got %s of %s, want the unchanged path and query of %s", got.RequestURI, got.Host, address.Host)
	}
	for name, want := range map[string][]string{
		"X-Origin-Secret": {"correct"}, "Cookie": {"a=b"}, "Authorization": {"Bearer x"}, "Origin": {"http://site.example"},
		"X-Forwarded-For": {"198.51.100.1, 198.51.100.2, 203.0.113.7"}, "Cloudfront-Viewer-Address": {"203.0.113.7:4711"},
	} {
		if d := cmp.Diff(want, got.Header.Values(name)); d != "" {
			t.Errorf("%s: want -, got +:\n%s", name, d)
		}
	}
}

func TestOriginDown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := &url.URL{Scheme: "http", Host: l.Addr().String()}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	Origin{Address: address}.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusBadGateway {
		t.Errorf("got %d, want 502", w.Code)
	}
}

// A WebSocket passes through the distribution in both directions, with its subprotocol and its
// close code. A refused handshake keeps its status.
func TestWebSocket(t *testing.T) {
	_, h := origin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Origin-Secret") != "correct" || r.URL.RawQuery != "" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"two"}, InsecureSkipVerify: true})
		if err != nil {
			return
		}
		defer c.CloseNow() //nolint:errcheck // closed already
		kind, message, err := c.Read(r.Context())
		if err == nil {
			err = c.Write(r.Context(), kind, append([]byte("echo "), message...))
		}
		if err == nil {
			_ = c.Close(websocket.StatusGoingAway, "bye")
		}
	}))
	d := newDistribution(t, testConfig())
	d.Behaviors = []Behavior{{Pattern: mustParse(t, "/live"), Methods: []string{"GET"}, Origin: h}}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), support.HangLimit)
	defer cancel()
	c, _, err := websocket.Dial(ctx, server.URL+"/live", &websocket.DialOptions{Subprotocols: []string{"one", "two"}}) //nolint:bodyclose // upgraded
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow() //nolint:errcheck // closed already
	if c.Subprotocol() != "two" {
		t.Errorf("got the subprotocol %q, want two", c.Subprotocol())
	}
	if err := c.Write(ctx, websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, message, err := c.Read(ctx); err != nil || string(message) != "echo hello" {
		t.Errorf("got %q, %v, want echo hello", message, err)
	}
	if _, _, err := c.Read(ctx); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("got %v, want the close code 1001", err)
	}
	_, resp, err := websocket.Dial(ctx, server.URL+"/live?x=1", nil) //nolint:bodyclose // the library closes it
	if err == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("got %v, want the status 403 of the origin", err)
	}
}
