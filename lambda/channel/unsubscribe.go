package channel

import (
	"context"
	"slices"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/identity"
)

// Unsubscribe ends the subscription of a client to a channel. A subscription that does not
// exist is not an error.
//
// API Gateway does not keep the order of the messages of a connection. A client that
// subscribes again at once does not wait for this reply. So Unsubscribe leaves alone a
// subscription that a later command made.
func (h *Hub) Unsubscribe(ctx context.Context, c Client, channel string) error {
	all, err := h.config.Subscribers.OfConnection(ctx, c.ConnectionID)
	i := slices.IndexFunc(all, func(s Subscription) bool { return s.Channel == channel })
	if err != nil || i < 0 {
		return err
	}
	s, ok, err := h.config.Subscribers.Get(ctx, channel, all[i].Shard, c.ConnectionID)
	if err != nil || !ok || s.Command > c.Command {
		return err
	}
	ended, err := h.config.Subscribers.End(ctx, s)
	if n, _ := h.config.Namespaces.Lookup(channel); err != nil || !ended || !n.JoinLeave {
		return err
	}
	return h.announceEnd(ctx, s)
}

// Leave ends all subscriptions of a connection.
func (h *Hub) Leave(ctx context.Context, connectionID string) error {
	all, err := h.config.Subscribers.OfConnection(ctx, connectionID)
	if err != nil {
		return err
	}
	return h.leave(ctx, connectionID, all)
}

func (h *Hub) leave(ctx context.Context, connectionID string, all []Subscription) error {
	for _, s := range all {
		if err := h.announceLeave(ctx, connectionID, s); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		return nil
	}
	return h.config.Subscribers.Remove(ctx, connectionID, all)
}

// announceJoin sends the subscribers of a channel a push that a client joined, if its
// namespace has JoinLeave.
func (h *Hub) announceJoin(ctx context.Context, j *Joined) error {
	if !j.namespace.JoinLeave || j.again {
		return nil
	}
	return h.announce(ctx, j.Subscriber, "join", centrifuge.Push{Channel: j.Subscriber.Channel, Join: &centrifuge.Member{Info: j.Subscriber.info()}})
}

func (h *Hub) announceLeave(ctx context.Context, connectionID string, sub Subscription) error {
	n, ok := h.config.Namespaces.Lookup(sub.Channel)
	if !ok || !n.JoinLeave {
		return nil
	}
	s, ok, err := h.config.Subscribers.Get(ctx, sub.Channel, sub.Shard, connectionID)
	if err != nil || !ok {
		return err
	}
	return h.announceEnd(ctx, s)
}

func (h *Hub) announceEnd(ctx context.Context, s Subscriber) error {
	return h.announce(ctx, s, "leave", centrifuge.Push{Channel: s.Channel, Leave: &centrifuge.Member{Info: s.info()}})
}

// announce posts a push about a subscriber through the queue, so that joining and leaving
// stay in order. It does nothing if no subscriber has asked for it.
func (h *Hub) announce(ctx context.Context, s Subscriber, kind string, p centrifuge.Push) error {
	frame, err := centrifuge.Encode(centrifuge.Reply{Push: &p})
	if err != nil {
		return err
	}
	n, _ := h.config.Namespaces.Lookup(s.Channel)
	stream, err := h.open(ctx, n, s.Channel)
	if err != nil {
		return err
	}
	if !stream.JoinLeave {
		return nil
	}
	return h.fanOut(ctx, stream.Shards, func(of part) task {
		return task{Post: &postTask{s.Channel, of, kind + s.Token, frame, true}}
	})
}

// info describes a subscriber to others.
func (s Subscriber) info() centrifuge.ClientInfo {
	return centrifuge.ClientInfo{User: s.User, Client: s.ConnectionID}
}

// Recheck ends the subscriptions of a connection whose user may not subscribe any more, and
// returns their channels.
func (h *Hub) Recheck(ctx context.Context, connectionID string, u identity.User) ([]string, error) {
	all, err := h.config.Subscribers.OfConnection(ctx, connectionID)
	if err != nil {
		return nil, err
	}
	var lost []Subscription
	var names []string
	for _, s := range all {
		if _, err := h.lookup(u, s.Channel, func(n Namespace) Access { return n.Subscribe }); err != nil {
			lost, names = append(lost, s), append(names, s.Channel)
		}
	}
	return names, h.leave(ctx, connectionID, lost)
}
