package handler_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sallyport/lambda/errcode"
	"sallyport/lambda/event"
	"sallyport/lambda/handler"
	"sallyport/lambda/originsecret"
	"sallyport/lambda/route"
)

// accepted returns the set of secrets.
func accepted(secrets ...string) originsecret.Set {
	set, err := originsecret.Parse(originsecret.Sums(secrets))
	if err != nil {
		panic(err)
	}
	return set
}

// withSecret returns an edit that adds the header of CloudFront with each secret.
func withSecret(secrets ...string) func(map[string]any) {
	return func(e map[string]any) { setFromCloudFront(e, "X-Origin-Secret", secrets...) }
}

// setFromCloudFront sets a header. In an event of the HTTP API, its name is in lower case, and
// commas join several values.
func setFromCloudFront(e map[string]any, name string, values ...string) {
	if _, ok := e["multiValueHeaders"]; !ok && len(values) > 0 {
		name, values = strings.ToLower(name), []string{strings.Join(values, ",")}
	}
	setHeader(e, name, values...)
}

// directly returns a fixture that accepts requests through the site only.
func directly() *fixture {
	w := newFixture()
	w.config.OriginSecrets = accepted("old", "new")
	return w
}

var wrongSecrets = map[string][]string{
	"none": nil, "empty": {""}, "other": {"other"}, "both": {"old", "new"}, "correctAndWrong": {"old", "other"}, "joined": {"old, new"},
	"sum": {originsecret.Sums([]string{"old"})},
}

func TestHandshakeMustComeThroughTheSite(t *testing.T) {
	for name, secrets := range wrongSecrets {
		t.Run(name, func(t *testing.T) {
			w := directly()
			if got := w.refusalOf(t, readEvent(t, "authorizer", withSecret(secrets...))); got != string(errcode.NotThroughSite) {
				t.Errorf("got code %q, want %s", got, errcode.NotThroughSite)
			}
			w.logged(t, map[string]any{"outcome": "denied", "code": "not_through_site", "user": nil, "address": nil})
		})
	}
	for _, secret := range []string{"old", "new"} {
		if got := directly().refusalOf(t, readEvent(t, "authorizer", withSecret(secret))); got != "" {
			t.Errorf("secret %s: got code %s, want none", secret, got)
		}
	}
}

// Every endpoint and every unknown path answers 403. No credential is checked, nothing is done.
func TestRequestsMustComeThroughTheSite(t *testing.T) {
	endpoints := append(route.Endpoints(true), route.Endpoint{Method: "GET", Path: "/unknown"})
	for _, e := range endpoints {
		for name, secrets := range wrongSecrets {
			t.Run(e.Key()+"/"+name, func(t *testing.T) {
				w := directly().open("alice", connectionID)
				w.verify = nil // a call would panic
				got := w.request(t, readEvent(t, "http_ticket", to(e, withSecret(secrets...))))
				if got.StatusCode != http.StatusForbidden || !strings.Contains(got.Body, `"code":"not_through_site"`) || got.Headers["Access-Control-Allow-Origin"] != "" {
					t.Errorf("got %+v, want 403 with the code", got)
				}
				if len(w.table.tickets) != 0 || len(w.table.rows) != 1 {
					t.Errorf("got %d tickets, %d connections, want no change", len(w.table.tickets), len(w.table.rows))
				}
			})
		}
		t.Run(e.Key()+"/correct", func(t *testing.T) {
			got := directly().request(t, readEvent(t, "http_ticket", to(e, withSecret("new"))))
			if strings.Contains(got.Body, "not_through_site") {
				t.Errorf("got %+v, want the answer of the endpoint", got)
			}
		})
	}
}

// to returns an edit that sends a request to an endpoint.
func to(e route.Endpoint, edit func(map[string]any)) func(map[string]any) {
	return func(event map[string]any) {
		at := object(object(event, "requestContext"), "http")
		at["method"], at["path"] = e.Method, e.Path
		edit(event)
	}
}

// Events that no client causes directly need no secret.
func TestOtherEventsNeedNoSecret(t *testing.T) {
	for _, name := range []string{"connect", "message", "disconnect", "push_all", "schedule"} {
		w := directly().open("alice", connectionID)
		_, err := w.invoke(t.Context(), readEvent(t, name, nil))
		if err != nil || strings.Contains(w.log.String(), "not_through_site") {
			t.Errorf("%s: got error %v, log %s, want no refusal", name, err, w.log.String())
		}
	}
}

// A kind of event that is added later needs the secret unless it is declared not to.
func TestUnknownKindsNeedTheSecret(t *testing.T) {
	for kind, want := range map[event.Kind]bool{
		event.Authorizer: true, event.HTTP: true, "new": true,
		event.Route: false, event.Schedule: false, event.Queue: false, event.Push: false, event.Disconnect: false,
	} {
		if got := handler.FromOutside(kind); got != want {
			t.Errorf("%s: got %v, want %v", kind, got, want)
		}
	}
}

// Without the setting, the header has no meaning.
func TestSecretsAreOptional(t *testing.T) {
	w := newFixture()
	w.config.LogAddress = true
	edit := func(e map[string]any) {
		withSecret("anything")(e)
		setHeader(e, "CloudFront-Viewer-Address", "192.0.2.1:1")
	}
	if got := w.refusalOf(t, readEvent(t, "authorizer", edit)); got != "" {
		t.Errorf("got code %s, want none", got)
	}
	w.logged(t, map[string]any{"outcome": "allowed", "address": nil})
}

// The log has the client's address only beside a correct secret, and never the secret.
func TestAddressOfTheClient(t *testing.T) {
	tests := []struct {
		secret string
		header []string
		want   any
	}{
		{"old", []string{"198.51.100.10:46532"}, "198.51.100.10"},
		{"old", []string{"2001:db8::a:46532"}, "2001:db8::a"},
		{"old", []string{"2001:db8:0:0:0:0:0:a:46532"}, "2001:db8::a"},
		{"old", []string{"[2001:db8::a]:46532"}, "2001:db8::a"},
		{"other", []string{"198.51.100.10:46532"}, nil},
		{"old", []string{"198.51.100.10"}, nil},
		{"old", []string{"198.51.100.10:1", "192.0.2.1:1"}, nil},
		{"old", []string{"fe80::1%eth0:46532"}, nil},
		{"old", []string{"localhost:46532"}, nil},
		{"old", []string{""}, nil},
		{"old", nil, nil},
	}
	for _, test := range tests {
		for name, logAddress := range map[string]bool{"authorizer": true, "http_ticket": true, "authorizer_ticket": false} {
			t.Run(fmt.Sprint(name, test.secret, test.header), func(t *testing.T) {
				w := directly()
				w.config.LogAddress = logAddress
				_, _ = w.invoke(t.Context(), readEvent(t, name, func(e map[string]any) {
					withSecret(test.secret)(e)
					setFromCloudFront(e, "CloudFront-Viewer-Address", test.header...)
				}))
				want := test.want
				if !logAddress {
					want = nil
				}
				w.logged(t, map[string]any{"address": want})
				if bytes.Contains(w.log.Bytes(), []byte("X-Origin-Secret: ")) || strings.Contains(w.log.String(), `"`+test.secret+`"`) {
					t.Errorf("got log %s, want no secret in it", w.log.String())
				}
			})
		}
	}
}
