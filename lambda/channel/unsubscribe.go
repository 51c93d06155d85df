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
// API Gateway does not keep the order of the messages of a connection, and clients do not
// wait for this reply before they subscribe again. So Unsubscribe does not end a
// subscription that a later command made, and Subscribe refuses an earlier command that
// arrives later.
func (h *Hub) Unsubscribe(ctx context.Context, c Client, channel string) error {
	n, ok := h.config.Namespaces.Lookup(channel)
	if !ok {
		return nil
	}
	for range 2 {
		all, err := h.config.Subscribers.OfConnection(ctx, c.ConnectionID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(s Subscription) bool { return s.Channel == channel })
		if i < 0 {
			if ended, err := h.config.Subscribers.EndNone(ctx, c.ConnectionID, channel, c.Command); err != nil || ended {
				return err
			}
			continue // the subscription was made in the meantime
		}
		s, ended, err := h.config.Subscribers.End(ctx, c.ConnectionID, all[i], c.Command)
		if err != nil || !ended {
			return err
		}
		return h.announce(ctx, n, s.subscription(), c.ConnectionID, false)
	}
	return nil
}

// Leave ends all subscriptions of a connection.
func (h *Hub) Leave(ctx context.Context, connectionID string) error {
	all, err := h.config.Subscribers.OfConnection(ctx, connectionID)
	if err != nil {
		return err
	}
	return h.leave(ctx, connectionID, all)
}

// leave ends subscriptions. They are listed until their ends are announced, so that a
// second call completes a first one that failed.
func (h *Hub) leave(ctx context.Context, connectionID string, all []Subscription) error {
	if len(all) == 0 {
		return nil
	}
	if err := h.config.Subscribers.Remove(ctx, connectionID, all); err != nil {
		return err
	}
	for _, s := range all {
		n, _ := h.config.Namespaces.Lookup(s.Channel)
		if err := h.announce(ctx, n, s, connectionID, false); err != nil {
			return err
		}
	}
	return h.config.Subscribers.Forget(ctx, connectionID, all)
}

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
	stream, err := h.open(ctx, n, s.Channel)
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

// info describes a subscriber to others.
func (s Subscriber) info() centrifuge.ClientInfo {
	return centrifuge.ClientInfo{User: s.User, Client: s.ConnectionID}
}

func (s Subscriber) subscription() Subscription {
	return Subscription{s.Channel, s.Shard, s.Token, s.User}
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
