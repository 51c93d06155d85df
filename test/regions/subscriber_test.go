package regions

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

// subscriber is an unmodified client of Centrifugo with a list of regions. It
// counts the publications that it receives from one channel.
type subscriber struct {
	t       *testing.T
	user    string
	regions []*localRegion // in the order of preference
	client  *centrifuge.Client
	sub     *centrifuge.Subscription

	mu                   sync.Mutex // guards the fields below
	current              int        // the index of the region of the newest attempt
	trying               bool       // an attempt has started and not ended
	failures             int        // failed attempts in a row in this region
	got                  map[string]int
	subscriptions        int           // the number of subscriptions
	incompleteRecoveries int           // number of recoveries that the server reported as incomplete
	historyReads         int           // number of times that the history was read after one
	ready                time.Time     // when the last of these reads ended
	changed              chan struct{} // closed when a field changes
}

// subscribe returns a client that has subscribed in its first region.
func subscribe(t *testing.T, user, channel string, regions ...*localRegion) *subscriber {
	t.Helper()
	s := &subscriber{t: t, user: user, regions: regions, got: map[string]int{}, changed: make(chan struct{})}
	s.client = centrifuge.NewJsonClient(regions[0].WebSocketURL, centrifuge.Config{
		Proxy: s.choose, ReadTimeout: hangLimit, WriteTimeout: hangLimit, HandshakeTimeout: hangLimit,
		MinReconnectDelay: 50 * time.Millisecond, MaxReconnectDelay: time.Second,
	})
	t.Cleanup(s.client.Close)
	s.client.OnConnected(func(centrifuge.ConnectedEvent) { s.change(func() { s.trying, s.failures = false, 0 }) })
	sub, err := s.client.NewSubscription(channel, centrifuge.SubscriptionConfig{
		MinResubscribeDelay: 50 * time.Millisecond, MaxResubscribeDelay: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.sub = sub
	sub.OnPublication(func(e centrifuge.PublicationEvent) { s.change(func() { s.got[string(e.Data)]++ }) })
	sub.OnSubscribed(func(e centrifuge.SubscribedEvent) {
		s.change(func() { s.subscriptions++ })
		if e.WasRecovering && !e.Recovered {
			s.change(func() { s.incompleteRecoveries++ })
			go s.readHistory()
		}
	})
	if err := s.client.Connect(); err != nil {
		t.Fatal(err)
	}
	if err := sub.Subscribe(); err != nil {
		t.Fatal(err)
	}
	return s
}

// choose sends the handshake to the current region, or to the next region after two failed
// attempts. The client calls it before each handshake. The dialer then uses the address and the
// headers of r.
func (s *subscriber) choose(r *http.Request) (*url.URL, error) {
	s.mu.Lock()
	if s.trying {
		s.failures++
	}
	if s.failures == 2 {
		s.current, s.failures = (s.current+1)%len(s.regions), 0
	}
	s.trying = true
	p := s.regions[s.current]
	s.mu.Unlock()
	credential, err := p.credential(r.Context(), s.user)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(p.WebSocketURL)
	if err != nil {
		return nil, err
	}
	r.URL.Host, r.URL.Path, r.Host = u.Host, u.Path, u.Host
	r.Header.Set("Sec-WebSocket-Protocol", "centrifuge-json, "+credential)
	return http.ProxyFromEnvironment(r)
}

// readHistory reads the history of the channel in the current region.
func (s *subscriber) readHistory() {
	result, err := s.sub.History(s.t.Context(), centrifuge.WithHistoryLimit(-1))
	if err != nil {
		s.t.Errorf("read the history: %v", err)
		return
	}
	s.change(func() {
		for _, p := range result.Publications {
			s.got[string(p.Data)]++
		}
		s.historyReads++
		s.ready = time.Now()
	})
}

// change changes fields, and wakes the waiting calls of await.
func (s *subscriber) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	close(s.changed)
	s.changed = make(chan struct{})
}

// await waits until a condition on the fields is true.
func (s *subscriber) await(t *testing.T, event string, condition func() bool) {
	t.Helper()
	timeout := time.After(hangLimit)
	for {
		s.mu.Lock()
		done, changed := condition(), s.changed
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("client of %s: %s did not happen: client %s, subscription %s", s.user, event, s.client.State(), s.sub.State())
		}
	}
}

// awaitAll waits until the client has received all publications.
func (s *subscriber) awaitAll(t *testing.T, all []string) {
	t.Helper()
	s.await(t, "the last publication", func() bool {
		for _, data := range all {
			if s.got[data] == 0 {
				return false
			}
		}
		return true
	})
}
