package regions

import (
	"fmt"
	"testing"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
)

// client is a subscriber that behaves as the clients of Centrifugo do: its position is that
// of the last publication that it received, and it notices neither gaps nor repetitions. If
// the server says that publications are missing, it reads the history, as docs/regions.md
// tells the owner of an app.
type client struct {
	name   string
	region *region // nil: not connected

	connection int // number of the newest connection
	epoch      string
	offset     uint64

	got      map[int]int // how often each message was received
	told     int         // how often the server said that publications are missing
	repeated int         // messages that were received again
}

func (c *client) id() string { return fmt.Sprintf("%s%d", c.name, c.connection) }

// take receives a publication.
func (c *client) take(p centrifuge.Publication) {
	c.offset = p.Offset
	id := decode(p).ID
	if c.got[id]++; c.got[id] > 1 {
		c.repeated++
	}
}

// drop loses the connection. The function does not learn of it before it posts.
func (c *client) drop() {
	if c.region != nil {
		delete(c.region.clients, c.id())
	}
	c.region = nil
}

// connect connects to a region and subscribes, from the last position on.
func (c *client) connect(t *testing.T, r *region) {
	t.Helper()
	c.drop()
	c.connection++
	c.region = r
	r.clients[c.id()] = c
	request := centrifuge.Subscribe{Channel: room, Recover: c.epoch != "", Epoch: c.epoch, Offset: c.offset}
	joined, err := r.hub.Subscribe(t.Context(), user(c.id()), request)
	if err != nil {
		t.Fatal(err)
	}
	reply := joined.Reply
	c.epoch, c.offset = reply.Epoch, reply.Offset
	for _, p := range reply.Publications {
		c.take(p)
	}
	c.offset = reply.Offset
	if !reply.Recovered { // after the first subscription, too
		if reply.WasRecovering {
			c.told++
		}
		for _, p := range r.history(t).Publications {
			c.take(p)
		}
		c.offset = max(c.offset, reply.Offset)
	}
	if err := r.hub.Confirm(t.Context(), c.id(), nil, []*channel.Joined{joined}); err != nil {
		t.Fatal(err)
	}
}
