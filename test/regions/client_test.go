package regions

import (
	"fmt"
	"testing"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
)

// client is a subscriber that behaves like the clients of Centrifugo. Its position is the
// position of the last publication that it received. It does not notice gaps or repetitions. If
// the server reports an incomplete recovery, it reads the history, as docs/regions.md advises.
type client struct {
	name   string
	region *region // nil: not connected

	connection int // number of the newest connection
	epoch      string
	offset     uint64

	got                  map[int]int // how often each message was received
	incompleteRecoveries int         // number of recoveries that the server reported as incomplete
	repeated             int         // messages that were received again
}

func (c *client) id() string { return fmt.Sprintf("%s%d", c.name, c.connection) }

// receive receives a publication.
func (c *client) receive(p centrifuge.Publication) {
	c.offset = p.Offset
	id := decode(p).ID
	if c.got[id]++; c.got[id] > 1 {
		c.repeated++
	}
}

// drop ends the connection without a message. The function notices it at the next post.
func (c *client) drop() {
	if c.region != nil {
		delete(c.region.clients, c.id())
	}
	c.region = nil
}

// connect connects to a region and subscribes with the last position.
func (c *client) connect(t *testing.T, r *region) {
	t.Helper()
	c.drop()
	c.connection++
	c.region = r
	r.clients[c.id()] = c
	request := centrifuge.Subscribe{Channel: channelName, Recover: c.epoch != "", Epoch: c.epoch, Offset: c.offset}
	joined, err := r.hub.Subscribe(t.Context(), user(c.id()), request)
	if err != nil {
		t.Fatal(err)
	}
	reply := joined.Reply
	c.epoch, c.offset = reply.Epoch, reply.Offset
	for _, p := range reply.Publications {
		c.receive(p)
	}
	c.offset = reply.Offset
	if !reply.Recovered { // after the first subscription, too
		if reply.WasRecovering {
			c.incompleteRecoveries++
		}
		for _, p := range r.history(t).Publications {
			c.receive(p)
		}
		c.offset = max(c.offset, reply.Offset)
	}
	if err := r.hub.Confirm(t.Context(), c.id(), nil, []*channel.Joined{joined}); err != nil {
		t.Fatal(err)
	}
}
