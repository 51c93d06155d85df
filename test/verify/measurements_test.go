package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sallyport/test/support"
)

// The measurement of pings ends with the connection, or after its time.
func TestOnlyPings(t *testing.T) {
	for name, test := range map[string]struct {
		answers bool // the server answers pings
		end     func(c *websocket.Conn) error
		d       time.Duration
		want    string
	}{
		"closed":    {true, func(c *websocket.Conn) error { return c.Close(websocket.StatusGoingAway, "Going away") }, time.Hour, "close 1001 Going away after "},
		"no answer": {false, func(c *websocket.Conn) error { return c.Close(websocket.StatusGoingAway, "") }, time.Hour, "close 1001 after "},
		"lost":      {true, (*websocket.Conn).CloseNow, time.Hour, " after "},
		"open":      {true, nil, 20 * time.Millisecond, "open after 20ms"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				pings := make(chan struct{}, 2) // the test ends the connection at the second one
				c, err := websocket.Accept(w, r, &websocket.AcceptOptions{OnPingReceived: func(context.Context, []byte) bool {
					select {
					case pings <- struct{}{}:
					default:
					}
					return test.answers
				}})
				if err != nil {
					return
				}
				ended := c.CloseRead(context.WithoutCancel(r.Context())).Done()
				for range 2 {
					select {
					case <-pings:
					case <-ended:
					}
				}
				if test.end != nil {
					_ = test.end(c)
				}
				<-ended
			}))
			t.Cleanup(server.Close)
			conn, _, err := websocket.Dial(t.Context(), server.URL, nil) //nolint:bodyclose // Dial: the caller does not close it
			if err != nil {
				t.Fatal(err)
			}
			v := &verifier{options: options{timeout: support.HangLimit}}
			got, err := onlyPings(time.Millisecond, test.d)(t.Context(), v, &socket{v: v, conn: conn})
			if err != nil || !strings.Contains(got, test.want) {
				t.Errorf("got %q, error %v, want %q", got, err, test.want)
			}
			_ = conn.CloseNow()
		})
	}
}
