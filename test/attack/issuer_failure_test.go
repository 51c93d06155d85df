package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestIssuerFails makes the issuer fail, for a function that has no keys yet and for one
// that has them. lambda/token's TestKeysUnavailable has the complete table.
func TestIssuerFails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	good := "bearer." + r.keys.token("rigged")
	authorize := func() string { return r.authorize(t, good) }
	control(t, "a good token", fmt.Sprint(strings.Contains(eventually(authorize), allowed)), "true")
	r.issuer.set(down)
	control(t, "a good token, while the issuer is down and its keys are known", fmt.Sprint(strings.Contains(authorize(), allowed)), "true")
	unknown := forge(`{"alg":"RS256","kid":"unknown"}`, encode(r.keys.claims("rigged")), rs256(r.keys.rsa))
	got := r.authorize(t, "bearer."+unknown)
	attempt{"issuer/warmUnknownKey", "an unknown key, while the issuer is down"}.verdict(t, got, !succeeded(got))
	discovery := func(issuer, keys string) string { return encode(map[string]string{"issuer": issuer, "jwks_uri": keys}) }
	evil := evilIssuer()
	for _, f := range []struct {
		name, tries string
		failure     failure
	}{
		{"down", "the issuer is down", down},
		{"slow", "the issuer never answers", slow},
		{"broken", "the issuer answers 500", answers(http.StatusInternalServerError, "oh")},
		{"otherIssuer", "the discovery document is another issuer's", answers(http.StatusOK, discovery(evil.url, evil.url+"/keys"))},
		{"redirected", "the issuer redirects elsewhere", func(w http.ResponseWriter, req *http.Request, _ func()) {
			http.Redirect(w, req, evil.url+req.URL.Path, http.StatusFound)
		}},
		{"otherKeys", "the key set is the attacker's", func(w http.ResponseWriter, req *http.Request, pass func()) {
			if req.URL.Path != "/keys" {
				pass()
				return
			}
			evil.ServeHTTP(w, req)
		}},
	} {
		r.function.Kill() // the next process has no keys
		r.issuer.set(f.failure)
		got := authorize()
		asked := r.issuer.requests()
		r.issuer.set(nil)
		attempt{"issuer/" + f.name, "a good token, while " + f.tries}.verdict(t, got, asked > 0 && !succeeded(got))
		if f.name != "down" { // after that one, the same process must recover
			r.function.Kill()
		}
		control(t, "a good token after the failure", fmt.Sprint(strings.Contains(eventually(authorize), allowed)), "true")
	}
}

// TestClockSkew uses tokens of an issuer whose clock differs. The system accepts a
// difference of thirty seconds.
func TestClockSkew(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	show := func(members ...any) string {
		return r.authorize(t, "bearer."+forge(`{"alg":"RS256","kid":"rsa"}`, encode(with(r.keys.claims("rigged"), members...)), rs256(r.keys.rsa)))
	}
	control(t, "a good token", fmt.Sprint(strings.Contains(eventually(func() string { return show() }), allowed)), "true")
	from := func(seconds int64) int64 { return time.Now().Unix() + seconds }
	for left := int64(10); !strings.Contains(show("exp", from(left-30)), allowed); left *= 2 { // a busy machine needs longer
		control(t, "a token within the leeway", fmt.Sprint(left < 3600), "true")
	}
	for _, within := range [][]any{{"nbf", from(25)}, {"iat", from(25)}, {"nbf", from(-1), "iat", from(-86400)}} {
		control(t, fmt.Sprint("a token within the leeway: ", within), fmt.Sprint(strings.Contains(show(within...), allowed)), "true")
	}
	for _, beyond := range []struct {
		name, tries string
		members     []any
	}{
		{"expired31", "that expired 31 s ago", []any{"exp", from(-31)}},
		{"early", "that is valid in ten minutes", []any{"nbf", from(600)}},
	} {
		got := show(beyond.members...)
		attempt{"skew/" + beyond.name, "by the issuer's clock, a token " + beyond.tries}.verdict(t, got, strings.HasPrefix(got, "failed: ") && strings.Contains(got, "Unauthorized"))
	}
}
