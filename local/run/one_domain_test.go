package run

import (
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// TestOneDomain runs the plan of -one-domain: page, socket and HTTP API have one address, and
// their own addresses refuse clients. The function still posts to @connections directly.
func TestOneDomain(t *testing.T) {
	sys := started(t, withPlan("local/one-domain.json"))
	site, direct, token := sys.stack.Output("siteUrl"), sys.stack.Output("connectionsUrl"), tokenFor(t, sys, "alice")
	if socket, http := sys.stack.Output("websocketUrl"), sys.stack.Output("httpUrl"); socket != strings.Replace(site, "http", "ws", 1)+"/live" || http != site {
		t.Errorf("got the socket %s and the HTTP API %s, want both at %s", socket, http, site)
	}
	if page := fetch(t, site); !strings.Contains(page, "<html") {
		t.Errorf("page: got %s", page)
	}
	status, text := callHTTP(t, sys, http.MethodPost, "/tickets", token)
	_, ticket, _ := strings.Cut(text, `"ticket":"`)
	ticket, _, _ = strings.Cut(ticket, `"`)
	c, refusal := connect(t, sys, "ticket."+ticket)
	if c == nil {
		t.Fatalf("got the ticket %d %s, and the refusal %d, want a connection", status, text, refusal)
	}
	answer, err := sys.function.Invoke(t.Context(), []byte(`{"push":{"target":{"user":"alice"},"message":{"n":1}}}`))
	if want := `{"sent":1,"gone":0,"failed":0}`; err != nil || string(answer) != want {
		t.Fatalf("push: got %s, error %v, want %s", answer, err, want)
	}
	if _, text, err := c.Read(t.Context()); err != nil || string(text) != `{"n":1}` {
		t.Errorf("got the message %s, error %v, want the pushed one", text, err)
	}

	_, resp, err := websocket.Dial(t.Context(), direct, &websocket.DialOptions{ //nolint:bodyclose // Dial closes it
		Subprotocols: []string{"sallyport.v1", "bearer." + token}, HTTPHeader: http.Header{"Origin": {site}},
	})
	if resp == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("own address of the socket: got %v, error %v, want 403", resp, err)
	}
	sys.stack.Outputs["httpUrl"] = sys.directHTTP // callHTTP uses it
	if status, text := callHTTP(t, sys, http.MethodPost, "/tickets", token); status != http.StatusForbidden || !strings.Contains(text, "not_through_site") {
		t.Errorf("own address of the HTTP API: got %d %s, want 403 not_through_site", status, text)
	}
}
