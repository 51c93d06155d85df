package gateway

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestUpgradeRequired checks the header of a 426, by which a client finds the protocol.
func TestUpgradeRequired(t *testing.T) {
	got := serve(t, config(nil)).http(t, http.MethodGet, "/dev", nil, nil)
	if got.status != http.StatusUpgradeRequired || got.header.Get("Upgrade") != "websocket" {
		t.Errorf("got %v, want 426 with Upgrade: websocket", got)
	}
}

// TestClientLeavesDuringConnect checks that $disconnect runs after a successful $connect, even
// if the client is gone.
func TestClientLeavesDuringConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disconnect := &function{}
		s := serve(t, config(map[string]Route{routeConnect: oneWay(sleeping(5*time.Second, `{"statusCode":200}`)), routeDisconnect: oneWay(disconnect)}))
		conn := s.dial(t)
		_, _ = conn.Write([]byte(rawHandshake + "\r\n"))
		_ = conn.Close()
		time.Sleep(6 * time.Second)
		checkDisconnect(t, disconnect, 1006, "")
	})
}
