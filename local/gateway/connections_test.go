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
			t.Errorf("got %+v before the first connect, want none", got)
		}
		started := time.Now()
		first := s.connect(t, nil)
		time.Sleep(time.Minute)
		s.connect(t, nil)
		writeText(t, first, "hello")
		readText(t, first)
		synctest.Wait()

		got := s.Connections()
		if len(got) != 2 {
			t.Fatalf("got %d connections, want 2", len(got))
		}
		if got[0].ID == got[1].ID || s.connection(got[0].ID) == nil {
			t.Errorf("got the ids %s and %s, want two known ids", got[0].ID, got[1].ID)
		}
		got[0].ID, got[0].UserAgent = "", ""
		want := Connection{
			ConnectedAt: started, LastActiveAt: started.Add(time.Minute), SourceIP: "203.0.113.7",
			Received: 1, Sent: 1, Authorizer: []byte(`{"principalId":"ann"}`),
		}
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Errorf("the first connection (-want +got):\n%s", diff)
		}
	})
}

func TestExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disconnect := &function{}
		s := serve(t, config(map[string]Route{routeDisconnect: oneWay(disconnect)}))
		_, ended := connectReading(t, s)
		id := s.ids()[0]
		if s.Expire("WhHAe-TROkECC5w=") {
			t.Error("Expire of an unknown connection: got true, want false")
		}
		if !s.Expire(id) {
			t.Error("Expire of an open connection: got false, want true")
		}
		if got := ended().Code; got != websocket.StatusGoingAway {
			t.Errorf("the client got %d, want 1001", got)
		}
		if s.Expire(id) {
			t.Error("second Expire: got true, want false")
		}
		checkDisconnect(t, disconnect, 1001, "Going away")
	})
}
