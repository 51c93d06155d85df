package attack

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// foreignOrigins are Origins other than the site's: one of each class. The complete table
// is lambda/handler's TestAuthorizeComparesOrigin.
func foreignOrigins(site string) []struct{ name, origin string } {
	u, _ := url.Parse(site)
	return []struct{ name, origin string }{
		{"foreign", "https://evil.example"},
		{"suffix", site + ".evil.example"},
		{"prefix", "http://evil" + strings.TrimPrefix(site, "http://")},
		{"upperScheme", "HTTP://" + u.Host},
		{"otherScheme", "https://" + u.Host},
		{"otherPort", "http://" + u.Hostname() + ":1"},
		{"localhost", "http://localhost:" + u.Port()},
		{"userinfo", "http://user@" + u.Host},
		{"null", "null"},
		{"fullWidth", "http://" + strings.ReplaceAll(u.Hostname(), "1", "１") + ":" + u.Port()},
		{"twice", site + " " + site},
	}
}

// TestForeignOrigins connects from foreign pages with a good credential, as a page could
// that has stolen one.
func TestForeignOrigins(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "mallory")
	control(t, "the site's page", v.connect(t, bearer(token)).verdict(), "101")
	from := func(h handshake, headers ...string) string {
		h.bare, h.headers = true, append(h.headers, headers...)
		return v.connect(t, h).verdict()
	}
	for _, o := range foreignOrigins(v.site) {
		attempt{"origin/" + o.name, "a good bearer from the page " + o.origin}.expect(t, from(bearer(token), "Origin: "+o.origin), "403")
	}
	const foreign = "Origin: https://evil.example"
	attempt{"origin/query", "a good token in the query from a foreign page"}.expect(t, from(inQuery(token), foreign), "403")
	attempt{"origin/noCredential", "a foreign page without a credential"}.expect(t, from(handshake{}, foreign, "Sec-WebSocket-Protocol: sallyport.v1"), "403", "401")
	attempt{"origin/cookie", "a foreign page with cookies"}.expect(t, from(handshake{}, foreign, "Cookie: session=1"), "403", "401")
}

// TestMissingOrigin connects without an Origin, as programs do.
func TestMissingOrigin(t *testing.T) {
	v, narrow := open.get(t), strict.get(t)
	bare := func(h handshake) handshake {
		h.bare = true
		return h
	}
	token := v.token(t, "mallory")
	control(t, "a bearer without an Origin, by default", v.connect(t, bare(bearer(token))).verdict(), "101")
	attempt{"origin/missing/query", "a good token in the query, without an Origin"}.expect(t, v.connect(t, bare(inQuery(token))).verdict(), "403")
	empty := bare(bearer(token))
	empty.headers = append(empty.headers, "Origin:")
	attempt{"origin/missing/empty", "a bearer with an empty Origin"}.expect(t, v.connect(t, empty).verdict(), "403", "101")

	token = narrow.token(t, "mallory")
	control(t, "the site's page, where a missing Origin is refused", narrow.connect(t, bearer(token)).verdict(), "101")
	attempt{"origin/missing/refuse", "a bearer without an Origin, where that is refused"}.expect(t, narrow.connect(t, bare(bearer(token))).verdict(), "403")
	attempt{"origin/missing/refuseTicket", "a ticket without an Origin, where that is refused"}.expect(t,
		narrow.connect(t, bare(withTicket(narrow.ticket(t, token)))).verdict(), "403")
}

// TestCORS sends requests to the HTTP API from foreign pages.
func TestCORS(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "mallory")
	allowed := do(t, request{method: http.MethodOptions, url: v.http + "/tickets", header: http.Header{
		"Origin": {v.site}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"authorization"},
	}})
	control(t, "the site's preflight", allowed.verdict()+" "+allowed.header.Get("Access-Control-Allow-Origin"), "204 "+v.site)
	attempt{"cors/credentials", "the site may send cookies"}.verdict(t, allowed.header.Get("Access-Control-Allow-Credentials"), allowed.header.Get("Access-Control-Allow-Credentials") == "")
	live := v.mustConnect(t, token)
	for _, o := range foreignOrigins(v.site) {
		if o.name == "fullWidth" {
			o.origin = url.QueryEscape(o.origin) // the handshakes send it as bytes
		}
		for _, e := range []struct{ method, path string }{{http.MethodPost, "/tickets"}, {http.MethodDelete, "/connections"}} {
			preflight := do(t, request{method: http.MethodOptions, url: v.http + e.path, header: http.Header{
				"Origin": {o.origin}, "Access-Control-Request-Method": {e.method}, "Access-Control-Request-Headers": {"authorization"},
			}})
			attempt{"cors/" + o.name + "/preflight", "preflight of " + e.method + " " + e.path + " from the page " + o.origin}.verdict(t, corsOf(preflight), refusedCORS(preflight))
			direct := do(t, request{method: e.method, url: v.http + e.path, header: http.Header{"Origin": {o.origin}, "Authorization": {"Bearer " + token}}})
			attempt{"cors/" + o.name + "/direct", e.method + " " + e.path + " from the page " + o.origin}.verdict(t, corsOf(direct), refusedCORS(direct))
		}
	}
	for _, simple := range []struct{ kind, body string }{
		{"text/plain", "{}"}, {"application/x-www-form-urlencoded", "authorization=Bearer " + token}, {"multipart/form-data; boundary=x", "--x--"},
	} {
		got := do(t, request{method: http.MethodPost, url: v.http + "/tickets?token=" + token, body: simple.body, header: http.Header{
			"Origin": {"https://evil.example"}, "Content-Type": {simple.kind}, "Cookie": {"token=" + token},
		}})
		attempt{"cors/simple", "a request without a preflight, " + simple.kind}.verdict(t, corsOf(got), refusedCORS(got))
	}
	noToken := do(t, request{method: http.MethodPost, url: v.http + "/tickets?token=" + token, header: http.Header{"Origin": {v.site}, "Cookie": {"token=" + token}}})
	attempt{"cors/ambient", "the site's page with the token in query and cookie only"}.expect(t, noToken.verdict(), "401")
	control(t, "the user's connection after the attempts", live.alive(), "alive")
}

func corsOf(r response) string {
	return r.verdict() + " allow " + r.header.Get("Access-Control-Allow-Origin")
}

// refusedCORS reports whether an answer refuses, and a page cannot read it.
func refusedCORS(r response) bool {
	return (r.status == http.StatusForbidden || r.status == 0 || r.status == http.StatusBadRequest) && r.header.Get("Access-Control-Allow-Origin") == ""
}
