package channel

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
)

// Config has the parts of a Hub.
type Config struct {
	Namespaces  Table
	Streams     Streams
	Subscribers Subscribers
	Queue       Queue
	Poster      Poster
	// MaxChannels is the largest number of channels of a connection. 0: 100.
	MaxChannels int
	// ShardSize is the number of subscribers of a shard above which new subscribers get new
	// shards. 0: 250.
	ShardSize int
	// Jobs is the largest number of jobs of a publication that wait in the queue at the same
	// time. 0: 4.
	Jobs int
	// Outage is the number of failed posts of a shard from which on the posts are repeated
	// later, instead of having each client subscribe again. It counts only if the posts to
	// half of the subscribers failed, because a few clients that do not read must not hold
	// up the others. 0: 16.
	Outage int
	// Warn logs a failure that no caller gets as an error. The context has the traces of the
	// events that caused the work (package trace). Nil: nothing is logged.
	Warn func(ctx context.Context, err error, text string)

	Now    func() time.Time // nil: time.Now
	Random io.Reader        // nil: crypto/rand
}

// MaxReceives is the number of times that the queue gives a message out. Then it moves the message
// to the dead-letter queue.
const MaxReceives = 50

// maxOutageAttempts is the number of attempts during an outage, in all about four minutes. The last
// attempt marks the subscribers whose posts fail. The queue gives the message out many more times,
// so a worker that dies does not leave them without a mark.
const maxOutageAttempts = 10

// Hub answers requests about channels, and does the work of the queue. It is safe for
// concurrent use.
type Hub struct{ config Config }

// New returns a Hub.
func New(c Config) *Hub {
	c.MaxChannels = cmp.Or(c.MaxChannels, 100)
	c.ShardSize = cmp.Or(c.ShardSize, 250)
	c.Jobs = cmp.Or(c.Jobs, 4)
	c.Outage = cmp.Or(c.Outage, 16)
	if c.Warn == nil {
		c.Warn = func(context.Context, error, string) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return &Hub{c}
}

// Client is a connection that sends a request.
type Client struct {
	ConnectionID string
	User         identity.User
	// Command is the ID of the request. It increases within a connection.
	Command uint32
	// Until is a time by which the connection has ended, even if its end was not processed.
	Until time.Time
}

// lookup returns the namespace of a channel. access selects the permission that the user needs.
// Without the permission, or without a namespace, the error is an errcode.Refusal.
func (h *Hub) lookup(u identity.User, channel string, access func(Namespace) Access) (Namespace, error) {
	n, ok := h.config.Namespaces.Lookup(channel)
	if !ok {
		return n, errcode.Refuse(errcode.ChannelUnknown, "no namespace of this name is declared, or the name is malformed")
	}
	if allowed := access(n); allowed == nil || !allowed(u, channel) {
		return n, errcode.Refuse(errcode.ChannelDenied, "the namespace %s does not allow this user to do it", n.Name)
	}
	return n, nil
}

// streamLife is the time for which the position of a stream is kept after its publications. A
// client that subscribes again within this time learns that it missed publications.
const streamLife = 48 * time.Hour

// openStream returns the stream of a channel. If there is none, it starts one.
func (h *Hub) openStream(ctx context.Context, n Namespace, channel string) (Stream, error) {
	epoch, err := h.randomID()
	if err != nil {
		return Stream{}, err
	}
	now := h.config.Now()
	return h.config.Streams.Open(ctx, channel, Stream{Epoch: epoch, Shards: 1, ExpiresAt: now.Add(n.HistoryTime + streamLife)}, now)
}

// randomID returns a random text of 16 characters.
func (h *Hub) randomID() (string, error) {
	var b [12]byte
	if _, err := io.ReadFull(h.config.Random, b[:]); err != nil {
		return "", fmt.Errorf("make random id: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}
