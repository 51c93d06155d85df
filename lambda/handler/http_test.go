package handler_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/errcode"
	"sallyport/lambda/handler"
	"sallyport/lambda/identity"
)

// headers returns the headers of every answer to a request, and more headers: name, value,
// name, value and so on.
func headers(more ...string) map[string]string {
	h := map[string]string{
		"Content-Type": "application/json", "Cache-Control": "no-store", "Vary": "Origin",
		"Content-Security-Policy":   "default-src 'none'; frame-ancestors 'none'",
		"Strict-Transport-Security": "max-age=63072000", "X-Content-Type-Options": "nosniff",
	}
	for i := 0; i < len(more); i += 2 {
		h[more[i]] = more[i+1]
	}
	return h
}

// request sends an event of the HTTP API and returns the decoded answer.
func (w *fixture) request(t *testing.T, payload []byte) events.APIGatewayV2HTTPResponse {
	t.Helper()
	answer, err := w.invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	var r events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal([]byte(answer), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPostTicket(t *testing.T) {
	w := newFixture()
	got := w.request(t, readEvent(t, "http_ticket", nil))
	want := events.APIGatewayV2HTTPResponse{
		StatusCode: 201,
		Headers:    headers("Access-Control-Allow-Origin", origin),
		Body:       `{"type":"ticket","data":{"ticket":"` + ticket + `","expires":1708326969,"tokenExpires":1708330500}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]handler.Ticket{ticketHash: aTicket()}, w.table.tickets); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	w.logged(t, map[string]any{
		"route": "POST /tickets", "outcome": "ok", "user": "alice", "level": "info",
		"gatewayRequestId": "TlnHBhM4DoEEJ4w=", "requestId": "request-1",
	})
	// The ticket opens a connection.
	if code := w.refusalOf(t, readEvent(t, "authorizer_ticket", nil)); code != "" {
		t.Errorf("got code %s with the ticket, want none", code)
	}
}

// A request without an Origin gets a ticket, but no header that lets a page read it.
func TestPostTicketWithoutOrigin(t *testing.T) {
	w := newFixture()
	got := w.request(t, readEvent(t, "http_ticket", func(e map[string]any) { setHeader(e, "origin") }))
	if _, ok := got.Headers["Access-Control-Allow-Origin"]; ok || got.StatusCode != 201 || got.Headers["Vary"] != "Origin" {
		t.Errorf("got %+v, want 201 without a permission for pages", got)
	}
	if o := w.table.tickets[ticketHash].Origin; o != "" {
		t.Errorf("got a ticket of origin %q, want none", o)
	}
}

func TestTicketsDiffer(t *testing.T) {
	seen := map[string]bool{}
	w := newFixture()
	w.config.Random = nil // the real one
	for range 50 {
		var body struct{ Data struct{ Ticket string } }
		if err := json.Unmarshal([]byte(w.request(t, readEvent(t, "http_ticket", nil)).Body), &body); err != nil {
			t.Fatal(err)
		}
		raw, err := base64.RawURLEncoding.DecodeString(body.Data.Ticket)
		if err != nil || len(raw) != 32 || seen[body.Data.Ticket] {
			t.Errorf("got ticket %q, error %v, want 32 new bytes", body.Data.Ticket, err)
		}
		seen[body.Data.Ticket] = true
	}
	if len(w.table.tickets) != 50 {
		t.Errorf("got %d tickets kept, want 50", len(w.table.tickets))
	}
}

func TestHTTPRefuses(t *testing.T) {
	authorization := func(values ...string) func(map[string]any) {
		return func(e map[string]any) { setHeader(e, "authorization", values...) }
	}
	fromOrigin := func(value string) func(map[string]any) {
		return func(e map[string]any) { setHeader(e, "origin", value) }
	}
	tests := []struct {
		name   string
		edit   func(map[string]any)
		verify error
		status int
		code   string
		cors   bool
	}{
		{"foreignOrigin", fromOrigin("https://evil.example"), nil, 403, "origin_not_allowed", false},
		{"nullOrigin", fromOrigin("null"), nil, 403, "origin_not_allowed", false},
		{"emptyOrigin", fromOrigin(""), nil, 403, "origin_not_allowed", false},
		{"twoOrigins", fromOrigin(origin + "," + origin), nil, 403, "origin_not_allowed", false},
		{"noAuthorization", authorization(), nil, 401, "no_credential", true},
		{"emptyAuthorization", authorization(""), nil, 401, "no_credential", true},
		{"basic", authorization("Basic YTpi"), nil, 401, "no_credential", true},
		{"bearerAlone", authorization("Bearer"), nil, 401, "no_credential", true},
		{"bearerSpace", authorization("Bearer  "), nil, 401, "no_credential", true},
		{"tokenAlone", authorization(token), nil, 401, "no_credential", true},
		{"twoTokens", authorization("Bearer a.b.c,Bearer d.e.f"), nil, 401, "several_credentials", true},
		{"expired", nil, errcode.Refuse(errcode.TokenExpired, "old"), 401, "token_expired", true},
		{"audience", nil, errcode.Refuse(errcode.TokenAudience, "other"), 403, "token_audience", true},
		{"issuerDown", nil, errors.New("issuer is down"), 503, "unavailable", true},
	}
	for _, event := range []string{"http_ticket", "http_sign_out"} {
		for _, test := range tests {
			t.Run(event+"/"+test.name, func(t *testing.T) {
				w := newFixture().open("alice", "a1").verifies("alice", expires, test.verify)
				got := w.request(t, readEvent(t, event, test.edit))
				body := `{"type":"error","data":{"code":"` + test.code + `","message":"` + errcode.Of(errcode.Code(test.code)).Meaning + `"}}`
				if got.StatusCode != test.status || got.Body != body {
					t.Errorf("got %d %s, want %d %s", got.StatusCode, got.Body, test.status, body)
				}
				wantHeader := headers()
				if test.cors {
					wantHeader["Access-Control-Allow-Origin"] = origin
				}
				if test.status == 401 {
					wantHeader["WWW-Authenticate"] = "Bearer"
				}
				if diff := cmp.Diff(wantHeader, got.Headers); diff != "" {
					t.Errorf("headers (-want +got):\n%s", diff)
				}
				if len(w.table.tickets) != 0 || len(w.posts.ended) != 0 {
					t.Errorf("got %d tickets and %d ended, want 0 and 0", len(w.table.tickets), len(w.posts.ended))
				}
				outcome := map[bool]string{true: "failed", false: "refused"}[test.status == 503]
				w.logged(t, map[string]any{"code": test.code, "outcome": outcome})
			})
		}
	}
}

func TestBearerScheme(t *testing.T) {
	for _, value := range []string{"Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "Bearer  a.b.c "} {
		w := newFixture()
		w.verify = func(got string) (identity.User, time.Time, error) {
			if got != "a.b.c" {
				t.Errorf("%q: verified %q, want a.b.c", value, got)
			}
			return person("alice"), expires, nil
		}
		if got := w.request(t, readEvent(t, "http_ticket", func(e map[string]any) { setHeader(e, "authorization", value) })); got.StatusCode != 201 {
			t.Errorf("%q: got %+v, want 201", value, got)
		}
	}
}

func TestPostTicketFails(t *testing.T) {
	t.Run("off", func(t *testing.T) {
		w := newFixture()
		w.table.tickets = nil
		if got := w.request(t, readEvent(t, "http_ticket", nil)); got.StatusCode != 401 || !strings.Contains(got.Body, "credential_off") {
			t.Errorf("got %+v, want credential_off", got)
		}
	})
	t.Run("table", func(t *testing.T) {
		w := newFixture()
		w.table.err = errors.New("table is down")
		got := w.request(t, readEvent(t, "http_ticket", nil))
		if got.StatusCode != 503 || strings.Contains(got.Body, ticket) || strings.Contains(got.Body, "down") {
			t.Errorf("got %+v, want 503 without a ticket or a reason", got)
		}
		w.logged(t, map[string]any{"level": "error", "outcome": "failed", "error": "table is down", "code": "unavailable"})
	})
	t.Run("random", func(t *testing.T) {
		w := newFixture()
		w.config.Random = iotest.ErrReader(errors.New("no entropy"))
		if got := w.request(t, readEvent(t, "http_ticket", nil)); got.StatusCode != 503 || len(w.table.tickets) != 0 {
			t.Errorf("got %+v and %d tickets, want 503 and none", got, len(w.table.tickets))
		}
	})
	t.Run("shortRandom", func(t *testing.T) {
		w := newFixture()
		w.config.Random = strings.NewReader("seven b")
		if got := w.request(t, readEvent(t, "http_ticket", nil)); got.StatusCode != 503 || len(w.table.tickets) != 0 {
			t.Errorf("got %+v and %d tickets, want 503 and none", got, len(w.table.tickets))
		}
	})
}

func TestSignOut(t *testing.T) {
	w := newFixtureWithConnections()
	got := w.request(t, readEvent(t, "http_sign_out", nil))
	if want := `{"type":"disconnected","data":{"disconnected":2,"gone":1,"failed":0}}`; got.StatusCode != 200 || got.Body != want {
		t.Errorf("got %d %s, want 200 %s", got.StatusCode, got.Body, want)
	}
	if diff := cmp.Diff([]string{"b1", "stuck"}, w.table.ids()); diff != "" {
		t.Errorf("rows left (-want +got):\n%s", diff)
	}
	const signedOut = `{"type":"closing","data":{"code":"signed_out","message":"You have signed out, here or on another page."}}`
	if diff := cmp.Diff(map[string][]string{"a1": {signedOut}, "a2": {signedOut}}, w.posts.got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a1", "a2"}, w.posts.endedIDs()); diff != "" {
		t.Errorf("ended (-want +got):\n%s", diff)
	}
	w.logged(t, map[string]any{"route": "DELETE /connections", "disconnected": 2.0, "gone": 1.0, "failed": 0.0, "user": "alice"})
}

func TestSignOutListFails(t *testing.T) {
	w := newFixtureWithConnections()
	w.table.listErr = errors.New("index is down")
	if got := w.request(t, readEvent(t, "http_sign_out", nil)); got.StatusCode != 503 || !strings.Contains(got.Body, "unavailable") {
		t.Errorf("got %+v, want 503, because some connections may still be open", got)
	}
	w.logged(t, map[string]any{"error": "end connections: index is down, after 2 disconnected, 1 gone, 0 failed"})
}

func TestPreflight(t *testing.T) {
	for path, method := range map[string]string{"/tickets": "POST", "/connections": "DELETE"} {
		ask := func(edit func(map[string]any)) events.APIGatewayV2HTTPResponse {
			w := newFixture()
			w.verify = func(string) (identity.User, time.Time, error) {
				t.Error("the preflight verified a token")
				return identity.User{}, time.Time{}, nil
			}
			return w.request(t, readEvent(t, "http_preflight", func(e map[string]any) {
				object(object(e, "requestContext"), "http")["path"] = path
				edit(e)
			}))
		}
		want := headers("Access-Control-Allow-Origin", origin,
			"Access-Control-Allow-Methods", method, "Access-Control-Allow-Headers", "authorization, traceparent", "Access-Control-Max-Age", "600")
		got := ask(func(map[string]any) {})
		if diff := cmp.Diff(want, got.Headers); diff != "" || got.StatusCode != 204 || got.Body != "" {
			t.Errorf("%s: got %d %s, headers (-want +got):\n%s", path, got.StatusCode, got.Body, diff)
		}
		for name, values := range map[string][]string{"foreign": {"https://evil.example"}, "null": {"null"}, "none": nil} {
			got := ask(func(e map[string]any) { setHeader(e, "origin", values...) })
			for header := range got.Headers {
				if strings.HasPrefix(header, "Access-Control") {
					t.Errorf("%s/%s: got header %s, want none", path, name, header)
				}
			}
			if got.StatusCode != 403 || !strings.Contains(got.Body, "origin_not_allowed") {
				t.Errorf("%s/%s: got %+v, want 403", path, name, got)
			}
		}
	}
}

// An unknown path is answered with 404, as API Gateway does. The log does not have the path
// of the client.
func TestHTTPNotFound(t *testing.T) {
	for _, request := range [][2]string{
		{"GET", "/tickets"},
		{"POST", "/tickets/"},
		{"POST", "/Tickets"},
		{"DELETE", "/tickets"},
		{"POST", "/connections"},
		{"post", "/tickets"},
		{"GET", "/"},
		{"POST", "//tickets"},
		{"POST", "/tickets?x"},
		{"POST", "/CANARY"},
	} {
		w := newFixture()
		got := w.request(t, readEvent(t, "http_ticket", func(e map[string]any) {
			h := object(object(e, "requestContext"), "http")
			h["method"], h["path"] = request[0], request[1]
		}))
		if got.StatusCode != http.StatusNotFound || strings.Contains(w.log.String(), "CANARY") {
			t.Errorf("%v: got %+v, want 404; log %s", request, got, w.log.String())
		}
		w.logged(t, map[string]any{"route": "unknown", "outcome": "refused"})
	}
}

// A request to the HTTP API is not a message, even if its body looks like one.
func TestHTTPIsNoRoute(t *testing.T) {
	w := newFixture()
	got := w.request(t, readEvent(t, "http_ticket", func(e map[string]any) {
		object(e, "requestContext")["routeKey"] = "$connect"
		e["body"] = `{"action":"whoami"}`
	}))
	if got.StatusCode != 201 || len(w.table.rows) != 0 {
		t.Errorf("got %+v, want a ticket", got)
	}
}
