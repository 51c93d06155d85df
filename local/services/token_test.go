package services_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"sallyport/local/services"
)

func TestTokenForUser(t *testing.T) {
	s := startSignIn(t)
	d := discover(t, s.URL)
	mint := func(body string) map[string]any {
		t.Helper()
		var got tokens
		decode(t, newBrowser(t).do(http.MethodPost, s.URL+"/token-for-user", body, "Content-Type", "application/json"), &got)
		return verify(t, d, got.Access)
	}
	plain := mint(`{"user":"bob"}`)
	wantClaims(t, plain, map[string]any{"iss": s.URL, "aud": "sallyport", "sub": "bob", "client_id": "console"})
	if got := validFor(plain); got != time.Hour {
		t.Errorf("got a lifetime of %v, want 1 h", got)
	}
	other := mint(`{"user":"bob","expiresIn":-600,"audience":"another"}`)
	wantClaims(t, other, map[string]any{"aud": "another", "sub": "bob"})
	if got := validFor(other); got != -10*time.Minute {
		t.Errorf("got a lifetime of %v, want -10 min", got)
	}
}

func TestTokenForUserErrors(t *testing.T) {
	s := startSignIn(t)
	const json = "application/json"
	tests := map[string]struct {
		method, body, contentType, origin string
		want                              int
	}{
		"fromOtherPage":  {"POST", `{"user":"bob"}`, json, "http://evil.example", 403},
		"fromOpaquePage": {"POST", `{"user":"bob"}`, json, "null", 403},
		"form":           {"POST", `{"user":"bob"}`, "text/plain", "", 403},
		"get":            {"GET", ``, json, "", 403},
		"preflight":      {"OPTIONS", ``, json, "http://evil.example", 403},
		"notJSON":        {"POST", `{`, json, "", 400},
		"null":           {"POST", `null`, json, "", 400},
		"noUser":         {"POST", `{"expiresIn":60}`, json, "", 400},
		"noSeconds":      {"POST", `{"user":"bob","expiresIn":"60"}`, json, "", 400},
		"tooLarge":       {"POST", `"` + strings.Repeat("x", 64<<10) + `"`, json, "", 413},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			headers := []string{"Content-Type", test.contentType}
			if test.origin != "" {
				headers = append(headers, "Origin", test.origin)
			}
			got := newBrowser(t).do(test.method, s.URL+"/token-for-user", test.body, headers...)
			if got.status != test.want || strings.Contains(got.body, "access_token") || got.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("got %d %s, want %d", got.status, got.body, test.want)
			}
		})
	}
}

// The console opens a second connection as another user.
func TestTokenForUserFromTheSite(t *testing.T) {
	s := startSignIn(t)
	address := s.URL + "/token-for-user"
	ask := newBrowser(t).do(http.MethodOptions, address, "", "Origin", site, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
	if ask.status != http.StatusNoContent || ask.header.Get("Access-Control-Allow-Origin") != site || ask.header.Get("Access-Control-Allow-Headers") != "content-type" {
		t.Errorf("preflight: got %d %v, want 204 and permission for the site", ask.status, ask.header)
	}
	got := newBrowser(t).do(http.MethodPost, address, `{"user":"bob"}`, "Content-Type", "application/json", "Origin", site)
	if got.header.Get("Access-Control-Allow-Origin") != site {
		t.Errorf("got Access-Control-Allow-Origin %q, want %q", got.header.Get("Access-Control-Allow-Origin"), site)
	}
	var issued tokens
	decode(t, got, &issued)
	wantClaims(t, verify(t, discover(t, s.URL), issued.Access), map[string]any{"sub": "bob"})
}

// Two issuers may run at the same time, as in a migration. Each has its own keys, and a
// token of one is not valid at the other.
func TestTwoIssuers(t *testing.T) {
	one, two := startSignIn(t), startSignIn(t)
	kids := map[string]bool{}
	for _, s := range []*services.Service{one, two} {
		var got tokens
		decode(t, newBrowser(t).do(http.MethodPost, s.URL+"/token-for-user", `{"user":"bob"}`, "Content-Type", "application/json"), &got)
		wantClaims(t, verify(t, discover(t, s.URL), got.Access), map[string]any{"iss": s.URL, "sub": "bob"})
		parsed, err := jwt.ParseSigned(got.Access, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			t.Fatal(err)
		}
		kids[parsed.Headers[0].KeyID] = true
	}
	if len(kids) != 2 {
		t.Errorf("got the key ids %v, want two", kids)
	}
}
