package handler_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
	"sallyport/lambda/setting"
)

const cookieName = "__Host-session="

// withSession returns a fixture with the setting sessionCookie. verified gets the tokens that
// are verified.
func withSession(verified *[]string) *fixture {
	w := newFixture()
	w.config.SessionCookie = true
	w.verify = func(token string) (identity.User, time.Time, error) {
		*verified = append(*verified, token)
		return person("alice"), expires, nil
	}
	return w
}

// of changes the method and the path of a request.
func of(method, path string) func(map[string]any) {
	return func(e map[string]any) {
		h := object(object(e, "requestContext"), "http")
		h["method"], h["path"] = method, path
	}
}

// cookies replaces the credential of a request by cookies.
func cookies(list ...any) func(map[string]any) {
	return func(e map[string]any) {
		setHeader(e, "authorization")
		e["cookies"] = list
	}
}

func header(name string, values ...string) func(map[string]any) {
	return func(e map[string]any) { setHeader(e, name, values...) }
}

func TestPostSession(t *testing.T) {
	for name, c := range map[string]struct {
		now time.Time
		age string
	}{
		"usual":           {now, "3590"},
		"expiredInLeeway": {expires.Add(10 * time.Second), "1"},
	} {
		t.Run(name, func(t *testing.T) {
			var verified []string
			w := withSession(&verified)
			w.config.Now = func() time.Time { return c.now }
			got := w.request(t, readEvent(t, "http_ticket", of("POST", "/session")))
			want := events.APIGatewayV2HTTPResponse{
				StatusCode: 201,
				Headers:    headers("Access-Control-Allow-Origin", origin),
				Cookies:    []string{cookieName + token + "; Path=/; Max-Age=" + c.age + "; HttpOnly; Secure; SameSite=Strict"},
				Body:       `{"type":"session","data":{"expires":1708330500}}`,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{token}, verified); diff != "" {
				t.Errorf("verified (-want +got):\n%s", diff)
			}
			w.logged(t, map[string]any{"route": "POST /session", "outcome": "ok", "user": "alice"})
		})
	}
}

func TestDeleteSession(t *testing.T) {
	var verified []string
	w := withSession(&verified)
	got := w.request(t, readEvent(t, "http_ticket", both(of("DELETE", "/session"), cookies(cookieName+"expired"), header("x-csrf", "1"))))
	want := events.APIGatewayV2HTTPResponse{
		StatusCode: 204,
		Headers:    headers("Access-Control-Allow-Origin", origin),
		Cookies:    []string{cookieName + "; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"},
	}
	if diff := cmp.Diff(want, got); diff != "" || verified != nil {
		t.Errorf("verified %q, answer (-want +got):\n%s", verified, diff)
	}
}

// A browser ignores a cookie whose name and value have more than 4096 bytes.
func TestPostSessionOfLargeToken(t *testing.T) {
	for size, code := range map[int]string{4096 - len("__Host-session"): "", 4097 - len("__Host-session"): "token_too_large"} {
		var verified []string
		w := withSession(&verified)
		got := w.request(t, readEvent(t, "http_ticket", both(of("POST", "/session"), header("authorization", "Bearer "+strings.Repeat("a", size)))))
		if code == "" && (got.StatusCode != 201 || len(got.Cookies) != 1 || !strings.Contains(got.Cookies[0], strings.Repeat("a", size)+";")) {
			t.Errorf("%d bytes: got %d %s and %d cookies, want the cookie", size, got.StatusCode, got.Body, len(got.Cookies))
		}
		if code != "" && (got.StatusCode != 400 || !strings.Contains(got.Body, code) || got.Cookies != nil) {
			t.Errorf("%d bytes: got %d %s and %d cookies, want 400 and %s", size, got.StatusCode, got.Body, len(got.Cookies), code)
		}
	}
}

func TestSessionRefuses(t *testing.T) {
	post, del, ticket := of("POST", "/session"), of("DELETE", "/session"), of("POST", "/tickets")
	cookie, csrf := cookies(cookieName+"a.b.c"), header("x-csrf", "1")
	for name, c := range map[string]struct {
		edit   func(map[string]any)
		verify error
		status int
		code   string
	}{
		"post/noOrigin":       {both(post, header("origin")), nil, 403, "origin_missing"},
		"post/foreignOrigin":  {both(post, header("origin", "https://evil.example")), nil, 403, "origin_not_allowed"},
		"post/nullOrigin":     {both(post, header("origin", "null")), nil, 403, "origin_not_allowed"},
		"post/noToken":        {both(post, header("authorization")), nil, 401, "no_credential"},
		"post/cookieOnly":     {both(post, cookie, csrf), nil, 401, "no_credential"},
		"post/expired":        {post, errcode.Refuse(errcode.TokenExpired, "old"), 401, "token_expired"},
		"delete/noOrigin":     {both(del, csrf, header("origin")), nil, 403, "origin_missing"},
		"delete/foreign":      {both(del, csrf, header("origin", "https://evil.example")), nil, 403, "origin_not_allowed"},
		"delete/noCSRF":       {del, nil, 403, "csrf_header_missing"},
		"delete/otherCSRF":    {both(del, header("x-csrf", "true")), nil, 403, "csrf_header_missing"},
		"delete/twoCSRF":      {both(del, header("x-csrf", "1,1")), nil, 403, "csrf_header_missing"},
		"cookie/noCSRF":       {both(ticket, cookie), nil, 403, "csrf_header_missing"},
		"cookie/emptyCSRF":    {both(ticket, cookie, header("x-csrf", "")), nil, 403, "csrf_header_missing"},
		"cookie/noOrigin":     {both(ticket, cookie, csrf, header("origin")), nil, 403, "origin_missing"},
		"cookie/foreign":      {both(ticket, cookie, csrf, header("origin", "https://evil.example")), nil, 403, "origin_not_allowed"},
		"cookie/expired":      {both(ticket, cookie, csrf), errcode.Refuse(errcode.TokenExpired, "old"), 401, "token_expired"},
		"cookie/otherName":    {both(ticket, cookies("session=a.b.c"), csrf), nil, 401, "no_credential"},
		"cookie/otherCase":    {both(ticket, cookies("__host-session=a.b.c"), csrf), nil, 401, "no_credential"},
		"cookie/two":          {both(ticket, cookies(cookieName+"a.b.c", cookieName+"d.e.f"), csrf), nil, 401, "several_credentials"},
		"cookie/twoInOne":     {both(ticket, cookies(cookieName+"a.b.c; "+cookieName+"d.e.f"), csrf), nil, 401, "several_credentials"},
		"cookie/besideBasic":  {both(ticket, cookie, csrf, header("authorization", "Basic YTpi")), nil, 401, "no_credential"},
		"cookie/besideTokens": {both(ticket, cookie, csrf, header("authorization", "Bearer a,Bearer b")), nil, 401, "several_credentials"},
		"cookie/besideBad":    {both(ticket, cookie, csrf, header("authorization", "Bearer bad")), errcode.Refuse(errcode.TokenInvalid, "bad"), 401, "token_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture().verifies("alice", expires, c.verify)
			w.config.SessionCookie = true
			got := w.request(t, readEvent(t, "http_ticket", c.edit))
			if got.StatusCode != c.status || !strings.Contains(got.Body, `"`+c.code+`"`) || len(got.Cookies) != 0 || len(w.table.tickets) != 0 {
				t.Errorf("got %d %s, %d cookies and %d tickets, want %d %s and none", got.StatusCode, got.Body, len(got.Cookies), len(w.table.tickets), c.status, c.code)
			}
		})
	}
}

// The endpoints and the cookie do not exist while the setting is off.
func TestSessionOff(t *testing.T) {
	w := newFixture()
	for _, method := range []string{"POST", "DELETE", "OPTIONS"} {
		if got := w.request(t, readEvent(t, "http_ticket", both(of(method, "/session"), header("x-csrf", "1")))); got.StatusCode != 404 || got.Cookies != nil {
			t.Errorf("%s: got %d and the cookies %q, want 404 and none", method, got.StatusCode, got.Cookies)
		}
	}
	if got := w.request(t, readEvent(t, "http_ticket", both(cookies(cookieName+"a.b.c"), header("x-csrf", "1")))); got.StatusCode != 401 || !strings.Contains(got.Body, "no_credential") {
		t.Errorf("cookie: got %d %s, want 401 no_credential", got.StatusCode, got.Body)
	}
	if code := w.refusalOf(t, readEvent(t, "authorizer", both(asHeader(), header("Cookie", cookieName+"a.b.c")))); code != "no_credential" {
		t.Errorf("handshake: got code %q, want no_credential", code)
	}
}

// A browser sends the cookie with every request. So another credential is used in its place,
// and is not made valid by the cookie.
func TestSessionCookieIsUsedAlone(t *testing.T) {
	cookie := header("Cookie", "other=1; "+cookieName+"a.b.c; more=2")
	for name, c := range map[string]struct {
		edit func(map[string]any)
		want string // the token that is verified, or the code of the refusal
	}{
		"alone":         {both(asHeader(), cookie), "a.b.c"},
		"protocol":      {both(asHeader("centrifuge-json"), cookie), "a.b.c"},
		"lowerCase":     {both(asHeader(), header("cookie", cookieName+"a.b.c")), "a.b.c"},
		"besideBearer":  {both(asHeader("sallyport.v1, bearer.d.e.f"), cookie), "d.e.f"},
		"besideQuery":   {both(asQuery("d.e.f"), cookie), "d.e.f"},
		"besideTicket":  {both(asHeader("sallyport.v1, ticket.unknown"), cookie), "ticket_unknown"},
		"two":           {both(asHeader(), header("Cookie", cookieName+"a.b.c; "+cookieName+"d.e.f")), "several_credentials"},
		"sameTwice":     {both(asHeader(), header("Cookie", cookieName+"a.b.c; "+cookieName+"a.b.c")), "several_credentials"},
		"twoHeaders":    {both(asHeader(), header("Cookie", cookieName+"a.b.c", cookieName+"d.e.f")), "several_credentials"},
		"quoted":        {both(asHeader(), header("Cookie", cookieName+`"a.b.c"`)), `"a.b.c"`}, // and is then no token
		"commas":        {both(asHeader(), header("Cookie", cookieName+"a.b.c, "+cookieName+"d.e.f")), "a.b.c, " + cookieName + "d.e.f"},
		"empty":         {both(asHeader(), header("Cookie", cookieName)), ""},
		"otherName":     {both(asHeader(), header("Cookie", "session=a.b.c")), "no_credential"},
		"otherCase":     {both(asHeader(), header("Cookie", "__host-session=a.b.c")), "no_credential"},
		"unicodeSpace":  {both(asHeader(), header("Cookie", "\u2000"+cookieName+"a.b.c")), "no_credential"},
		"spaceInName":   {both(asHeader(), header("Cookie", "__Host-session =a.b.c")), "no_credential"},
		"quotedAround":  {both(asHeader(), header("Cookie", `x="; `+cookieName+`a.b.c"`)), `a.b.c"`},
		"foreignOrigin": {both(asHeader(), cookie, header("Origin", "https://evil.example")), "origin_not_allowed"},
		"nullOrigin":    {both(asHeader(), cookie, header("Origin", "null")), "origin_not_allowed"},
		"noOrigin":      {both(asHeader(), cookie, header("Origin")), "origin_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			var verified []string
			w := withSession(&verified)
			w.config.MissingOrigin = setting.AllowMissing // not for a cookie
			got := w.refusalOf(t, readEvent(t, "authorizer", c.edit))
			if got == "" {
				got = verified[0]
			}
			if got != c.want || len(verified) > 1 {
				t.Errorf("got %q after verifying %q, want %q", got, verified, c.want)
			}
		})
	}
}

func TestHTTPWithSessionCookie(t *testing.T) {
	for name, list := range map[string][]any{"one": {"x=1", cookieName + "a.b.c"}, "inOne": {"x=1; " + cookieName + "a.b.c"}} {
		var verified []string
		w := withSession(&verified)
		got := w.request(t, readEvent(t, "http_ticket", both(cookies(list...), header("x-csrf", "1"))))
		if got.StatusCode != 201 || len(w.table.tickets) != 1 || len(verified) != 1 || verified[0] != "a.b.c" {
			t.Errorf("%s: got %d %s after verifying %q, want a ticket for a.b.c", name, got.StatusCode, got.Body, verified)
		}
	}
	// The header Authorization is used in place of the cookie, as during a renewal.
	var verified []string
	got := withSession(&verified).request(t, readEvent(t, "http_ticket", both(cookies(cookieName+"a.b.c"), header("authorization", "Bearer d.e.f"))))
	if got.StatusCode != 201 || verified[0] != "d.e.f" {
		t.Errorf("got %d after verifying %q, want a ticket for d.e.f", got.StatusCode, verified)
	}
}
