package handler

import (
	"context"
	"errors"
	"fmt"

	"sallyport/lambda/channel"
	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
	"sallyport/lambda/metric"
	"sallyport/lambda/route"
	"sallyport/lambda/trace"
)

// push sends a message, or sends jobs to the queue that send it. The answer is a route.Sent.
// If time runs out, or if the connections cannot be listed, the error has the counts so far.
func (m *Mux) push(ctx context.Context, r *request) (any, error) {
	c, err := m.readPush(r)
	if err != nil {
		return nil, err
	}
	r.note("trace", c.Trace)
	ctx = trace.With(ctx, c.Trace)
	if c.Target.Channel != "" {
		return m.publish(ctx, r, c)
	}
	r.noteUser(c.Target.user())
	count, err := m.forEachOrQueue(ctx, m.connections(ctx, c.Target), &job{Message: c.Message}, func(to Connection) error { return m.post(ctx, r, to, c.Message) })
	r.note("connectionId", c.Target.Connection) // added last, because the lines about posts have their own
	sent := r.countSent(count)
	r.log = r.log.With().Int64("sent", sent.Sent).Int64("gone", sent.Gone).Int64("failed", sent.Failed).Logger()
	r.noteQueued(count)
	if err != nil {
		return nil, m.incomplete("push", err, count, "sent")
	}
	return sent, nil
}

// published is the answer to a push to a channel. Offset and Epoch are the position of the
// publication. They are missing in a channel without history, and if the queue needs more
// than 3 seconds; Queued is then true.
type published struct {
	Channel string `json:"channel"`
	Offset  uint64 `json:"offset,omitempty"`
	Epoch   string `json:"epoch,omitempty"`
	Queued  bool   `json:"queued,omitempty"`
}

// publish publishes a message in a channel.
func (m *Mux) publish(ctx context.Context, r *request, c pushCommand) (any, error) {
	name, err := m.channelOf(ctx, r, c.Target)
	if err != nil {
		return nil, err
	}
	r.note("channel", name)
	id, err := m.config.Channels.PublishAs(ctx, name, c.Message, c.Target.Key)
	var refusal *errcode.Refusal
	switch {
	case errors.As(err, &refusal):
		return nil, errcode.Refuse(refusal.Code, "%s: %s", refusal.Code, refusal.Reason)
	case err != nil:
		return nil, fmt.Errorf("publish: %w", err)
	case id == "":
		return published{Channel: name}, nil
	}
	at, err := m.config.Channels.Await(ctx, name, id)
	if err != nil { // the queue has the publication
		r.log.Warn().Err(err).Msg("position of publication not known")
	}
	return published{name, at.Offset, at.Epoch, at.Offset == 0}, nil
}

// channelOf returns the channel of a target.
func (m *Mux) channelOf(ctx context.Context, r *request, t target) (string, error) {
	if !t.ownChannel() {
		return t.Channel, nil
	}
	r.noteUser(t.user())
	if !m.config.Channels.HasOwn(t.Channel) {
		return "", commandInvalid("the target has the channel %.200q and a user: want the name of a namespace with Own, such as user", t.Channel)
	}
	user := t.user()
	if t.User != "" {
		var err error
		if user, err = m.named(ctx, t.User); err != nil {
			return "", err
		}
	}
	return channel.OwnName(t.Channel, user), nil
}

// named returns the connected user with a name. Only the table of connections has names, and
// several users can have the same name.
func (m *Mux) named(ctx context.Context, name string) (identity.User, error) {
	var found identity.User
	for c, err := range m.config.Connections.ByName(ctx, name) {
		if err == nil {
			c, err = m.config.Connections.Get(ctx, c.ID) // the list does not have the users
		}
		switch {
		case errors.Is(err, ErrGone):
			continue
		case err != nil:
			return found, fmt.Errorf("find user: %w", err)
		case found.ID() != "" && found.ID() != c.User.ID():
			return found, commandInvalid("several users have the name %.100q: use the sub, and its issuer, as the target", name)
		}
		found = c.User
	}
	if found.ID() == "" {
		return found, commandInvalid("no user with the name %.100q is connected, and only the names of connected users are known: use the sub as the target", name)
	}
	return found, nil
}

// post sends a message to one connection. If the connection is gone, post deletes its row.
// It logs every other error, because the answer has only the counts.
func (m *Mux) post(ctx context.Context, r *request, to Connection, text []byte) error {
	r.addConnectionTrace(to)
	err := m.config.Poster.Post(ctx, to.ID, textFor(to, text))
	if errors.Is(err, ErrGone) {
		m.removeGone(ctx, r, to)
	} else if err != nil {
		r.warn(to).Err(err).Msg("message not sent")
	}
	return err
}

// textFor returns a message in the form of the protocol of a connection.
func textFor(to Connection, text []byte) []byte {
	if to.Protocol == centrifugeProtocol {
		return messagePush(text)
	}
	return text
}

// countSent adds the counts of a push to the event's metrics.
func (r *request) countSent(count *tally) route.Sent {
	sent := route.Sent{Sent: count.done.Load(), Gone: count.gone.Load(), Failed: count.failed.Load(), Queued: count.queued.Load()}
	r.count(metric.Sent, sent.Sent)
	r.count(metric.Gone, sent.Gone)
	r.count(metric.Failed, sent.Failed)
	r.count(metric.Throttled, count.throttled.Load())
	return sent
}
