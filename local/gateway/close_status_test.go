package gateway

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// connectReading returns a client that reads, and a function that waits for the end of the
// connection and returns its close status.
func connectReading(t *testing.T, s *server) (*websocket.Conn, func() websocket.CloseError) {
	t.Helper()
	c := s.connect(t, nil)
	ended := make(chan error, 1)
	go func() {
		for {
			if _, _, err := c.Read(context.Background()); err != nil {
				ended <- err
				return
			}
		}
	}()
	return c, func() websocket.CloseError {
		var e websocket.CloseError
		if err := <-ended; err != nil {
			e.Code = websocket.CloseStatus(err)
			_, e.Reason, _ = strings.Cut(err.Error(), "reason = ")
		}
		return e
	}
}

// TestIdleSinceLastMessage checks that the idle time begins again with each message.
func TestIdleSinceLastMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, config(map[string]Route{routeDefault: oneWay(&function{})}))
		started := time.Now()
		c, ended := connectReading(t, s)
		for range 2 {
			time.Sleep(9*time.Minute + 30*time.Second)
			writeText(t, c, "x")
		}
		if e := ended(); e.Code != 1001 {
			t.Errorf("got %v, want 1001", e)
		}
		if took := time.Since(started); took != 29*time.Minute {
			t.Errorf("the connection ended after %v, want 29m", took)
		}
	})
}

// TestCloseUnanswered checks that the gateway does not wait long for the close frame of a client.
func TestCloseUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disconnect := &function{}
		s := serve(t, config(map[string]Route{routeDisconnect: oneWay(disconnect)}))
		s.rawConnect(t) // does not read
		time.Sleep(10*time.Minute + 20*time.Second)
		checkDisconnect(t, disconnect, 1001, "Going away")
	})
}

// TestDisconnectAfterSocket checks that $disconnect runs after the socket is closed, even if the
// client breaks a rule meanwhile.
func TestDisconnectAfterSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disconnect := &function{}
		s := serve(t, config(map[string]Route{routeDisconnect: oneWay(disconnect)}))
		c := s.rawConnect(t)
		synctest.Wait() // the gateway reads the connection
		s.call(t, "DELETE", "/dev/@connections/"+s.ids()[0], nil)
		c.readClose()
		c.write(frame(final|opBinary, nil)) // ends the reads, not the connection
		synctest.Wait()
		if n := len(disconnect.events()); n != 0 {
			t.Errorf("got %d calls of $disconnect while the connection was open, want none", n)
		}
		time.Sleep(2 * closeWait)
		checkDisconnect(t, disconnect, 1000, "Connection Closed Normally")
	})
}

// TestClientDoesNotRead checks that such a client is dropped, and does not delay other clients.
func TestClientDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disconnect := &function{}
		s := serve(t, config(map[string]Route{routeDefault: twoWay(echoing()), routeDisconnect: oneWay(disconnect)}))
		stuck := s.rawConnect(t)
		for range 3 {
			stuck.write(frame(textEnd, []byte("x")))
		}
		time.Sleep(11 * time.Second)
		checkDisconnect(t, disconnect, 1006, "")
		c := s.connect(t, nil)
		writeText(t, c, "hello")
		if got := readText(t, c); got != "hello" {
			t.Errorf("got %q from the other connection, want hello", got)
		}
	})
}

// TestClose checks that Close sends close frames, runs $disconnect, and waits for functions.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disconnect, slow := &function{}, sleeping(3*time.Second, `{"statusCode":200}`)
		s := serve(t, config(map[string]Route{routeDefault: oneWay(slow), routeDisconnect: oneWay(disconnect)}))
		c, ended := connectReading(t, s)
		writeText(t, c, "x")
		synctest.Wait()
		started := time.Now()
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if took := time.Since(started); took != 3*time.Second {
			t.Errorf("Close took %v, want 3s like the function", took)
		}
		if e := ended(); e.Code != 1001 {
			t.Errorf("got %v, want 1001", e)
		}
		checkDisconnect(t, disconnect, 1001, "Going away")
		if got := s.http(t, "GET", "/dev", nil, nil); got.status != 503 {
			t.Errorf("after Close got %v, want 503", got)
		}
	})
}

// TestCloseDeadline checks that Close ends the context of functions when its own context ends.
func TestCloseDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := &function{answer: func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		s := serve(t, config(map[string]Route{routeDefault: oneWay(stuck)}))
		c, _ := connectReading(t, s)
		writeText(t, c, "x")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Close(ctx); err == nil || !strings.Contains(err.Error(), "deadline") {
			t.Errorf("Close: got %v, want the deadline", err)
		}
	})
}
