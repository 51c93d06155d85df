package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestIssuerFails has the issuer fail, for a function that has no keys yet, and
// for one that has.
func TestIssuerFails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	good := "bearer." + r.keys.token("rigged")
	authorize := func() string { return r.authorize(t, good) }
	control(t, "a good token", fmt.Sprint(strings.Contains(eventually(authorize), allowed)), "true")
	r.issuer.set(down)
	control(t, "the same, the issuer down, its keys known", fmt.Sprint(strings.Contains(authorize(), allowed)), "true")
	unknown := forge(`{"alg":"RS256","kid":"unknown"}`, encode(r.keys.claims("rigged")), rs256(r.keys.rsa))
	got := r.authorize(t, "bearer."+unknown)
	attempt{"issuer/warmUnknownKey", "a key that nobody knows, while the issuer is down"}.verdict(t, got, !succeeded(got))
	discovery := func(issuer, keys string) string { return encode(map[string]string{"issuer": issuer, "jwks_uri": keys}) }
	evil := evilIssuer()
	for _, f := range []struct {
		name, tries string
		fault       fault
	}{
		{"down", "the issuer is down", down},
		{"slow", "the issuer never answers", slow},
		{"broken", "the issuer answers 500", answers(http.StatusInternalServerError, "oh")},
		{"html", "the issuer answers with a page", answers(http.StatusOK, "<html>")},
		{"empty", "the issuer answers {}", answers(http.StatusOK, "{}")},
		{"huge", "the issuer answers with 2 MB", answers(http.StatusOK, `{"pad":"`+strings.Repeat("x", 2<<20)+`"}`)},
		{"otherIssuer", "the discovery is another issuer's", answers(http.StatusOK, discovery(evil.url, evil.url+"/keys"))},
		{"fileKeys", "the keys are said to be in a file", answers(http.StatusOK, discovery(r.issuer.url, "file:///dev/null"))},
		{"redirected", "the issuer redirects elsewhere", func(w http.ResponseWriter, req *http.Request, _ func()) {
			http.Redirect(w, req, evil.url+req.URL.Path, http.StatusFound)
		}},
		{"noKeys", "the key set is empty", func(w http.ResponseWriter, req *http.Request, pass func()) {
			if req.URL.Path != "/keys" {
				pass()
				return
			}
			answers(http.StatusOK, `{"keys":[]}`)(w, req, pass)
		}},
		{"otherKeys", "the key set is the attacker's, and so the token's key", func(w http.ResponseWriter, req *http.Request, pass func()) {
			if req.URL.Path != "/keys" {
				pass()
				return
			}
			evil.ServeHTTP(w, req)
		}},
	} {
		r.function.Kill() // the next one knows no keys
		r.issuer.set(f.fault)
		got := authorize()
		asked := r.issuer.requests()
		r.issuer.set(nil)
		attempt{"issuer/" + f.name, "a good token, while " + f.tries}.verdict(t, got, asked > 0 && !succeeded(got))
		if f.name != "down" { // after which the same process is to find its way back
			r.function.Kill()
		}
		control(t, "the same, after the fault has gone", fmt.Sprint(strings.Contains(eventually(authorize), allowed)), "true")
	}
}

// TestClockSkew shows tokens whose issuer's clock is not ours: thirty seconds are
// forgiven, and no more.
func TestClockSkew(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	show := func(members ...any) string {
		return r.authorize(t, "bearer."+forge(`{"alg":"RS256","kid":"rsa"}`, encode(with(r.keys.claims("rigged"), members...)), rs256(r.keys.rsa)))
	}
	control(t, "a good token", fmt.Sprint(strings.Contains(eventually(func() string { return show() }), allowed)), "true")
	from := func(seconds int64) int64 { return time.Now().Unix() + seconds }
	for left := int64(10); !strings.Contains(show("exp", from(left-30)), allowed); left *= 2 { // a busy machine takes longer
		control(t, "a token within the leeway", fmt.Sprint(left < 3600), "true")
	}
	for _, within := range [][]any{{"nbf", from(25)}, {"iat", from(25)}, {"nbf", from(-1), "iat", from(-86400)}} {
		control(t, fmt.Sprint("a token within the leeway: ", within), fmt.Sprint(strings.Contains(show(within...), allowed)), "true")
	}
	for _, beyond := range []struct {
		name, tries string
		members     []any
	}{
		{"expired31", "expired 31 s ago", []any{"exp", from(-31)}},
		{"expiredLong", "expired an hour ago", []any{"exp", from(-3600)}},
		{"early", "good in ten minutes", []any{"nbf", from(600)}},
		{"earlyLong", "good in an hour", []any{"nbf", from(3600)}},
		{"backwards", "expires before it is good", []any{"nbf", from(3600), "exp", from(60)}},
	} {
		got := show(beyond.members...)
		attempt{"skew/" + beyond.name, "by the issuer's clock, a token " + beyond.tries}.verdict(t, got, strings.HasPrefix(got, "failed: ") && strings.Contains(got, "Unauthorized"))
	}
}
