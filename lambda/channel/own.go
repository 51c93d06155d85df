package channel

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/identity"
)

// OwnName returns the name of a user's own channel in a namespace.
func OwnName(namespace string, u identity.User) string { return namespace + ":" + UserKey(u) }

// UserKey returns the name of the user's own channel after the colon. It is a hash of the
// user's ID, which may have characters that names of channels cannot have.
func UserKey(u identity.User) string {
	sum := sha256.Sum256([]byte(u.ID()))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

// HasOwn reports whether the app declares a namespace with this name and own channels of users.
func (h *Hub) HasOwn(namespace string) bool {
	return slices.ContainsFunc(h.config.Namespaces.all, func(n Namespace) bool { return n.Own && n.Name == namespace })
}

// SubscribeOwn subscribes a client to the own channels of its user. positions has the
// positions of the client by the names of the channels. The replies have at most 100 KB of
// publications in total, because they are one message. Confirm posts the other publications
// after the replies. After an error, SubscribeOwn returns the subscriptions that it has made.
func (h *Hub) SubscribeOwn(ctx context.Context, c Client, positions map[string]centrifuge.Subscribe) ([]*Joined, error) {
	var all []*Joined
	free := replyBytes
	for _, n := range h.config.Namespaces.all {
		if !n.Own {
			continue
		}
		name := OwnName(n.Name, c.User)
		r := positions[name]
		r.Channel = name
		j, err := h.subscribe(ctx, c, r, true)
		if err != nil {
			return all, err
		}
		all = append(all, j)
		if free, err = h.shorten(ctx, j, free); err != nil {
			return all, err
		}
	}
	return all, nil
}

// shorten removes the last publications of a reply, so that the others have at most free bytes. It
// returns the number of bytes that are still free.
//
// shorten notes the removed publications as missed, as a worker does that meets a joining
// subscriber. Confirm posts them before the subscription becomes active. If Confirm fails before
// that, the repair job follows.
func (h *Hub) shorten(ctx context.Context, j *Joined, free int) (int, error) {
	for i, p := range j.missed {
		if free -= sizeOf(p); free >= 0 {
			continue
		}
		j.Reply.Publications, j.stream.Top = j.Reply.Publications[:i], p.Offset-1
		_, err := h.noteMissed(ctx, j.Subscriber)
		return 0, err
	}
	return free, nil
}
