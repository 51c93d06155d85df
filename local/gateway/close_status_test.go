package gateway

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// TestClientCloses has the ways in which a client ends a connection
// (api-gateway.md 3.4).
func TestClientCloses(t *testing.T) {
	tests := []struct {
		name   string
		bytes  []byte // nil: the network connection is cut
		code   int
		reason string
	}{
		{"withoutCode", frame(0x88, nil), 1005, "Client-side close frame status not set"},
		{"tabClosed", closeFrame(1001, ""), 1001, ""},
		{"own", closeFrame(4999, "see you"), 4999, "see you"},
		{"normal", closeFrame(1000, "done"), 1000, "done"},
		{"invalidCode", closeFrame(1006, ""), 1002, "Invalid close frame."},
		{"halfACode", frame(0x88, []byte{3}), 1002, "Invalid close frame."},
		{"networkLost", nil, 1006, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bye := &fake{}
				s := serve(t, config(map[string]Route{routeDisconnect: oneWay(bye)}))
				c := s.rawConnect(t)
				if test.bytes == nil {
					_ = c.conn.Close()
				} else {
					c.write(test.bytes)
					c.read()
					_ = c.conn.Close()
				}
				checkDisconnect(t, bye, test.code, test.reason)
				if len(s.ids()) != 0 {
					t.Error("the connection is still known")
				}
			})
		})
	}
}

// connectTalking returns a client that reads, and how its connection ended.
func connectTalking(t *testing.T, s *server) (*websocket.Conn, func() websocket.CloseError) {
	t.Helper()
	c := s.mustConnect(t)
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

func TestIdleTimeout(t *testing.T) {
	tests := []struct {
		name string
		keep func(t *testing.T, s *server, c *websocket.Conn) // called every 9.5 minutes, twice
		want time.Duration
	}{
		{"silent", func(*testing.T, *server, *websocket.Conn) {}, 10 * time.Minute},
		{"sending", func(t *testing.T, _ *server, c *websocket.Conn) { t.Helper(); writeText(t, c, "x") }, 29 * time.Minute},
		{"pushed", func(t *testing.T, s *server, _ *websocket.Conn) {
			t.Helper()
			if got := s.call(t, "POST", "/dev/@connections/"+s.ids()[0], []byte("x")); got.status != 200 {
				t.Errorf("push: got %v", got)
			}
		}, 29 * time.Minute},
		{"pinging", func(t *testing.T, _ *server, c *websocket.Conn) {
			t.Helper()
			if err := c.Ping(t.Context()); err != nil {
				t.Errorf("ping: %v", err)
			}
		}, 10 * time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bye := &fake{}
				s := serve(t, config(map[string]Route{routeDefault: oneWay(&fake{}), routeDisconnect: oneWay(bye)}))
				started := time.Now()
				c, ended := connectTalking(t, s)
				for range 2 {
					time.Sleep(9*time.Minute + 30*time.Second)
					if len(s.ids()) > 0 {
						test.keep(t, s, c)
					}
				}
				if e := ended(); e.Code != 1001 || e.Reason != `"Going away"` {
					t.Errorf("got %v, want 1001 Going away", e)
				}
				checkDisconnect(t, bye, 1001, "Going away")
				at, _ := time.Parse("02/Jan/2006:15:04:05 -0700", contextOf(t, bye.calls()[0])["requestTime"].(string))
				if took := at.Sub(started); took != test.want {
					t.Errorf("the connection lasted %v, want %v", took, test.want)
				}
			})
		})
	}
}

func TestMaximumDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bye := &fake{}
		s := serve(t, config(map[string]Route{routeDefault: oneWay(&fake{}), routeDisconnect: oneWay(bye)}))
		c, ended := connectTalking(t, s)
		started := time.Now()
		go func() {
			for c.Write(context.Background(), websocket.MessageText, []byte("busy")) == nil {
				time.Sleep(time.Minute)
			}
		}()
		if e := ended(); e.Code != 1001 {
			t.Errorf("got %v, want 1001", e)
		}
		if took := time.Since(started); took != 2*time.Hour {
			t.Errorf("the connection lasted %v, want 2h", took)
		}
		checkDisconnect(t, bye, 1001, "Going away")
		time.Sleep(time.Hour)
		if n := len(bye.calls()); n != 1 {
			t.Errorf("got %d calls of $disconnect, want 1", n)
		}
	})
}

// A client that does not answer the close frame does not hold the gateway up.
func TestCloseUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bye := &fake{}
		s := serve(t, config(map[string]Route{routeDisconnect: oneWay(bye)}))
		s.rawConnect(t) // never reads again
		time.Sleep(10*time.Minute + 20*time.Second)
		checkDisconnect(t, bye, 1001, "Going away")
	})
}

// $disconnect waits until the socket is closed, whatever the client does.
func TestDisconnectComesLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bye := &fake{}
		s := serve(t, config(map[string]Route{routeDisconnect: oneWay(bye)}))
		c := s.rawConnect(t)
		s.call(t, "DELETE", "/dev/@connections/"+s.ids()[0], nil)
		c.readClose()
		c.write(frame(final|opBinary, nil)) // ends the reading, not the connection
		synctest.Wait()
		if n := len(bye.calls()); n != 0 {
			t.Error("$disconnect ran while the connection was open")
		}
		time.Sleep(2 * closeWait)
		checkDisconnect(t, bye, 1000, "Connection Closed Normally")
	})
}

// A client that does not read is dropped, and holds up nobody else.
func TestNeverReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bye := &fake{}
		s := serve(t, config(map[string]Route{routeDefault: twoWay(echoing()), routeDisconnect: oneWay(bye)}))
		stuck := s.rawConnect(t)
		for range 3 {
			stuck.write(frame(textEnd, []byte("x")))
		}
		time.Sleep(11 * time.Second)
		checkDisconnect(t, bye, 1006, "")
		c := s.mustConnect(t)
		writeText(t, c, "hello")
		if got := readText(t, c); got != "hello" {
			t.Errorf("got %q from the other connection", got)
		}
	})
}

// Close says goodbye to all, runs $disconnect, and lets messages finish.
func TestGatewayCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bye, slow := &fake{}, sleeping(3*time.Second, `{"statusCode":200}`)
		s := serve(t, config(map[string]Route{routeDefault: oneWay(slow), routeDisconnect: oneWay(bye)}))
		c, ended := connectTalking(t, s)
		writeText(t, c, "x")
		synctest.Wait()
		started := time.Now()
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if took := time.Since(started); took != 3*time.Second {
			t.Errorf("Close took %v, want as long as the function, 3s", took)
		}
		if e := ended(); e.Code != 1001 {
			t.Errorf("got %v, want 1001", e)
		}
		checkDisconnect(t, bye, 1001, "Going away")
		if got := s.http(t, "GET", "/dev", nil, nil); got.status != 503 {
			t.Errorf("after Close got %v, want 503", got)
		}
	})
}

// When its time is up, Close tells the functions to stop.
func TestGatewayCloseGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := &fake{answer: func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		s := serve(t, config(map[string]Route{routeDefault: oneWay(stuck)}))
		c, _ := connectTalking(t, s)
		writeText(t, c, "x")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Close(ctx); err == nil || !strings.Contains(err.Error(), "deadline") {
			t.Errorf("Close: got %v, want the deadline", err)
		}
	})
}
