package run

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// Paths reach the gateway, the Lambda API and the site as they stand: a redirect
// to a cleaner path is no answer of AWS.
func TestPathsStand(t *testing.T) {
	says := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(name + " " + r.URL.EscapedPath())) })
	}
	server := httptest.NewServer(below("/folder/", says("inside"), says("outside")))
	t.Cleanup(server.Close)
	for _, path := range []string{"/live", "//live", "/live//@connections/x", "//live/@connections/x", "/x/../live", "/./live", "/live/", "/folder", "//folder/x", "/%2e%2e/live"} {
		if got := pathAsked(t, server.URL, path); got != "200 outside "+path {
			t.Errorf("%s: got %s", path, got)
		}
	}
	for _, path := range []string{"/folder/", "/folder//x", "/folder/x/../y"} {
		if got := pathAsked(t, server.URL, path); got != "200 inside "+path {
			t.Errorf("%s: got %s", path, got)
		}
	}
}

// TestOddPaths asks the socket's host for paths outside its API.
func TestOddPaths(t *testing.T) {
	sys := started(t)
	u, err := url.Parse(sys.stack.Output("connectionsUrl"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"//live": `403 {"message":"Forbidden"}`, "//live/@connections/WhHAe-TROkECC5w=": `403 {"message":"Forbidden"}`,
		"/live//@connections/WhHAe-TROkECC5w=": `403 {"message":"Forbidden"}`, "/x/../live": `403 {"message":"Forbidden"}`,
		"/live/x": `426 {"message":"Upgrade Required"}`, "/live/@connections/": `403 {"message":"Forbidden"}`,
		"/live///@connections": `403 {"message":"Forbidden"}`, "/live//": `426 {"message":"Upgrade Required"}`,
	} {
		if got := pathAsked(t, "http://"+u.Host, path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// pathAsked returns status and body of a GET of a path, which goes out as it
// stands.
func pathAsked(t *testing.T, server, path string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Opaque = "//" + r.URL.Host + path // net/url would encode it, or take a part for the host
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Status[:3] + " " + string(body)
}
