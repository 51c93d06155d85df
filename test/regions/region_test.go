package regions

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
	"sallyport/lambda/identity"
)

// channelName is the channel of the model.
const channelName = "room:1"

// message is the data of a publication. Region is the region that accepted it.
type message struct {
	ID     int    `json:"id"`
	Region string `json:"region"`
}

// region is the channel code of a region with its tables, its queue and its connections.
type region struct {
	name  string
	hub   *channel.Hub
	queue *fifo

	mu      sync.Mutex         // guards clients: the worker posts to several at the same time
	clients map[string]*client // by connection
}

// newRegion returns a region with tables.
func newRegion(t *testing.T, name string, streams channel.Streams, subscribers channel.Subscribers) *region {
	t.Helper()
	namespaces, err := channel.NewTable(channel.Namespace{
		Name: "room", Subscribe: channel.Everyone, Publish: channel.Everyone, History: channel.Everyone,
		HistorySize: 1000, HistoryTime: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &region{name: name, queue: &fifo{known: map[string]bool{}}, clients: map[string]*client{}}
	r.hub = channel.New(channel.Config{
		Namespaces: namespaces, Streams: streams, Subscribers: subscribers, Queue: r.queue, Poster: r,
		Warn: func(_ context.Context, err error, text string) { t.Errorf("region %s: %s: %v", name, text, err) },
	})
	return r
}

// Post implements channel.Poster.
func (r *region) Post(_ context.Context, connectionID string, frame []byte) error {
	r.mu.Lock()
	c := r.clients[connectionID]
	r.mu.Unlock()
	if c == nil {
		return channel.ErrGone
	}
	for line := range bytes.Lines(frame) {
		var reply centrifuge.Reply
		if err := json.Unmarshal(line, &reply); err != nil {
			return fmt.Errorf("decode frame: %w", err)
		}
		if reply.Push != nil && reply.Push.Pub != nil {
			c.receive(*reply.Push.Pub)
		}
	}
	return nil
}

// Disconnect implements channel.Poster.
func (r *region) Disconnect(_ context.Context, connectionID string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.clients, connectionID)
	return nil
}

// publish publishes a message of a client of the region.
func (r *region) publish(t *testing.T, id int) {
	t.Helper()
	data, _ := json.Marshal(message{id, r.name}) // always encodes
	if err := r.hub.Publish(t.Context(), user("p"), channelName, data); err != nil {
		t.Fatal(err)
	}
}

// receive publishes the messages from another region, once for each key.
func (r *region) receive(t *testing.T, e event) {
	t.Helper()
	data, _ := json.Marshal(e.message)
	if _, err := r.hub.PublishAs(t.Context(), channelName, data, e.key); err != nil {
		t.Fatal(err)
	}
}

// work runs the function with at most n messages of the queue. If dies is true, the function
// ends before the queue deletes them, so that the queue gives them out again.
func (r *region) work(t *testing.T, n int, dies bool) {
	t.Helper()
	n = min(n, len(r.queue.messages))
	if n == 0 {
		return
	}
	if failed := r.hub.Work(t.Context(), r.queue.messages[:n], nil); len(failed) > 0 {
		t.Fatalf("region %s: got the failed messages %v, want none", r.name, failed)
	}
	if !dies {
		r.queue.messages = slices.Delete(r.queue.messages, 0, n)
	}
}

// history returns the publications of the region's channel.
func (r *region) history(t *testing.T) centrifuge.History {
	t.Helper()
	h, err := r.hub.History(t.Context(), user("reader"), centrifuge.HistoryRead{Channel: channelName, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func user(connectionID string) channel.Client {
	return channel.Client{
		ConnectionID: connectionID, User: identity.User{Issuer: "https://issuer.example", Subject: "alice", Name: "alice"},
		Command: 1, Until: time.Now().Add(2 * time.Hour),
	}
}

// decode returns the message of a publication.
func decode(p centrifuge.Publication) message {
	var m message
	_ = json.Unmarshal(p.Data, &m) // region.publish encoded it
	return m
}

// fifo is a FIFO queue. It knows the message IDs until forget.
type fifo struct {
	mu       sync.Mutex // guards the fields below
	messages []channel.Record
	known    map[string]bool
}

// Send implements channel.Queue.
func (q *fifo) Send(_ context.Context, all ...channel.Message) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range all {
		if !q.known[m.ID] {
			q.known[m.ID] = true
			q.messages = append(q.messages, channel.Record{ID: m.ID, Group: m.Group, Body: string(m.Body), Receives: 1})
		}
	}
	return nil
}

// forget forgets the message IDs, as SQS does after five minutes.
func (q *fifo) forget() {
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(q.known)
}

// Retry implements channel.Queue.
func (q *fifo) Retry(context.Context, time.Duration, ...string) error { return nil }
