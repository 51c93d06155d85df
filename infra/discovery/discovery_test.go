package discovery_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/discovery"
)

const issuer = "https://id.example.com/realms/chat"

// good returns a valid discovery document with changed members.
func good(change map[string]any) string {
	d := map[string]any{
		"issuer":         issuer,
		"token_endpoint": "https://id.example.com/realms/chat/token",
		"jwks_uri":       "https://id.example.com/realms/chat/keys",
	}
	for k, v := range change {
		d[k] = v
	}
	text, _ := json.Marshal(d) // of texts: never fails
	return string(text)
}

// answers serves the same text at every address.
type answers struct {
	text   string
	status int
	to     string // Location
}

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.text == "" && a.status == 0 {
		return nil, errors.New("no route to host")
	}
	res := &http.Response{StatusCode: max(a.status, 200), Body: io.NopCloser(strings.NewReader(a.text)), Header: http.Header{}, Request: r}
	res.Status = fmt.Sprintf("%d %s", res.StatusCode, http.StatusText(res.StatusCode))
	if a.to != "" {
		res.Header.Set("Location", a.to)
	}
	return res, nil
}

func origins(t *testing.T, issuer string, a http.RoundTripper) ([]string, error) {
	t.Helper()
	return discovery.Reader{Client: &http.Client{Transport: a}}.Origins(t.Context(), issuer)
}

func TestOrigins(t *testing.T) {
	tests := []struct {
		name   string
		change map[string]any
		want   []string
	}{
		{"one", nil, []string{"https://id.example.com"}},
		{"several", map[string]any{
			"token_endpoint": "https://token.example/t", "jwks_uri": "https://keys.example/k",
			"userinfo_endpoint": "https://a.example/u", "revocation_endpoint": "https://token.example/r",
		}, []string{"https://id.example.com", "https://a.example", "https://keys.example", "https://token.example"}},
		{"as browsers write it", map[string]any{"token_endpoint": "https://TOKEN.example:443/t"}, []string{"https://id.example.com", "https://token.example"}},
		{"port", map[string]any{"token_endpoint": "https://token.example:8443/t"}, []string{"https://id.example.com", "https://token.example:8443"}},
		{"endpoints that are pages", map[string]any{
			"authorization_endpoint": "https://pages.example/a", "end_session_endpoint": "https://pages.example/e",
		}, []string{"https://id.example.com"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := origins(t, issuer, answers{text: good(test.change)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

func TestOriginsRefused(t *testing.T) {
	const address = "read " + issuer + "/.well-known/openid-configuration: "
	tests := []struct {
		name string
		a    answers
		want string
	}{
		{"out of reach", answers{}, "no route to host"},
		{"not found", answers{status: 404, text: "{}"}, "the status is 404 Not Found"},
		{"page", answers{text: "<html>"}, "the answer is not a discovery document"},
		{"too long", answers{text: `"` + strings.Repeat("a", 256<<10) + `"`}, "more than 262144 bytes"},
		{"other issuer", answers{text: good(map[string]any{"issuer": "https://evil.example"})}, `names the issuer "https://evil.example", want "` + issuer + `", byte for byte`},
		{"slash", answers{text: good(map[string]any{"issuer": issuer + "/"})}, "byte for byte"},
		{"no issuer", answers{text: good(map[string]any{"issuer": nil})}, "byte for byte"},
		{"no token endpoint", answers{text: good(map[string]any{"token_endpoint": nil})}, `its token_endpoint is "": want an address`},
		{"no keys", answers{text: good(map[string]any{"jwks_uri": ""})}, `its jwks_uri is "": want an address`},
		{"number", answers{text: good(map[string]any{"jwks_uri": 1})}, "the answer is not a discovery document"},
		{"http", answers{text: good(map[string]any{"token_endpoint": "http://id.example.com/t"})}, "its token_endpoint is \"http://id.example.com/t\": want https"},
		{"injection", answers{text: good(map[string]any{"userinfo_endpoint": "https://a.example;script-src/x"})}, "its userinfo_endpoint is"},
		{"keyword", answers{text: good(map[string]any{"userinfo_endpoint": "https://'unsafe-inline'/x"})}, "its userinfo_endpoint is"},
		{"wildcard", answers{text: good(map[string]any{"revocation_endpoint": "https://*/x"})}, "its revocation_endpoint is"},
		{"redirect to http", answers{status: 302, to: "http://127.0.0.1/d"}, "it redirects to http://127.0.0.1/d: want https"},
		{"redirect to file", answers{status: 302, to: "file:///etc/passwd"}, "it redirects to file:"},
		{"redirects without end", answers{status: 302, to: "https://id.example.com/again"}, "more than 3 redirects"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := origins(t, issuer, test.a)
			if err == nil || !strings.HasPrefix(err.Error(), address) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, %v, want %q with %q in it", got, err, address, test.want)
			}
		})
	}
}

// An issuer on loopback may use http, for tests. No other issuer may.
func TestOriginsOnLoopback(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		home := "http://" + r.Host
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": home, "token_endpoint": home + "/t", "jwks_uri": home + "/k"})
	}))
	defer server.Close()
	got, err := discovery.Reader{}.Origins(t.Context(), server.URL)
	if diff := cmp.Diff(got, []string{server.URL}); err != nil || diff != "" {
		t.Errorf("got %v, -got +want:\n%s", err, diff)
	}
	for _, address := range []string{"http://localhost:1", "http://id.localhost", "http://[::1]:1"} {
		if _, err := origins(t, address, answers{status: 404}); err == nil || !strings.Contains(err.Error(), "the status is 404") {
			t.Errorf("%s: got %v, want the status 404", address, err)
		}
	}
	if _, err := origins(t, "http://id.example", answers{text: "{}"}); err == nil || !strings.Contains(err.Error(), "want an https address") {
		t.Errorf("got %v, want an error that requires https", err)
	}
}
