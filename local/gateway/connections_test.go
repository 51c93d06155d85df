package gateway

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

func TestConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(map[string]Route{routeDefault: twoWay(echoing())})
		c.Authorizer = &Authorizer{Invoker: answering(allowAll)}
		s := serve(t, c)
		if got := s.Connections(); len(got) != 0 {
			t.Errorf("got %+v before anybody connected", got)
		}
		began := time.Now()
		first := s.mustConnect(t)
		time.Sleep(time.Minute)
		s.mustConnect(t)
		writeText(t, first, "hello")
		readText(t, first)
		synctest.Wait()

		got := s.Connections()
		if len(got) != 2 {
			t.Fatalf("got %d connections, want 2", len(got))
		}
		if got[0].ID == got[1].ID || s.connection(got[0].ID) == nil {
			t.Errorf("got the ids %s and %s", got[0].ID, got[1].ID)
		}
		got[0].ID, got[0].UserAgent = "", ""
		want := Connection{
			ConnectedAt: began, LastActiveAt: began.Add(time.Minute), SourceIP: "203.0.113.7",
			Received: 1, Sent: 1, Authorizer: []byte(`{"principalId":"ann"}`),
		}
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Errorf("the first connection (-want +got):\n%s", diff)
		}
	})
}

func TestExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bye := &fake{}
		s := serve(t, config(map[string]Route{routeDisconnect: oneWay(bye)}))
		_, ended := connectTalking(t, s)
		id := s.ids()[0]
		if s.Expire("WhHAe-TROkECC5w=") {
			t.Error("expired a connection that is not there")
		}
		if !s.Expire(id) {
			t.Error("there was nothing to expire")
		}
		if got := ended().Code; got != websocket.StatusGoingAway {
			t.Errorf("the client was told %d, want 1001", got)
		}
		if s.Expire(id) {
			t.Error("expired it twice")
		}
		checkDisconnect(t, bye, 1001, "Going away")
	})
}
