package site

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOnlyAt(t *testing.T) {
	const origin = "http://127.0.0.1:8080"
	h := OnlyAt(origin, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the page")) }))
	for name, c := range map[string]struct {
		method, host, target string
		status               int
		location             string
	}{
		"own":                {"GET", "127.0.0.1:8080", "/", 200, ""},
		"ownPost":            {"POST", "127.0.0.1:8080", "/inspector/actions/kill", 200, ""},
		"localhost":          {"GET", "localhost:8080", "/", 307, origin + "/"},
		"upperCase":          {"GET", "LOCALHOST:8080", "/", 307, origin + "/"},
		"head":               {"HEAD", "localhost:8080", "/", 307, origin + "/"},
		"query":              {"GET", "localhost:8080", "/a%2Fb?code=1&state=2", 307, origin + "/a%2Fb?code=1&state=2"},
		"twoSlashes":         {"GET", "localhost:8080", "//evil.example/x", 307, origin + "/"},
		"colonInPath":        {"GET", "localhost:8080", "/a:b", 307, origin + "/a:b"},
		"subdomain":          {"GET", "app.localhost:8080", "/", 307, origin + "/"},
		"forwardedPort":      {"GET", "localhost:9000", "/", 307, origin + "/"},
		"forwardedIP":        {"GET", "127.0.0.1:9000", "/", 307, origin + "/"},
		"otherLoopback":      {"GET", "127.0.0.2:8080", "/", 307, origin + "/"},
		"ipv6":               {"GET", "[::1]:8080", "/", 307, origin + "/"},
		"noPort":             {"GET", "localhost", "/", 307, origin + "/"},
		"ipv6NoPort":         {"GET", "[::1]", "/", 307, origin + "/"},
		"post":               {"POST", "localhost:8080", "/", 421, ""},
		"rebinding":          {"GET", "evil.example:8080", "/config.json", 421, ""},
		"rebindingLocalhost": {"GET", "localhost.evil.example:8080", "/", 421, ""},
		"rebindingIP":        {"GET", "127.0.0.1.evil.example:8080", "/", 421, ""},
		"suffix":             {"GET", "evillocalhost:8080", "/", 421, ""},
		"otherAddress":       {"GET", "192.168.1.2:8080", "/", 421, ""},
		"anyAddress":         {"GET", "0.0.0.0:8080", "/", 421, ""},
		"none":               {"GET", "", "/", 421, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "/", nil)
			var err error
			if r.URL, err = r.URL.Parse("http://x" + c.target); err != nil {
				t.Fatal(err)
			}
			r.Host = c.host
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.status || !strings.HasPrefix(w.Header().Get("Location"), c.location) {
				t.Errorf("got %d to %q, want %d to %q", w.Code, w.Header().Get("Location"), c.status, c.location)
			}
			if shown := w.Body.String() == "the page"; shown != (c.status == 200) {
				t.Errorf("got %q", w.Body)
			}
			if c.status == 421 && !strings.Contains(w.Body.String(), "This site is at "+origin) {
				t.Errorf("got %q, want the address of the site", w.Body)
			}
		})
	}
}

// Browsers omit the port 80.
func TestOnlyAtPort80(t *testing.T) {
	h := OnlyAt("http://127.0.0.1:80", http.NotFoundHandler())
	for _, host := range []string{"127.0.0.1", "127.0.0.1:80"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d to %q", host, w.Code, w.Header().Get("Location"))
		}
	}
}
