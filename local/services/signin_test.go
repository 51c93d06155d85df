package services_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"sallyport/local/services"
)

// site is the page that users sign in to. No server needs to listen there.
const site = "http://127.0.0.1:9"

func startSignIn(t *testing.T) *services.Service {
	t.Helper()
	s, err := services.StartSignIn(t.Context(), signInAt("127.0.0.1:0"), noOutput{t})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	return s
}

// noOutput is a log that must stay empty.
type noOutput struct{ t *testing.T }

func (c noOutput) Write(p []byte) (int, error) {
	c.t.Errorf("the program printed %q", p)
	return len(p), nil
}

type discovery struct {
	Issuer        string `json:"issuer"`
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
	EndSession    string `json:"end_session_endpoint"`
	JWKS          string `json:"jwks_uri"`
	Revocation    string `json:"revocation_endpoint"`
}

func discover(t *testing.T, issuer string) discovery {
	t.Helper()
	var d discovery
	decode(t, newBrowser(t).do(http.MethodGet, issuer+"/.well-known/openid-configuration", ""), &d)
	return d
}

func decode(t *testing.T, a answer, v any) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("got %d from %s: %s", a.status, a.url, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatal(err)
	}
}

// verify checks the signature of a token with the issuer's keys and returns its claims.
func verify(t *testing.T, d discovery, token string) map[string]any {
	t.Helper()
	var keys jose.JSONWebKeySet
	decode(t, newBrowser(t).do(http.MethodGet, d.JWKS, ""), &keys)
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	found := keys.Key(parsed.Headers[0].KeyID)
	if len(found) != 1 || !found[0].IsPublic() {
		t.Fatalf("got %d keys with the token's kid, want one public key", len(found))
	}
	claims := map[string]any{}
	if err := parsed.Claims(found[0].Key, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// wantClaims checks that a token has the claims in want.
func wantClaims(t *testing.T, got map[string]any, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("claim %s: got %v, want %v", name, got[name], value)
		}
	}
}

// validFor returns the remaining lifetime of a token.
func validFor(claims map[string]any) time.Duration {
	exp, _ := claims["exp"].(float64)
	return time.Until(time.Unix(int64(exp), 0)).Round(time.Minute)
}

// pkce returns a verifier and its challenge.
func pkce() (verifier, challenge string) {
	verifier = strings.Repeat("verifier", 6)
	sum := sha256.Sum256([]byte(verifier))
	return verifier, base64.RawURLEncoding.EncodeToString(sum[:])
}

func authorizeURL(d discovery, more url.Values) string {
	_, challenge := pkce()
	q := url.Values{
		"client_id": {"console"}, "redirect_uri": {site + "/"}, "response_type": {"code"}, "scope": {"openid profile"},
		"state": {"s1"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for name, values := range more {
		if q[name] = values; len(values) == 0 {
			delete(q, name)
		}
	}
	return d.Authorization + "?" + q.Encode()
}

type tokens struct {
	Access  string `json:"access_token"`
	ID      string `json:"id_token"`
	Refresh string `json:"refresh_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
}

// redeem exchanges a code or a refresh token.
func redeem(t *testing.T, d discovery, form url.Values) tokens {
	t.Helper()
	got := post(t, d.Token, form)
	if allowed := got.header.Get("Access-Control-Allow-Origin"); allowed != site {
		t.Errorf("token endpoint: got the allowed origin %q, want %q", allowed, site)
	}
	var all tokens
	decode(t, got, &all)
	return all
}

// The login page has the theme of the console, and every page has a link to the console.
func TestSignInThemes(t *testing.T) {
	d := discover(t, startSignIn(t).URL)
	const back = `<a href="` + site + `/">Back to the console</a>`
	for name, c := range map[string]struct {
		query url.Values
		want  string
	}{
		"system":  {nil, `<html lang="en">`},
		"light":   {url.Values{"theme": {"light"}}, `<html lang="en" data-theme="light">`},
		"dark":    {url.Values{"theme": {"dark"}}, `<html lang="en" data-theme="dark">`},
		"unknown": {url.Values{"theme": {`"><script>`}}, `<html lang="en">`},
		"failure": {url.Values{"redirect_uri": {"http://evil.example/"}}, "Sign-in failed"},
	} {
		page := newBrowser(t).do(http.MethodGet, authorizeURL(d, c.query), "", "Accept", "text/html")
		if !strings.Contains(page.body, c.want) || !strings.Contains(page.body, back) || !strings.Contains(page.body, "--accent:") {
			t.Errorf("%s: got %s, want %s, %s and --accent: in it", name, page.body, c.want, back)
		}
	}
}

func TestSignIn(t *testing.T) {
	s := startSignIn(t)
	d := discover(t, s.URL)
	b := newBrowser(t)

	login := b.do(http.MethodGet, authorizeURL(d, nil), "")
	if !strings.Contains(login.body, `name="login"`) || strings.Contains(login.body, "//fonts.") || !strings.Contains(login.body, "development") {
		t.Errorf("got login page %s", login.body)
	}
	if policy := login.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "form-action 'self' "+site) {
		t.Errorf("got policy %q", policy)
	}
	if again := b.submit(login, url.Values{"login": {"  "}}); again.status != 200 || !strings.Contains(again.body, `name="login"`) {
		t.Errorf("empty name: got %d %s, want the login page", again.status, again.body)
	}
	back := b.submit(login, url.Values{"login": {"alice"}}) // without another question
	location, err := back.url.Parse(back.header.Get("Location"))
	if err != nil || !strings.HasPrefix(location.String(), site+"/?code=") || location.Query().Get("state") != "s1" {
		t.Fatalf("got %d to %v: %s", back.status, location, back.body)
	}

	verifier, _ := pkce()
	got := redeem(t, d, url.Values{
		"grant_type": {"authorization_code"}, "code": {location.Query().Get("code")},
		"redirect_uri": {site + "/"}, "code_verifier": {verifier},
	})
	if got.Type != "Bearer" || got.Expires != 3600 || got.Refresh == "" {
		t.Errorf("got type %q, %d s, refresh token %q", got.Type, got.Expires, got.Refresh)
	}
	access := verify(t, d, got.Access)
	wantClaims(t, access, map[string]any{"iss": s.URL, "aud": "sallyport", "sub": "alice", "client_id": "console"})
	wantClaims(t, verify(t, d, got.ID), map[string]any{"iss": s.URL, "aud": "console", "sub": "alice", "name": "alice"})
	if validFor(access) != time.Hour {
		t.Errorf("access token: got a lifetime of %v, want 1 h", validFor(access))
	}

	renewed := redeem(t, d, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Refresh}})
	wantClaims(t, verify(t, d, renewed.Access), map[string]any{"aud": "sallyport", "sub": "alice"})
	rotates(t, d, got.Refresh, renewed.Refresh)

	if !signedIn(b, d) {
		t.Error("second sign-in: got the login page")
	}
	signOut(t, b, d, got.ID)
}

// rotates checks that a refresh token is valid once. Its second use also revokes the token
// that replaced it. A revoked token is invalid.
func rotates(t *testing.T, d discovery, used, fresh string) {
	t.Helper()
	if fresh == "" || fresh == used {
		t.Fatalf("got the refresh token %q, want a new one", fresh)
	}
	for _, token := range []string{used, fresh} {
		if got := post(t, d.Token, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}); got.status != 400 || !strings.Contains(got.body, "invalid_grant") {
			t.Errorf("used refresh token or its replacement: got %d %s, want invalid_grant", got.status, got.body)
		}
	}
	if got := post(t, d.Revocation, url.Values{"token": {fresh}}); got.status != 200 {
		t.Errorf("revocation: got %d %s, want 200", got.status, got.body)
	}
}

// post sends a form with the origin of the site.
func post(t *testing.T, address string, form url.Values) answer {
	t.Helper()
	form.Set("client_id", "console")
	return newBrowser(t).do(http.MethodPost, address, form.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Origin", site)
}

// endSession returns the address at which a user signs out.
func endSession(d discovery, more url.Values) string {
	q := url.Values{"client_id": {"console"}, "post_logout_redirect_uri": {site + "/"}, "state": {"s2"}}
	maps.Copy(q, more)
	return d.EndSession + "?" + q.Encode()
}

const submitScript = "<script>document.forms[0].submit();</script>"

// signOut ends the session of b with the ID token, and checks that it has ended.
func signOut(t *testing.T, b *browser, d discovery, idToken string) {
	t.Helper()
	page := b.do(http.MethodGet, endSession(d, url.Values{"id_token_hint": {idToken}}), "")
	if !strings.Contains(page.body, submitScript) {
		t.Errorf("got sign-out page %s", page.body)
	}
	if out := b.submit(page, url.Values{}); out.header.Get("Location") != site+"/?state=s2" {
		t.Errorf("sign-out: got %d to %q: %s", out.status, out.header.Get("Location"), out.body)
	}
	if signedIn(b, d) {
		t.Error("after sign-out: got a session")
	}
}

// signedIn reports whether b has a session at the issuer.
func signedIn(b *browser, d discovery) bool {
	return strings.HasPrefix(b.do(http.MethodGet, authorizeURL(d, nil), "").header.Get("Location"), site+"/?code=")
}

// signIn signs user in and returns the ID token.
func signIn(t *testing.T, b *browser, d discovery, user string) string {
	t.Helper()
	back := b.submit(b.do(http.MethodGet, authorizeURL(d, nil), ""), url.Values{"login": {user}})
	location, err := back.url.Parse(back.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	verifier, _ := pkce()
	return redeem(t, d, url.Values{
		"grant_type": {"authorization_code"}, "code": {location.Query().Get("code")},
		"redirect_uri": {site + "/"}, "code_verifier": {verifier},
	}).ID
}

// A sign-out without an ID token of the user asks for a confirmation, because any page may
// contain such a link.
func TestSignOutConfirmation(t *testing.T) {
	d := discover(t, startSignIn(t).URL)
	alice, bob := newBrowser(t), newBrowser(t)
	idToken := signIn(t, alice, d, "alice<b>")
	bobs := signIn(t, bob, d, "bob")
	for name, c := range map[string]struct {
		query  url.Values
		status int
	}{
		"link":             {nil, 200},
		"noClient":         {url.Values{"client_id": nil}, 200},
		"noReturn":         {url.Values{"post_logout_redirect_uri": nil}, 200},
		"logoutHint":       {url.Values{"logout_hint": {"alice<b>"}}, 200},
		"tokenOfOtherUser": {url.Values{"id_token_hint": {bobs}}, 200},
		"forgedToken":      {url.Values{"id_token_hint": {idToken[:len(idToken)-8] + "AAAAAAAA"}}, 400},
		"unsigned":         {url.Values{"id_token_hint": {"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZTxiPiIsImF1ZCI6ImNvbnNvbGUifQ."}}, 400},
		"notAToken":        {url.Values{"id_token_hint": {"alice"}}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			page := alice.do(http.MethodGet, endSession(d, c.query), "", "Accept", "text/html")
			if page.status != c.status || strings.Contains(page.body, submitScript) {
				t.Errorf("got %d %s", page.status, page.body)
			}
			if c.status == 200 && (!strings.Contains(page.body, "sign out alice&lt;b&gt;.") || !strings.Contains(page.body, `<a href="`+site+`/">Stay signed in</a>`)) {
				t.Errorf("got %s, want the confirmation page", page.body)
			}
			if !signedIn(alice, d) {
				t.Error("got no session, want it kept")
			}
		})
	}
	page := alice.do(http.MethodGet, endSession(d, nil), "")
	if got := alice.submit(page, url.Values{}); got.header.Get("Location") != site+"/?state=s2" || signedIn(alice, d) {
		t.Errorf("confirmed: got %d to %q", got.status, got.header.Get("Location"))
	}
	if !signedIn(bob, d) {
		t.Error("session of bob: it has ended")
	}
}

// Another page cannot confirm a sign-out.
func TestForgedSignOut(t *testing.T) {
	d := discover(t, startSignIn(t).URL)
	b := newBrowser(t)
	signIn(t, b, d, "alice")
	b.do(http.MethodGet, endSession(d, nil), "") // now a confirmation is pending
	const form = "application/x-www-form-urlencoded"
	for name, got := range map[string]answer{
		"endSession":   b.do(http.MethodPost, d.EndSession, "client_id=console", "Content-Type", form, "Origin", "http://evil.example"),
		"opaque":       b.do(http.MethodPost, d.EndSession+"/confirm", "logout=yes", "Content-Type", form, "Origin", "null"),
		"guess":        b.do(http.MethodPost, d.EndSession+"/confirm", "logout=yes&xsrf=guess", "Content-Type", form),
		"withoutXSRF":  b.do(http.MethodPost, d.EndSession+"/confirm", "logout=yes", "Content-Type", form),
		"getToConfirm": b.do(http.MethodGet, d.EndSession+"/confirm?logout=yes", ""),
	} {
		if got.status < 400 {
			t.Errorf("%s: got %d %s", name, got.status, got.body)
		}
	}
	if !signedIn(b, d) {
		t.Error("got no session, want it kept")
	}
}

func TestSignInErrors(t *testing.T) {
	d := discover(t, startSignIn(t).URL)
	tests := map[string]struct {
		query url.Values
		want  string // in the page, or in the address of the site
	}{
		"noPKCE":        {url.Values{"code_challenge": nil, "code_challenge_method": nil}, "error=invalid_request"},
		"otherResource": {url.Values{"resource": {"urn:other"}}, "error=invalid_target"},
		"otherRedirect": {url.Values{"redirect_uri": {"http://evil.example/"}}, "Sign-in failed"},
		"otherClient":   {url.Values{"client_id": {"<b>x</b>"}}, "Sign-in failed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := newBrowser(t).do(http.MethodGet, authorizeURL(d, test.query), "", "Accept", "text/html")
			if seen := got.header.Get("Location") + got.body; !strings.Contains(seen, test.want) {
				t.Errorf("got %d %s, want %q", got.status, seen, test.want)
			}
		})
	}
}

func TestLoginWithoutInteraction(t *testing.T) {
	s := startSignIn(t)
	got := newBrowser(t).do(http.MethodGet, s.URL+"/interaction/made-up", "")
	if got.status != http.StatusBadRequest || !strings.Contains(got.body, "Sign-in failed") {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestCrossOrigin(t *testing.T) {
	s := startSignIn(t)
	d := discover(t, s.URL)
	tests := map[string]struct {
		method, url, origin, want string
	}{
		"discovery":            {"GET", s.URL + "/.well-known/openid-configuration", site, site},
		"discoveryFromOther":   {"GET", s.URL + "/.well-known/openid-configuration", "http://evil.example", ""},
		"keys":                 {"GET", d.JWKS, site, site},
		"keysFromOther":        {"GET", d.JWKS, "http://evil.example", ""},
		"token":                {"OPTIONS", d.Token, site, site},
		"tokenFromOther":       {"OPTIONS", d.Token, "http://evil.example", ""},
		"tokenFromOpaqueOther": {"OPTIONS", d.Token, "null", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := newBrowser(t).do(test.method, test.url, "", "Origin", test.origin, "Access-Control-Request-Method", "POST")
			if allowed := got.header.Get("Access-Control-Allow-Origin"); allowed != test.want {
				t.Errorf("got %d, allowed %q, want %q", got.status, allowed, test.want)
			}
		})
	}
}
