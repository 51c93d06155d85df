package channel

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/errcode"
)

// Joined is a subscription that was made and whose reply was not posted yet.
type Joined struct {
	Subscriber Subscriber
	Reply      centrifuge.Subscribed

	namespace Namespace
	stream    Stream        // as far as Reply has it
	missed    []Publication // the publications of Reply
	again     bool          // the connection had a subscription to the channel before
}

// Subscribe subscribes a client to a channel. The subscription becomes active when Confirm
// has posted the reply.
func (h *Hub) Subscribe(ctx context.Context, c Client, r centrifuge.Subscribe) (*Joined, error) {
	return h.subscribe(ctx, c, r, false)
}

func (h *Hub) subscribe(ctx context.Context, c Client, r centrifuge.Subscribe, own bool) (*Joined, error) {
	n, err := h.lookup(c.User, r.Channel, func(n Namespace) Access { return n.Subscribe })
	if err != nil {
		return nil, err
	}
	if r.Type != 0 { // other types than streams
		return nil, errcode.Refuse(errcode.CommandUnsupported, "subscription of type %d", r.Type)
	}
	s, err := h.openStream(ctx, n, r.Channel)
	if err != nil {
		return nil, err
	}
	sub, again, err := h.join(ctx, c, n, r, s, own)
	if err != nil {
		return nil, err
	}
	// This must follow the write of the row: a worker that did not list the row has raised the top
	// before.
	if s, err = h.openStream(ctx, n, r.Channel); err != nil {
		return nil, err
	}
	j := &Joined{Subscriber: sub, namespace: n, stream: s, again: again}
	if n.Durable() {
		err = h.resume(ctx, j, r)
	}
	var refusal *errcode.Refusal
	if errors.As(err, &refusal) {
		return nil, cmp.Or(h.withdraw(ctx, j), err)
	}
	if err != nil {
		return nil, err
	}
	return j, h.grow(ctx, sub, s)
}

// withdraw ends a subscription that is refused after join has written it. It posts a leave
// only if an earlier subscription of the client has posted a join.
func (h *Hub) withdraw(ctx context.Context, j *Joined) error {
	s, ended, err := h.config.Subscribers.End(ctx, j.Subscriber.ConnectionID, j.Subscriber.subscription(), j.Subscriber.Command)
	if err != nil || !ended || !j.again {
		return err
	}
	return h.announce(ctx, j.namespace, s.subscription(), s.ConnectionID, false)
}

// join writes the row of a subscription. It returns whether the connection was subscribed
// before. A connection keeps its shard, because publications for another shard can overtake
// those of the first one, and because each command about a channel must find the row that
// an earlier command wrote.
func (h *Hub) join(ctx context.Context, c Client, n Namespace, r centrifuge.Subscribe, s Stream, own bool) (Subscriber, bool, error) {
	all, err := h.config.Subscribers.OfConnection(ctx, c.ConnectionID)
	if err != nil {
		return Subscriber{}, false, err
	}
	token, err := h.randomID()
	if err != nil {
		return Subscriber{}, false, err
	}
	sub := Subscriber{
		Channel: r.Channel, ConnectionID: c.ConnectionID, Shard: shardOf(c.ConnectionID, s.Shards), Token: token, Command: c.Command,
		UserID: c.User.ID(), User: c.User.Name, State: Joining, JoinLeave: n.JoinLeave && r.JoinLeave, Own: own,
		JoinUntil: h.joinUntil(ctx), ExpiresAt: c.Until,
	}
	if len(all) >= h.config.MaxChannels && !slices.ContainsFunc(all, func(s Subscription) bool { return s.Channel == r.Channel }) {
		return Subscriber{}, false, errcode.Refuse(errcode.TooManyChannels, "connection has %d subscriptions", len(all))
	}
	// This must come before the write of the row: a client that joins later is not in the presence
	// that this client reads, so its join must be posted.
	if sub.JoinLeave && !s.JoinLeave {
		if err := h.config.Streams.SetJoinLeave(ctx, r.Channel); err != nil {
			return Subscriber{}, false, err
		}
	}
	sub, again, err := h.config.Subscribers.Join(ctx, sub)
	if errors.Is(err, ErrLate) { // a temporary refusal, for clients that do not number their commands
		err = errcode.Refuse(errcode.TooManyMessages, "command %d: %v", c.Command, ErrLate)
	}
	return sub, again, err
}

const (
	clockError = 2 * time.Second // the largest difference of the clocks of two functions
	joinTime   = time.Minute     // the time to join for a context without a deadline
)

// joinUntil returns the JoinUntil of a subscription that an event with the context makes: the end of
// the event.
func (h *Hub) joinUntil(ctx context.Context) time.Time {
	if end, ok := ctx.Deadline(); ok {
		return end.Add(clockError)
	}
	return h.config.Now().Add(joinTime)
}

// resume sets the position of a reply, and the publications that the client missed.
func (h *Hub) resume(ctx context.Context, j *Joined, r centrifuge.Subscribe) error {
	s := j.stream
	j.Reply = centrifuge.Subscribed{Recoverable: true, Positioned: true, Epoch: s.Epoch, Offset: s.Top, WasRecovering: r.Recover}
	var missed []Publication
	var err error
	switch {
	case j.namespace.Cache:
		missed, _, err = h.readHistory(ctx, j.namespace, r.Channel, s, span{1, s.Top, 1, true})
		j.Reply.Recovered = r.Recover
	case r.Recover:
		missed, j.Reply.Recovered, err = h.publicationsSince(ctx, j.namespace, r.Channel, s, centrifuge.Position{Offset: r.Offset, Epoch: r.Epoch})
		if err == nil && !j.Reply.Recovered && r.RejectUnrecovered() {
			err = errcode.Refuse(errcode.PositionUnknown, "some publications since the position are no longer available")
		}
	}
	if err != nil || len(missed) == 0 {
		return err
	}
	if j.namespace.Cache && r.Recover && r.Epoch == s.Epoch && r.Offset == missed[0].Offset {
		return nil // the client has it
	}
	j.Reply.Offset, j.missed = missed[0].Offset-1, missed
	for _, p := range missed {
		j.Reply.Publications = append(j.Reply.Publications, toProtocol(s, p))
	}
	return nil
}

// Confirm posts the frames with the replies of new subscriptions of a connection. The
// subscriptions then become active, and the other subscribers get the joins. If the
// connection is gone, its subscriptions are removed, because its end may have been processed
// before or while they were made.
func (h *Hub) Confirm(ctx context.Context, connectionID string, frames [][]byte, all []*Joined) error {
	for _, f := range frames {
		err := h.post(ctx, connectionID, f)
		switch {
		case errors.Is(err, ErrGone):
			return h.forget(ctx, connectionID, subscriptions(all)...)
		case err != nil:
			return err
		}
	}
	var errs []error
	for _, j := range all {
		errs = append(errs, h.activate(ctx, j))
		if !j.again {
			errs = append(errs, h.announce(ctx, j.namespace, j.Subscriber.subscription(), connectionID, true))
		}
	}
	return errors.Join(errs...)
}

// subscriptions returns the entries of new subscriptions in the list of their connection.
func subscriptions(all []*Joined) []Subscription {
	var list []Subscription
	for _, j := range all {
		list = append(list, j.Subscriber.subscription())
	}
	return list
}

// maxRounds limits how often activate reads a stream that grows faster than it reads.
const maxRounds = 10

// activate lets a subscription receive publications. Its reply must have been posted.
// activate posts the publications that were missed meanwhile.
func (h *Hub) activate(ctx context.Context, j *Joined) error {
	sub := j.Subscriber
	if !j.namespace.Durable() {
		return nil
	}
	for range maxRounds {
		active, err := h.config.Subscribers.Activate(ctx, sub)
		if err != nil || active {
			return err
		}
		// The worker noted a publication after it raised the top.
		s, err := h.openStream(ctx, j.namespace, sub.Channel)
		if err != nil {
			return err
		}
		missed, all, err := h.publicationsSince(ctx, j.namespace, sub.Channel, s, centrifuge.Position{Offset: j.stream.Top, Epoch: j.stream.Epoch})
		if err != nil {
			return err
		}
		if !all {
			break
		}
		out, err := frames(s, sub.Channel, missed)
		if err != nil {
			return err
		}
		for _, f := range out {
			if err := h.post(ctx, sub.ConnectionID, f); err != nil {
				return err
			}
		}
		j.stream = s
	}
	// Some publications are not available, or there are too many rounds. The client must subscribe
	// again.
	return h.markBroken(ctx, sub)
}
