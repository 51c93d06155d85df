package attack

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// foreignOrigins are Origins that are not the site's, though some look so.
func foreignOrigins(site string) []struct{ name, origin string } {
	u, _ := url.Parse(site)
	host, port := u.Hostname(), u.Port()
	return []struct{ name, origin string }{
		{"foreign", "https://evil.example"},
		{"suffix", site + ".evil.example"},
		{"suffixDigit", site + "0"},
		{"prefix", "http://evil" + strings.TrimPrefix(site, "http://")},
		{"subdomain", "http://evil." + u.Host},
		{"upperScheme", "HTTP://" + u.Host},
		{"otherScheme", "https://" + u.Host},
		{"webSocketScheme", "ws://" + u.Host},
		{"noScheme", u.Host},
		{"slashes", "//" + u.Host},
		{"otherPort", "http://" + host + ":1"},
		{"noPort", "http://" + host},
		{"zeroPort", "http://" + host + ":0" + port},
		{"localhost", "http://localhost:" + port},
		{"shortAddress", "http://127.1:" + port},
		{"decimalAddress", "http://2130706433:" + port},
		{"otherLoopback", "http://127.0.0.2:" + port},
		{"ipv6", "http://[::1]:" + port},
		{"mappedIPv6", "http://[::ffff:127.0.0.1]:" + port},
		{"trailingDot", "http://" + host + ".:" + port},
		{"trailingSlash", site + "/"},
		{"path", site + "/page"},
		{"query", site + "?x"},
		{"fragment", site + "#x"},
		{"userinfo", "http://user@" + u.Host},
		{"hostAsUserinfo", site + "@evil.example"},
		{"hostAsPath", "http://evil.example/" + u.Host},
		{"hostAsQuery", "http://evil.example?" + site},
		{"backslash", site + `\.evil.example`},
		{"percent", site + "%00.evil.example"},
		{"null", "null"},
		{"nullUpper", "NULL"},
		{"star", "*"},
		{"empty", "\"\""},
		{"file", "file://"},
		{"data", "data:text/html,x"},
		{"extension", "chrome-extension://abcdefghijklmnop"},
		{"undefined", "undefined"},
		{"fullwidth", "http://" + strings.ReplaceAll(host, "1", "１") + ":" + port},
		{"dotLookAlike", "http://" + strings.ReplaceAll(host, ".", "。") + ":" + port},
		{"zeroWidth", site + "\u200b"},
		{"twice", site + " " + site},
		{"quoted", `"` + site + `"`},
	}
}

// TestForeignOrigins connects from pages that may not, with a credential that is
// good: what a foreign page would have if it came by one.
func TestForeignOrigins(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "mallory")
	control(t, "the site's page", v.shake(t, bearer(token)).verdict(), "101")
	for _, o := range foreignOrigins(v.site) {
		for _, by := range []struct {
			name string
			k    knock
		}{{"bearer", bearer(token)}, {"query", inQuery(token)}} {
			by.k.bare, by.k.headers = true, append(by.k.headers, "Origin: "+o.origin)
			attempt{"origin/" + o.name + "/" + by.name, "a good " + by.name + " from the page " + o.origin}.ends(t, v.shake(t, by.k).verdict(), "403")
		}
	}
	foreign := knock{bare: true, headers: []string{"Origin: https://evil.example", "Sec-WebSocket-Protocol: sallyport.v1"}}
	attempt{"origin/noCredential", "a foreign page without a credential"}.ends(t, v.shake(t, foreign).verdict(), "403", "401")
	cookie := knock{bare: true, headers: []string{"Origin: https://evil.example", "Cookie: session=1"}}
	attempt{"origin/cookie", "a foreign page with cookies"}.ends(t, v.shake(t, cookie).verdict(), "403", "401")
}

// TestMissingOrigin leaves the Origin out, as programs do.
func TestMissingOrigin(t *testing.T) {
	v, narrow := open.get(t), strict.get(t)
	bare := func(k knock) knock {
		k.bare = true
		return k
	}
	token := v.token(t, "mallory")
	control(t, "a bearer without an Origin, by default", v.shake(t, bare(bearer(token))).verdict(), "101")
	attempt{"origin/missing/query", "a good token in the query, without an Origin"}.ends(t, v.shake(t, bare(inQuery(token))).verdict(), "403")
	empty := bare(bearer(token))
	empty.headers = append(empty.headers, "Origin:")
	attempt{"origin/missing/empty", "a bearer with an empty Origin"}.ends(t, v.shake(t, empty).verdict(), "403", "101")

	token = narrow.token(t, "mallory")
	control(t, "the site's page, where a missing Origin is refused", narrow.shake(t, bearer(token)).verdict(), "101")
	attempt{"origin/missing/refuse", "a bearer without an Origin, where that is refused"}.ends(t, narrow.shake(t, bare(bearer(token))).verdict(), "403")
	attempt{"origin/missing/refuseTicket", "a ticket without an Origin, where that is refused"}.ends(t,
		narrow.shake(t, bare(withTicket(narrow.ticket(t, token)))).verdict(), "403")
}

// TestCORS asks the HTTP API from pages that may not.
func TestCORS(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "mallory")
	allowed := do(t, request{method: http.MethodOptions, url: v.http + "/tickets", header: http.Header{
		"Origin": {v.site}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"authorization"},
	}})
	control(t, "the site's preflight", allowed.verdict()+" "+allowed.header.Get("Access-Control-Allow-Origin"), "204 "+v.site)
	attempt{"cors/credentials", "the site is allowed cookies"}.verdict(t, allowed.header.Get("Access-Control-Allow-Credentials"), allowed.header.Get("Access-Control-Allow-Credentials") == "")
	endpoints := []struct{ method, path string }{{http.MethodPost, "/tickets"}, {http.MethodDelete, "/connections"}}
	live := v.enter(t, token)
	for _, o := range foreignOrigins(v.site) {
		if o.name == "fullwidth" || o.name == "dotLookAlike" || o.name == "zeroWidth" {
			o.origin = url.QueryEscape(o.origin) // as bytes they are sent in handshakes
		}
		for _, e := range endpoints {
			preflight := do(t, request{method: http.MethodOptions, url: v.http + e.path, header: http.Header{
				"Origin": {o.origin}, "Access-Control-Request-Method": {e.method}, "Access-Control-Request-Headers": {"authorization"},
			}})
			attempt{"cors/" + o.name + "/preflight", "may the page " + o.origin + " " + e.method + " " + e.path}.verdict(t, corsOf(preflight), refusedCORS(preflight))
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
		attempt{"cors/simple", "a request that needs no preflight, " + simple.kind}.verdict(t, corsOf(got), refusedCORS(got))
	}
	noToken := do(t, request{method: http.MethodPost, url: v.http + "/tickets?token=" + token, header: http.Header{"Origin": {v.site}, "Cookie": {"token=" + token}}})
	attempt{"cors/ambient", "the site itself, the token in query and cookie only"}.ends(t, noToken.verdict(), "401")
	control(t, "the user's connection, after all that", live.alive(), "alive")
}

func corsOf(r response) string {
	return r.verdict() + " allow " + r.header.Get("Access-Control-Allow-Origin")
}

// refusedCORS reports whether an answer refuses, and gives a page nothing to read.
func refusedCORS(r response) bool {
	return (r.status == http.StatusForbidden || r.status == 0 || r.status == http.StatusBadRequest) && r.header.Get("Access-Control-Allow-Origin") == ""
}
