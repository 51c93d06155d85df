package channel

import (
	"context"

	"sallyport/lambda/centrifuge"
)

// announce sends the subscribers of a channel a push that a client joined or left, if its
// namespace has JoinLeave and a subscriber has asked for it. The subscription must have been
// written, or ended, before.
//
// The pushes go through the queue, so that each subscriber gets them one after the other.
// Two functions can send a join and a leave in the wrong order. The worker therefore posts a
// join only if the client has a subscription at that time, and a leave only if it has none.
// The push about the last change is sent after that change, so it is posted, and no push
// that contradicts it follows.
func (h *Hub) announce(ctx context.Context, n Namespace, s Subscription, connectionID string, joined bool) error {
	if !n.JoinLeave {
		return nil
	}
	member := &centrifuge.Member{Info: centrifuge.ClientInfo{User: s.User, Client: connectionID}}
	p, kind := centrifuge.Push{Channel: s.Channel, Leave: member}, "leave"
	if joined {
		p, kind = centrifuge.Push{Channel: s.Channel, Join: member}, "join"
	}
	frame, err := centrifuge.Encode(centrifuge.Reply{Push: &p})
	if err != nil {
		return err
	}
	stream, err := h.openStream(ctx, n, s.Channel)
	if err != nil {
		return err
	}
	if !stream.JoinLeave {
		return nil
	}
	of := &memberTask{connectionID, s.Shard, joined}
	return h.fanOut(ctx, stream.Shards, func(to part) task {
		return task{Post: &postTask{s.Channel, to, kind + s.Token, frame, true, of}}
	})
}

// outdated reports whether a push about a member is no longer true.
func (h *Hub) outdated(ctx context.Context, channel string, m *memberTask) (bool, error) {
	if m == nil { // another push, or one of an older version of the function
		return false, nil
	}
	_, present, err := h.config.Subscribers.Get(ctx, channel, m.Shard, m.ConnectionID)
	return present != m.Joined, err
}
