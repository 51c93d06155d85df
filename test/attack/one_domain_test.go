package attack

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sallyport/test/conformance/target"
)

const sessionCookie = "__Host-session="

// TestDirectAddresses calls the APIs behind the site at their own addresses. The plan of the
// run has the secret of another stack, which stands for an old one.
func TestDirectAddresses(t *testing.T) {
	v := oneDomain.get(t)
	token := v.token(t, "mallory")
	control(t, "a bearer through the site", v.connect(t, bearer(token)).verdict(), "101")
	control(t, "a ticket through the site", v.askTicket(t, v.authorized(token)).verdict(), "201")
	forged := bearer(token)
	forged.headers = append(forged.headers, "X-Origin-Secret: forged", "CloudFront-Viewer-Address: 198.51.100.66:1")
	control(t, "headers of CloudFront from a client, which the site replaces", v.connect(t, forged).verdict(), "101")
	attempt{"direct/address", "a forged viewer address through the site"}.verdict(t, "the log", !strings.Contains(v.Log(), "198.51.100.66"))

	direct := *v
	direct.socket = &url.URL{Scheme: "ws", Host: v.connections.Host, Path: v.connections.Path}
	for _, try := range []struct {
		name, tries string
		secrets     []string
	}{
		{"none", "no secret", nil},
		{"empty", "an empty secret", []string{""}},
		{"wrong", "a guessed secret", []string{strings.Repeat("a", 32)}},
		{"old", "the secret of another stack", []string{"example-of-the-secret-that-CloudFront-sends"}},
		{"sum", "a SHA-256 value in place of the secret", []string{"fc4ac4115fa544d2d26ff25a1259ed60bd72f4d3084611e5a4c6f65f522c66ca"}},
		{"two", "two secrets", []string{"a", "example-of-the-secret-that-CloudFront-sends"}},
	} {
		h := bearer(token)
		header := v.authorized(token)
		for _, secret := range try.secrets {
			h.headers = append(h.headers, "X-Origin-Secret: "+secret)
			header.Add("X-Origin-Secret", secret)
		}
		attempt{"direct/socket/" + try.name, "a good bearer, and " + try.tries}.expect(t, direct.connect(t, h).verdict(), "401", "403")
		for _, e := range []struct{ method, path string }{{"POST", "/tickets"}, {"DELETE", "/connections"}, {"POST", "/session"}} {
			got := do(t, request{method: e.method, url: v.directHTTP + e.path, header: header})
			attempt{"direct/http/" + try.name, e.method + " " + e.path + " with a good bearer, and " + try.tries}.expect(t, got.verdict(), `403 {"type":"error","data":{"code":"not_through_site"`)
		}
	}
}

// withCookies returns a handshake with a Cookie header and without a subprotocol.
func withCookies(cookies string) handshake {
	return handshake{headers: []string{"Cookie: " + cookies}}
}

// TestSessionCookie connects with the session cookie as a foreign page makes a browser do
// (cross-site WebSocket hijacking; SameSite is not counted on), and with cookies that a client
// has changed.
func TestSessionCookie(t *testing.T) {
	v := oneDomain.get(t)
	good, bad := v.token(t, "mallory"), newForger(t, v).by()
	cookie := sessionCookie + good
	control(t, "the site's page with the cookie", v.connect(t, withCookies(cookie)).verdict(), "101")
	control(t, "the site's page with a bad cookie and a good bearer", v.connect(t, handshake{headers: []string{"Cookie: " + sessionCookie + bad, offer("bearer." + good)}}).verdict(), "101")
	for _, o := range foreignOrigins(v.site) {
		h := withCookies(cookie)
		h.bare, h.headers = true, append(h.headers, "Origin: "+o.origin)
		attempt{"cookie/" + o.name, "the cookie from the page " + o.origin}.expect(t, v.connect(t, h).verdict(), "403")
	}
	missing := withCookies(cookie)
	missing.bare = true
	attempt{"cookie/noOrigin", "the cookie without an Origin"}.expect(t, v.connect(t, missing).verdict(), "403")
	expired := v.tokenFor(t, target.TokenRequest{User: "mallory", ExpiresIn: -60})
	foreign := v.tokenFor(t, target.TokenRequest{User: "mallory", Audience: "another"})
	for _, try := range []struct {
		name, tries string
		headers     []string
	}{
		{"forged", "a forged token", []string{"Cookie: " + sessionCookie + bad}},
		{"expired", "an expired token", []string{"Cookie: " + sessionCookie + expired}},
		{"foreignAudience", "a token of another application", []string{"Cookie: " + sessionCookie + foreign}},
		{"empty", "an empty cookie", []string{"Cookie: " + sessionCookie}},
		{"goodBad", "a good and a forged cookie", []string{"Cookie: " + cookie + "; " + sessionCookie + bad}},
		{"badGood", "a forged and a good cookie", []string{"Cookie: " + sessionCookie + bad + "; " + cookie}},
		{"twoHeaders", "two Cookie headers", []string{"Cookie: " + sessionCookie + bad, "Cookie: " + cookie}},
		{"quoted", "a cookie in quotes", []string{"Cookie: " + sessionCookie + `"` + good + `"`}},
		{"sandwich", "the cookie within another one's quotes", []string{`Cookie: x="; ` + cookie + `"`}},
		{"lowerCase", "another case of the name, which browsers do not protect", []string{"Cookie: __host-session=" + good}},
		{"space", "a space of Unicode before the name", []string{"Cookie: \u2000" + cookie}},
		{"comma", "cookies with a comma", []string{"Cookie: " + cookie + "," + sessionCookie + good}},
		{"badBearer", "a forged bearer beside the good cookie", []string{"Cookie: " + cookie, offer("bearer." + bad)}},
		{"badTicket", "an unknown ticket beside the good cookie", []string{"Cookie: " + cookie, offer("ticket." + strings.Repeat("A", 43))}},
	} {
		attempt{"cookie/" + try.name, try.tries}.expect(t, v.connect(t, handshake{headers: try.headers}).verdict(), "401", "403", "400")
	}
	for place, text := range map[string]string{"log": v.Log()} {
		attempt{"cookie/" + place, "find the cookie in the " + place}.verdict(t, place, !holds(text, good[strings.Index(good, ".")+1:]))
	}
}

// TestCSRF sends requests to the HTTP API as a foreign page makes a browser do, with the cookie.
func TestCSRF(t *testing.T) {
	v := oneDomain.get(t)
	token := v.token(t, "mallory")
	send := func(method, path, body string, header http.Header) response {
		header.Set("Cookie", sessionCookie+token)
		return do(t, request{method: method, url: v.http + path, body: body, header: header})
	}
	control(t, "the site's page", send("POST", "/tickets", "", http.Header{"Origin": {v.site}, "X-Csrf": {"1"}}).verdict(), "201")
	set := do(t, request{method: "POST", url: v.http + "/session", header: v.authorized(token)})
	control(t, "the site's page sets the cookie", set.verdict(), "201")
	want := "; HttpOnly; Secure; SameSite=Strict"
	attempt{"csrf/attributes", "read the cookie in a page, or send it from another site"}.verdict(t, "Set-Cookie", strings.HasSuffix(set.header.Get("Set-Cookie"), want))
	live := v.mustConnect(t, token)
	for _, e := range []struct{ method, path string }{{"POST", "/tickets"}, {"DELETE", "/connections"}, {"DELETE", "/session"}} {
		call := e.method + " " + e.path
		for name, header := range map[string]http.Header{
			"noHeader":      {"Origin": {v.site}},
			"otherValue":    {"Origin": {v.site}, "X-Csrf": {"true"}},
			"foreignOrigin": {"Origin": {"https://evil.example"}, "X-Csrf": {"1"}},
			"nullOrigin":    {"Origin": {"null"}, "X-Csrf": {"1"}},
			"noOrigin":      {"X-Csrf": {"1"}},
			"form":          {"Origin": {v.site}, "Content-Type": {"application/x-www-form-urlencoded"}},
			"multipart":     {"Origin": {"https://evil.example"}, "Content-Type": {"multipart/form-data; boundary=x"}},
			"plain":         {"Origin": {"https://evil.example"}, "Content-Type": {"text/plain"}},
		} {
			got := send(e.method, e.path, "X-CSRF=1", header)
			attempt{"csrf/" + name, call + " with the cookie"}.verdict(t, got.verdict(), got.status == 403 && got.header.Get("Set-Cookie") == "")
		}
		for _, origin := range []string{v.site, "https://evil.example"} {
			got := do(t, request{method: "OPTIONS", url: v.http + e.path, header: http.Header{
				"Origin": {origin}, "Access-Control-Request-Method": {e.method}, "Access-Control-Request-Headers": {"x-csrf"},
			}})
			allowed := got.header.Get("Access-Control-Allow-Headers") + got.header.Get("Access-Control-Allow-Credentials")
			attempt{"csrf/preflight", "permission for X-CSRF and cookies, " + call + " from " + origin}.verdict(t, allowed, !strings.Contains(allowed, "csrf") && !strings.Contains(allowed, "true"))
		}
	}
	for name, header := range map[string]http.Header{
		"cookieOnly": {"Origin": {v.site}, "X-Csrf": {"1"}},
		"foreign":    {"Origin": {"https://evil.example"}, "Authorization": {"Bearer " + token}},
		"noOrigin":   {"Authorization": {"Bearer " + token}},
	} {
		got := send("POST", "/session", "", header)
		attempt{"csrf/session/" + name, "POST /session sets a cookie"}.verdict(t, got.verdict(), (got.status == 401 || got.status == 403) && got.header.Get("Set-Cookie") == "")
	}
	control(t, "the user's connection after the attempts", live.alive(), "alive")
}
