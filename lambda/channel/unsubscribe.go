package channel

import (
	"context"
	"slices"

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
			if ended, err := h.config.Subscribers.EndUnlisted(ctx, c.ConnectionID, channel, c.Command); err != nil || ended {
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

// Recheck ends the subscriptions of a connection whose user may not subscribe any more, and
// returns their channels.
func (h *Hub) Recheck(ctx context.Context, connectionID string, u identity.User) ([]string, error) {
	all, err := h.config.Subscribers.OfConnection(ctx, connectionID)
	if err != nil {
		return nil, err
	}
	var denied []Subscription
	var names []string
	for _, s := range all {
		if _, err := h.lookup(u, s.Channel, func(n Namespace) Access { return n.Subscribe }); err != nil {
			denied, names = append(denied, s), append(names, s.Channel)
		}
	}
	return names, h.leave(ctx, connectionID, denied)
}
