package route_test

import (
	"context"
	"strings"
	"testing"

	"sallyport/lambda/identity"
	"sallyport/lambda/route"
)

var (
	alice   = identity.User{Issuer: "https://sign-in.example", Subject: "1", Name: "alice"}
	shouted = route.Event[string]("shouted", "a message of the same user")
)

// recorder is the backend that docs/routes.md shows.
type recorder struct {
	route.Backend // nil: the route calls Send only
	to            route.Target
	text          string
}

func (r *recorder) Send(_ context.Context, to route.Target, text []byte) (route.Sent, error) {
	r.to, r.text = to, string(text)
	return route.Sent{Sent: 1}, nil
}

func TestCallerSends(t *testing.T) {
	var got recorder
	sent, err := route.NewCaller("connection", alice, nil, &got).ToUser(t.Context(), alice, shouted.With("hello"))
	want := recorder{to: route.Target{UserID: alice.ID()}, text: `{"type":"shouted","data":"hello"}`}
	if err != nil || sent.Sent != 1 || got != want {
		t.Errorf("got %+v, %+v, error %v, want %+v", got, sent, err, want)
	}
}

// The test of a route fails with an error, not with a panic, if the route needs a backend.
func TestCallerWithoutBackend(t *testing.T) {
	caller := route.NewCaller("connection", alice, nil, nil)
	_, sending := caller.ToAll(t.Context(), shouted.With("hello"))
	_, reading := caller.AuthorizedUntil(t.Context())
	publishing := caller.Publish(t.Context(), "chat:1", 1)
	for _, err := range []error{sending, reading, publishing} {
		if err == nil || !strings.Contains(err.Error(), "a test of this route must pass one to NewCaller") {
			t.Errorf("got error %v, want one that names the remedy", err)
		}
	}
}
