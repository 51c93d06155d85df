package channel_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
	"sallyport/lambda/identity"
	"sallyport/test/channels"
)

// fixture is a Hub, and its surroundings.
type fixture struct {
	*channel.Hub
	memory *channels.Memory
	now    time.Time

	mu       sync.Mutex
	messages []channel.Message
	retries  []time.Duration
	posts    map[string][]string // frames by connection
	ended    []string            // connections
	fail     func(ctx context.Context, id string) error
	failEnd  error
}

// newFixture returns a fixture with the namespaces room, last (which has Cache) and live
// (which has no history).
func newFixture(t *testing.T, change func(*channel.Config)) *fixture {
	t.Helper()
	all := channel.Everyone
	table, err := channel.NewTable(
		channel.Namespace{Name: "room", Subscribe: all, Publish: all, Presence: all, History: all, HistorySize: 1000, HistoryTime: time.Hour},
		channel.Namespace{Name: "last", Subscribe: all, Publish: all, History: all, HistorySize: 3, HistoryTime: time.Hour, Cache: true},
		channel.Namespace{Name: "live", Subscribe: all, Publish: all},
		channel.Namespace{Name: "team", Subscribe: channel.Claim("teams")},
	)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{memory: channels.NewMemory(), now: time.Now(), posts: map[string][]string{}, fail: func(context.Context, string) error { return nil }}
	c := channel.Config{
		Namespaces: table, Streams: f.memory, Subscribers: f.memory, Queue: f, Poster: f, Outage: 2,
		Now: func() time.Time { return f.now },
	}
	if change != nil {
		change(&c)
	}
	f.Hub = channel.New(c)
	return f
}

// Send implements channel.Queue.
func (f *fixture) Send(ctx context.Context, messages ...channel.Message) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.messages = append(f.messages, messages...)
	return ctx.Err()
}

// Retry implements channel.Queue.
func (f *fixture) Retry(_ context.Context, after time.Duration, _ ...string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.retries = append(f.retries, after)
	return nil
}

// Post implements channel.Poster.
func (f *fixture) Post(ctx context.Context, id string, frame []byte) error {
	if err := f.fail(ctx, id); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.posts[id] = append(f.posts[id], string(frame))
	return nil
}

// Disconnect implements channel.Poster.
func (f *fixture) Disconnect(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = append(f.ended, id)
	return f.failEnd
}

// records returns the messages of the queue as records that it gives out for the nth time.
func (f *fixture) records(n int) []channel.Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []channel.Record
	for i, m := range f.messages {
		all = append(all, channel.Record{ID: fmt.Sprint(i), Group: m.Group, Body: string(m.Body), Handle: fmt.Sprint(i), Receives: n})
	}
	f.messages = nil
	return all
}

// work does the tasks of the queue, and those that follow from them.
func (f *fixture) work(t *testing.T) {
	t.Helper()
	for {
		all := f.records(1)
		if len(all) == 0 {
			return
		}
		if failed := f.Work(t.Context(), all, nil); len(failed) > 0 {
			t.Fatalf("got failed records %v", failed)
		}
	}
}

func client(id string) channel.Client {
	return channel.Client{ConnectionID: id, User: person(id), Until: time.Now().Add(2 * time.Hour)}
}

func person(name string) identity.User {
	return identity.User{Issuer: "https://issuer.example", Subject: name, Name: name}
}

// subscribe subscribes a connection and returns the reply.
func (f *fixture) subscribe(t *testing.T, id string, r centrifuge.Subscribe) centrifuge.Subscribed {
	t.Helper()
	j, err := f.Subscribe(t.Context(), client(id), r)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Confirm(t.Context(), id, [][]byte{[]byte("reply")}, []*channel.Joined{j}); err != nil {
		t.Fatal(err)
	}
	return j.Reply
}

// publish publishes data, each in an event of its own.
func (f *fixture) publish(t *testing.T, name string, data ...string) {
	t.Helper()
	for _, d := range data {
		if err := f.Publish(t.Context(), client("p"), name, json.RawMessage(d)); err != nil {
			t.Fatal(err)
		}
		f.work(t)
	}
}

// state returns the state of a subscription, "" if there is none.
func (f *fixture) state(t *testing.T, name, id string) channel.State {
	t.Helper()
	s, _, err := f.memory.Get(t.Context(), name, 0, id)
	if err != nil {
		t.Fatal(err)
	}
	return s.State
}

// data returns the data of publications, with spaces in between.
func data(all []centrifuge.Publication) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, string(p.Data))
	}
	return strings.Join(texts, " ")
}
