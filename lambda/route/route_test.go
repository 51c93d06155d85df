package route_test

import (
	"encoding/json"
	"testing"

	"sallyport/lambda/route"
)

func TestAll(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range route.All() {
		if seen[r.Key] {
			t.Errorf("route %s is there twice", r.Key)
		}
		seen[r.Key] = true
		if r.Mock != "" && (!r.Replies || !json.Valid([]byte(r.Mock))) {
			t.Errorf("route %s: got mock %s, replies %v, want JSON that reaches the client", r.Key, r.Mock, r.Replies)
		}
		if !r.Replies && r.Key != route.Connect && r.Key != route.Disconnect {
			t.Errorf("route %s is one-way: the client would not receive refusals", r.Key)
		}
		if (r.Key == route.Connect || r.Key == route.Disconnect) && r.Replies {
			t.Errorf("route %s replies: nobody is there to hear it", r.Key)
		}
	}
	for _, key := range []string{route.Connect, route.Disconnect, route.Default} {
		if !seen[key] {
			t.Errorf("route %s is missing", key)
		}
	}
}
