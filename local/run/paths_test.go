package run

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// Paths reach the gateway, the Lambda API and the site without changes. AWS does not redirect
// to a clean path.
func TestPathsAreKept(t *testing.T) {
	reply := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(name + " " + r.URL.EscapedPath())) })
	}
	server := httptest.NewServer(below("/folder/", reply("inside"), reply("outside")))
	t.Cleanup(server.Close)
	for _, path := range []string{"/live", "//live", "/live//@connections/x", "//live/@connections/x", "/x/../live", "/./live", "/live/", "/folder", "//folder/x", "/%2e%2e/live"} {
		if got := getPath(t, server.URL, path); got != "200 outside "+path {
			t.Errorf("%s: got %s", path, got)
		}
	}
	for _, path := range []string{"/folder/", "/folder//x", "/folder/x/../y"} {
		if got := getPath(t, server.URL, path); got != "200 inside "+path {
			t.Errorf("%s: got %s", path, got)
		}
	}
}

// TestOtherPaths requests paths of the WebSocket API's host that are not those of its API.
func TestOtherPaths(t *testing.T) {
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
		if got := getPath(t, "http://"+u.Host, path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// getPath returns the status and the body of a GET request for path, which it sends without
// changes.
func getPath(t *testing.T, server, path string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Opaque = "//" + r.URL.Host + path // net/url would encode it, or read a part of it as the host
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
