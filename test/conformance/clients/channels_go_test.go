package clients

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/centrifugal/centrifuge-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// testCentrifugeGo uses channels with centrifuge-go.
func (s stage) testCentrifugeGo(t *testing.T) {
	t.Run("commands", s.testGoCommands)
	t.Run("errors", s.testGoErrors)
	t.Run("recovery", s.testGoRecovery)
	t.Run("foreignEpoch", s.testGoForeignEpoch)
	t.Run("insufficientState", s.testGoInsufficientState)
	t.Run("disconnect", s.testGoDisconnect)
	t.Run("expire", s.testGoExpire)
	t.Run("push", s.testGoPush)
}

// goPeer is a client that is connected. Each channel has the events of a kind, in order.
type goPeer struct {
	*centrifuge.Client
	id           string
	connecting   chan centrifuge.ConnectingEvent
	connected    chan centrifuge.ConnectedEvent
	disconnected chan centrifuge.DisconnectedEvent
	subscribed   chan centrifuge.ServerSubscribedEvent
	messages     chan centrifuge.MessageEvent

	mu      sync.Mutex // guards the fields below
	conn    net.Conn   // the newest one
	tickets int
	gate    chan struct{} // the client connects when it is closed
}

// openGo returns a client of a user that is connected.
func (s stage) openGo(t *testing.T, user string) *goPeer {
	t.Helper()
	p := &goPeer{
		connecting: make(chan centrifuge.ConnectingEvent, 100), connected: make(chan centrifuge.ConnectedEvent, 100),
		disconnected: make(chan centrifuge.DisconnectedEvent, 100), subscribed: make(chan centrifuge.ServerSubscribedEvent, 100),
		messages: make(chan centrifuge.MessageEvent, 100), gate: make(chan struct{}),
	}
	close(p.gate)
	p.Client = centrifuge.NewJsonClient(s.WebSocketURL, centrifuge.Config{
		ReadTimeout: hangLimit, WriteTimeout: hangLimit, HandshakeTimeout: hangLimit, MinReconnectDelay: time.Millisecond,
		Proxy:          func(r *http.Request) (*url.URL, error) { return nil, s.offerTicket(p, user, r) },
		NetDialContext: p.dial,
	})
	t.Cleanup(p.Close)
	p.OnConnecting(func(e centrifuge.ConnectingEvent) { p.connecting <- e })
	p.OnConnected(func(e centrifuge.ConnectedEvent) { p.connected <- e })
	p.OnDisconnected(func(e centrifuge.DisconnectedEvent) { p.disconnected <- e })
	p.OnSubscribed(func(e centrifuge.ServerSubscribedEvent) { p.subscribed <- e })
	p.OnMessage(func(e centrifuge.MessageEvent) { p.messages <- e })
	if err := p.Connect(); err != nil {
		t.Fatal(err)
	}
	p.id = await(t, p.connected).ClientID
	await(t, p.connecting)
	return p
}

// offerTicket adds a new ticket to a handshake. The client calls Config.Proxy before each
// handshake, after it has set the headers.
func (s stage) offerTicket(p *goPeer, user string, r *http.Request) error {
	p.mu.Lock()
	gate := p.gate
	p.tickets++
	p.mu.Unlock()
	<-gate
	ticket, err := s.ticket(context.Background(), user)
	if err != nil {
		return err
	}
	r.Header.Set("Sec-WebSocket-Protocol", "centrifuge-json, ticket."+ticket)
	return nil
}

func (p *goPeer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn = conn
	return conn, err
}

// cut cuts the connection as a network does. The client comes back after the returned
// function was called.
func (p *goPeer) cut(t *testing.T) (back func()) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	gate := make(chan struct{})
	p.gate = gate
	if err := p.conn.Close(); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() { close(gate) })
}

func (p *goPeer) ticketsUsed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tickets
}

// goSubscription is a subscription with its events.
type goSubscription struct {
	*centrifuge.Subscription
	first        centrifuge.SubscribedEvent
	subscribing  chan centrifuge.SubscribingEvent
	subscribed   chan centrifuge.SubscribedEvent
	unsubscribed chan centrifuge.UnsubscribedEvent
	publications chan centrifuge.PublicationEvent
	joins        chan centrifuge.JoinEvent
	leaves       chan centrifuge.LeaveEvent
}

// newSubscription returns a subscription that is not requested yet.
func (p *goPeer) newSubscription(t *testing.T, channel string, config centrifuge.SubscriptionConfig) *goSubscription {
	t.Helper()
	sub, err := p.NewSubscription(channel, config)
	if err != nil {
		t.Fatal(err)
	}
	g := &goSubscription{
		Subscription: sub, subscribing: make(chan centrifuge.SubscribingEvent, 100), subscribed: make(chan centrifuge.SubscribedEvent, 100),
		unsubscribed: make(chan centrifuge.UnsubscribedEvent, 100), publications: make(chan centrifuge.PublicationEvent, 100),
		joins: make(chan centrifuge.JoinEvent, 100), leaves: make(chan centrifuge.LeaveEvent, 100),
	}
	sub.OnSubscribing(func(e centrifuge.SubscribingEvent) { g.subscribing <- e })
	sub.OnSubscribed(func(e centrifuge.SubscribedEvent) { g.subscribed <- e })
	sub.OnUnsubscribed(func(e centrifuge.UnsubscribedEvent) { g.unsubscribed <- e })
	sub.OnPublication(func(e centrifuge.PublicationEvent) { g.publications <- e })
	sub.OnJoin(func(e centrifuge.JoinEvent) { g.joins <- e })
	sub.OnLeave(func(e centrifuge.LeaveEvent) { g.leaves <- e })
	if err := sub.Subscribe(); err != nil {
		t.Fatal(err)
	}
	return g
}

// subscribe returns a subscription that stands.
func (p *goPeer) subscribe(t *testing.T, channel string, config centrifuge.SubscriptionConfig) *goSubscription {
	t.Helper()
	g := p.newSubscription(t, channel, config)
	g.first = await(t, g.subscribed)
	await(t, g.subscribing)
	return g
}

// publish publishes data, and waits until the subscription has received it.
func (g *goSubscription) publish(t *testing.T, data string) {
	t.Helper()
	if _, err := g.Publish(t.Context(), []byte(data)); err != nil {
		t.Fatal(err)
	}
	if got := await(t, g.publications); string(got.Data) != data {
		t.Fatalf("got publication %s, want %s", got.Data, data)
	}
}

// wantPublications checks the next publications.
func (g *goSubscription) wantPublications(t *testing.T, first, last uint64) {
	t.Helper()
	for offset := first; offset <= last; offset++ {
		if got := await(t, g.publications).Offset; got != offset {
			t.Fatalf("got offset %d, want %d", got, offset)
		}
	}
}

// wantRecovered checks that the subscription stands again.
func (g *goSubscription) wantRecovered(t *testing.T, want bool) {
	t.Helper()
	if e := await(t, g.subscribed); !e.WasRecovering || e.Recovered != want {
		t.Errorf("got %+v, want recovered %t", e, want)
	}
}

// await returns the next event.
func await[E any](t *testing.T, events <-chan E) E {
	t.Helper()
	select {
	case e := <-events:
		return e
	case <-time.After(hangLimit):
		var none E
		t.Fatalf("no %T arrived", none)
		return none
	}
}

func room() string { return "chat:" + uuid.NewString() }

func (s stage) testGoCommands(t *testing.T) {
	alice, bob, ctx, channel := s.openGo(t, "alice"), s.openGo(t, "bob"), t.Context(), room()
	if own := await(t, alice.subscribed); own.Channel[:5] != "user:" || !own.Recoverable || own.WasRecovering {
		t.Errorf("got own channel %+v", own)
	}
	a := alice.subscribe(t, channel, centrifuge.SubscriptionConfig{JoinLeave: true})
	b := bob.subscribe(t, channel, centrifuge.SubscriptionConfig{})
	person := func(p *goPeer, name string) centrifuge.ClientInfo {
		return centrifuge.ClientInfo{Client: p.id, User: name}
	}
	for _, want := range []centrifuge.ClientInfo{person(alice, "alice"), person(bob, "bob")} {
		if diff := cmp.Diff(want, await(t, a.joins).ClientInfo); diff != "" {
			t.Errorf("join (-want +got):\n%s", diff)
		}
	}
	for i, data := range []string{`{"n":1}`, `"text <&>"`, `null`} {
		b.publish(t, data)
		got, info := await(t, a.publications), person(bob, "bob")
		if diff := cmp.Diff(centrifuge.Publication{Offset: uint64(i) + 1, Data: []byte(data), Info: &info}, got.Publication); diff != "" {
			t.Errorf("publication (-want +got):\n%s", diff)
		}
	}
	present, err := alice.Presence(ctx, channel)
	if diff := cmp.Diff(map[string]centrifuge.ClientInfo{alice.id: person(alice, "alice"), bob.id: person(bob, "bob")}, present.Clients); err != nil || diff != "" {
		t.Errorf("presence: error %v (-want +got):\n%s", err, diff)
	}
	if count, err := a.PresenceStats(ctx); err != nil || count.NumClients != 2 || count.NumUsers != 2 {
		t.Errorf("presence stats: got %+v, error %v", count, err)
	}
	since := &centrifuge.StreamPosition{Offset: 1, Epoch: a.first.StreamPosition.Epoch}
	for _, test := range []struct {
		options []centrifuge.HistoryOption
		want    []uint64
	}{
		{nil, nil},
		{[]centrifuge.HistoryOption{centrifuge.WithHistoryLimit(-1)}, []uint64{1, 2, 3}},
		{[]centrifuge.HistoryOption{centrifuge.WithHistoryLimit(2), centrifuge.WithHistoryReverse(true)}, []uint64{3, 2}},
		{[]centrifuge.HistoryOption{centrifuge.WithHistoryLimit(1), centrifuge.WithHistorySince(since)}, []uint64{2}},
	} {
		history, err := a.History(ctx, test.options...)
		var got []uint64
		for _, p := range history.Publications {
			got = append(got, p.Offset)
		}
		if err != nil || !slices.Equal(got, test.want) || history.Offset != 3 || history.Epoch != since.Epoch {
			t.Errorf("history: got %v of %+v, error %v, want %v", got, history, err, test.want)
		}
	}
	var me struct {
		ConnectionID string `json:"connectionId"`
	}
	result, err := alice.RPC(ctx, "whoami", []byte(`{}`))
	if err == nil {
		err = json.Unmarshal(result.Data, &me)
	}
	if err != nil || me.ConnectionID != alice.id {
		t.Errorf("rpc: got %s, error %v", result.Data, err)
	}
	if err := alice.Send(ctx, []byte(`{}`)); err != nil { // has no answer
		t.Errorf("send: %v", err)
	}
	if err := b.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(person(bob, "bob"), await(t, a.leaves).ClientInfo); diff != "" {
		t.Errorf("leave (-want +got):\n%s", diff)
	}
}

func (s stage) testGoErrors(t *testing.T) {
	alice, ctx := s.openGo(t, "alice"), t.Context()
	publish := func(channel, data string) error {
		_, err := alice.Publish(ctx, channel, []byte(data))
		return err
	}
	call := func(method, data string) error {
		_, err := alice.RPC(ctx, method, []byte(data))
		return err
	}
	_, presence := alice.Presence(ctx, "cursor:1")
	for name, test := range map[string]struct {
		err  error
		want uint32
	}{
		"unknown channel": {publish("other:1", `1`), 102},
		"denied":          {publish("user:1", `1`), 103},
		"presence":        {presence, 103},
		"large":           {publish("cursor:1", `"`+strings.Repeat("x", 1025)+`"`), 106},
		"fields":          {call("whoami", `{"more":1}`), 107},
		"method":          {call("shout", `{}`), 108},
	} {
		if e, ok := errors.AsType[*centrifuge.Error](test.err); !ok || e.Code != test.want {
			t.Errorf("%s: got %v, want code %d", name, test.err, test.want)
		}
	}
	sub := alice.newSubscription(t, "other:1", centrifuge.SubscriptionConfig{})
	if e := await(t, sub.unsubscribed); e.Code != 102 {
		t.Errorf("got %+v, want code 102", e)
	}
}

// A client that was away gets all that was published in the meantime.
func (s stage) testGoRecovery(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *goPeer) (back func()){
		"cut": func(t *testing.T, p *goPeer) func() {
			t.Helper()
			return p.cut(t)
		},
		"duration": s.ends("/duration"),
		"delete":   s.ends("/delete"),
	} {
		t.Run(name, func(t *testing.T) {
			alice, bob, channel := s.openGo(t, "alice"), s.openGo(t, "bob"), room()
			a, b := alice.subscribe(t, channel, centrifuge.SubscriptionConfig{}), bob.subscribe(t, channel, centrifuge.SubscriptionConfig{})
			b.publish(t, `0`)
			a.wantPublications(t, 1, 1)
			back := end(t, alice)
			if e := await(t, alice.connecting); e.Code != 1 {
				t.Errorf("got connecting %+v, want code 1", e)
			}
			for range 15 { // a queue gives out ten at once
				b.publish(t, `1`)
			}
			back()
			a.wantRecovered(t, true)
			a.wantPublications(t, 2, 16)
			b.publish(t, `"live"`)
			a.wantPublications(t, 17, 17)
			if got := alice.ticketsUsed(); got != 2 {
				t.Errorf("got %d tickets used, want 2", got)
			}
		})
	}
}

// ends returns a function that ends a connection as the server does.
func (s stage) ends(how string) func(*testing.T, *goPeer) func() {
	return func(t *testing.T, p *goPeer) func() {
		t.Helper()
		p.mu.Lock()
		gate := make(chan struct{})
		p.gate = gate
		p.mu.Unlock()
		if _, err := s.control(t, how, url.Values{"connection": {p.id}}); err != nil {
			t.Fatal(err)
		}
		return func() { close(gate) }
	}
}

func (s stage) testGoForeignEpoch(t *testing.T) {
	alice := s.openGo(t, "alice")
	read := 0
	sub := alice.newSubscription(t, room(), centrifuge.SubscriptionConfig{
		MinResubscribeDelay: time.Millisecond,
		GetState: func(e centrifuge.SubscriptionGetStateEvent) (centrifuge.StreamPosition, error) {
			if read++; read == 1 {
				return centrifuge.StreamPosition{Offset: 1, Epoch: "foreign"}, nil
			}
			history, err := alice.History(context.Background(), e.Channel)
			return centrifuge.StreamPosition{Offset: history.Offset, Epoch: history.Epoch}, err
		},
	})
	sub.wantRecovered(t, true) // after error 112 for the foreign position
	if read != 2 {
		t.Errorf("got %d reads of the state, want 2", read)
	}
}

// A post that fails makes the client subscribe again.
func (s stage) testGoInsufficientState(t *testing.T) {
	alice, bob, channel := s.openGo(t, "alice"), s.openGo(t, "bob"), room()
	a, b := alice.subscribe(t, channel, centrifuge.SubscriptionConfig{}), bob.subscribe(t, channel, centrifuge.SubscriptionConfig{})
	b.publish(t, `1`)
	a.wantPublications(t, 1, 1)
	if _, err := s.control(t, "/slow", url.Values{"connection": {alice.id}}); err != nil {
		t.Fatal(err)
	}
	b.publish(t, `2`)
	if e := await(t, a.subscribing); e.Code != 2500 {
		t.Errorf("got subscribing %+v, want code 2500", e)
	}
	a.wantRecovered(t, true)
	a.wantPublications(t, 2, 2)
	if got := alice.ticketsUsed(); got != 1 {
		t.Errorf("got %d tickets used, want 1: the connection stays", got)
	}
}

func (s stage) testGoDisconnect(t *testing.T) {
	user := "user-" + uuid.NewString()
	alice := s.openGo(t, user)
	if _, err := s.control(t, "/disconnect", url.Values{"user": {user}}); err != nil {
		t.Fatal(err)
	}
	if e := await(t, alice.disconnected); e.Code != 3503 || e.Reason != "Maintenance at noon" {
		t.Errorf("got disconnected %+v, want code 3503", e)
	}
	if got := alice.ticketsUsed(); got != 1 || alice.State() != centrifuge.StateDisconnected {
		t.Errorf("got state %s after %d tickets, want it to stay away", alice.State(), got)
	}
}

func (s stage) testGoExpire(t *testing.T) {
	alice := s.openGo(t, "alice")
	if _, err := s.control(t, "/expire", url.Values{"connection": {alice.id}}); err != nil {
		t.Fatal(err)
	}
	if e := await(t, alice.connecting); e.Code != 3005 {
		t.Errorf("got connecting %+v, want code 3005", e)
	}
	if e := await(t, alice.connected); e.ClientID == alice.id {
		t.Error("got the same connection, want a new one")
	}
}

func (s stage) testGoPush(t *testing.T) {
	user := "user-" + uuid.NewString()
	alice := s.openGo(t, user)
	if _, err := s.control(t, "/push", url.Values{"user": {user}}); err != nil {
		t.Fatal(err)
	}
	if got := await(t, alice.messages); string(got.Data) != `{"hello":1}` {
		t.Errorf("got message %s", got.Data)
	}
}
