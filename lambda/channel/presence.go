package channel

import (
	"context"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/errcode"
)

// maxPresent is the largest number of clients in an answer.
const maxPresent = 500

// Presence returns the clients of a channel. If there are more than 500, or if they have
// more than 100 KB, its error has the code message_too_large. PresenceCount then returns their
// number.
func (h *Hub) Presence(ctx context.Context, c Client, channel string) (centrifuge.Present, error) {
	answer := centrifuge.Present{Presence: map[string]centrifuge.ClientInfo{}}
	size := 0
	err := h.present(ctx, c, channel, func(s Subscriber) error {
		size += textSize(s.User) + overhead
		if len(answer.Presence) == maxPresent || size > replyBytes {
			return errcode.Refuse(errcode.MessageTooLarge, "more than %d clients, or more than %d KB", maxPresent, replyBytes>>10)
		}
		answer.Presence[s.ConnectionID] = s.info()
		return nil
	})
	return answer, err
}

// PresenceCount returns the number of clients and of users of a channel.
func (h *Hub) PresenceCount(ctx context.Context, c Client, channel string) (centrifuge.PresenceCount, error) {
	var answer centrifuge.PresenceCount
	users := map[string]bool{}
	err := h.present(ctx, c, channel, func(s Subscriber) error {
		answer.Clients++
		users[s.UserID] = true
		return nil
	})
	answer.Users = len(users)
	return answer, err
}

// present calls do for each subscriber of a channel.
func (h *Hub) present(ctx context.Context, c Client, channel string, do func(Subscriber) error) error {
	n, err := h.lookup(c.User, channel, func(n Namespace) Access { return n.Presence })
	if err != nil {
		return err
	}
	s, err := h.openStream(ctx, n, channel)
	if err != nil {
		return err
	}
	for i := range s.Shards {
		for sub, err := range h.config.Subscribers.InShard(ctx, channel, i) {
			if err != nil {
				return err
			}
			if err := do(sub); err != nil {
				return err
			}
		}
	}
	return nil
}
