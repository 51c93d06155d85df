package faults

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

// publication is a publication as a subscriber receives it.
type publication struct {
	offset uint64
	data   string
}

// subscriber is a client that keeps all publications that it receives from one channel.
type subscriber struct {
	client *centrifuge.Client
	sub    *centrifuge.Subscription

	mu       sync.Mutex // guards the fields below
	conn     net.Conn   // the newest connection
	received []publication
	joined   int           // the number of subscriptions
	partial  int           // the number of incomplete recoveries
	changed  chan struct{} // closed when a field changes
}

// subscribe returns a subscriber that has subscribed.
func (s *system) subscribe(t *testing.T, user, channel string) *subscriber {
	t.Helper()
	c := &subscriber{changed: make(chan struct{})}
	c.client = centrifuge.NewJsonClient(s.WebSocketURL, centrifuge.Config{
		Header: http.Header{"Sec-WebSocket-Protocol": {"centrifuge-json, bearer." + s.token(t, user)}},
		// This is the timeout of the function, so a later answer never arrives.
		ReadTimeout:  10 * time.Second,
		WriteTimeout: hangLimit, HandshakeTimeout: hangLimit,
		MinReconnectDelay: 50 * time.Millisecond, MaxReconnectDelay: time.Second,
		NetDialContext: c.dial,
	})
	t.Cleanup(c.client.Close)
	sub, err := c.client.NewSubscription(channel, centrifuge.SubscriptionConfig{
		MinResubscribeDelay: 50 * time.Millisecond, MaxResubscribeDelay: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.sub = sub
	sub.OnPublication(func(e centrifuge.PublicationEvent) {
		c.change(func() { c.received = append(c.received, publication{e.Offset, string(e.Data)}) })
	})
	sub.OnSubscribed(func(e centrifuge.SubscribedEvent) {
		c.change(func() {
			c.joined++
			if e.WasRecovering && !e.Recovered {
				c.partial++
			}
		})
	})
	if err := c.client.Connect(); err != nil {
		t.Fatal(err)
	}
	if err := sub.Subscribe(); err != nil {
		t.Fatal(err)
	}
	c.await(t, "the subscription", func() bool { return c.joined > 0 })
	return c
}

// change changes fields, and wakes the waiting calls of await.
func (c *subscriber) change(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
	close(c.changed)
	c.changed = make(chan struct{})
}

// await waits until a condition on the fields is true.
func (c *subscriber) await(t *testing.T, event string, condition func() bool) {
	t.Helper()
	timeout := time.After(hangLimit)
	for {
		c.mu.Lock()
		done, changed := condition(), c.changed
		c.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			c.mu.Lock()
			defer c.mu.Unlock()
			t.Fatalf("%s did not arrive: subscribed %d times, client %s, subscription %s, received %v", event, c.joined, c.client.State(), c.sub.State(), c.received)
		}
	}
}

// gap returns the first offset that arrived before its predecessor, or 0 if there is none.
// c.mu must be locked.
func (c *subscriber) gap() uint64 {
	top := uint64(0)
	for _, p := range c.received {
		if p.offset > top+1 {
			return p.offset
		}
		top = max(top, p.offset)
	}
	return 0
}

// drop closes the network connection without a close frame, as a failure of the network does.
func (c *subscriber) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.conn.Close() // it may be closed already
}

func (c *subscriber) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn = &line{conn}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	return conn, nil
}

// line is a network connection that closes itself when API Gateway reports that a command was
// lost. Otherwise the client would wait for its timeout.
type line struct{ net.Conn }

func (l *line) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if bytes.Contains(p[:n], lostCommand) {
		_ = l.Close()
	}
	return n, err
}

// lostCommand is a part of the frame that API Gateway sends after the event of a message failed.
var lostCommand = []byte(`"Internal server error"`)
