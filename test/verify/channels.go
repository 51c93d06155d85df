package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sallyport/lambda/centrifuge"
)

// member connects a user with the protocol of channels.
func (v *verifier) member(ctx context.Context, u account) (*socket, error) {
	c, err := v.credential(ctx, u)
	if err != nil {
		return nil, err
	}
	s, err := v.dial(ctx, "centrifuge-json", c)
	if err != nil {
		return nil, err
	}
	r, err := s.command(ctx, "connect", object{})
	if err != nil || r.Connect == nil {
		s.close()
		return nil, errors.Join(err, errors.New("the answer to connect has no client"))
	}
	s.id = r.Connect.Client
	for own := range r.Connect.Subs { // those of an external issuer's user have other publications, too
		if v.temporary() {
			v.forgetLater(own)
		}
	}
	return s, nil
}

// command sends a command and returns its reply. It holds the pushes that arrive before.
func (s *socket) command(ctx context.Context, name string, request object) (centrifuge.Reply, error) {
	s.next++
	text, err := json.Marshal(object{"id": s.next, name: request})
	if err != nil {
		return centrifuge.Reply{}, err
	}
	if err := s.send(ctx, string(text)); err != nil {
		return centrifuge.Reply{}, err
	}
	for {
		replies, err := s.frame(ctx)
		if err != nil {
			return centrifuge.Reply{}, fmt.Errorf("%s: %w", name, err)
		}
		for _, r := range replies {
			if r.ID == uint32(s.next) { //nolint:gosec // a small count
				return r, nil
			}
		}
	}
}

// frame reads a frame. It returns the replies and holds the pushes.
func (s *socket) frame(ctx context.Context) ([]centrifuge.Reply, error) {
	text, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(text, "close ") {
		return nil, errors.New(text)
	}
	var replies []centrifuge.Reply
	for dec := json.NewDecoder(strings.NewReader(text)); ; {
		var r centrifuge.Reply
		if err := dec.Decode(&r); errors.Is(err, io.EOF) {
			return replies, nil
		} else if err != nil {
			return nil, fmt.Errorf("read %.200q: %w", text, err)
		}
		if r.Push != nil {
			s.held = append(s.held, *r.Push)
		} else {
			replies = append(replies, r)
		}
	}
}

// pushOf waits for a push of a channel that is of a kind, and returns it.
func (s *socket) pushOf(ctx context.Context, channel string, kind func(centrifuge.Push) bool) (centrifuge.Push, error) {
	for {
		i := slices.IndexFunc(s.held, func(p centrifuge.Push) bool { return p.Channel == channel && kind(p) })
		if i >= 0 {
			p := s.held[i]
			s.held = slices.Delete(s.held, 0, i+1)
			return p, nil
		}
		if _, err := s.frame(ctx); err != nil {
			return centrifuge.Push{}, err
		}
	}
}

func publication(p centrifuge.Push) bool { return p.Pub != nil }

// publications waits for n publications and returns their offsets and data.
func (s *socket) publications(ctx context.Context, channel string, n int) (string, error) {
	var all []centrifuge.Publication
	for range n {
		p, err := s.pushOf(ctx, channel, publication)
		if err != nil {
			return listed(all), err
		}
		all = append(all, *p.Pub)
	}
	return listed(all), nil
}

// listed returns publications as OFFSET:DATA.
func listed(all []centrifuge.Publication) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, fmt.Sprintf("%d:%s", p.Offset, p.Data))
	}
	return strings.Join(texts, " ")
}

// publish publishes the numbers from first to last.
func (s *socket) publish(ctx context.Context, channel string, first, last int) error {
	for n := first; n <= last; n++ {
		r, err := s.command(ctx, "publish", object{"channel": channel, "data": n})
		if err != nil {
			return err
		}
		if r.Error != nil {
			return fmt.Errorf("publish: %d %s", r.Error.Code, r.Error.Message)
		}
	}
	return nil
}

// published publishes and waits until the publications arrive: the queue delivers them after
// the reply.
func (s *socket) published(ctx context.Context, channel string, first, last int) error {
	if err := s.publish(ctx, channel, first, last); err != nil {
		return err
	}
	_, err := s.publications(ctx, channel, last-first+1)
	return err
}

// subscribe subscribes to a channel. The error has the code of a refusal.
func (s *socket) subscribe(ctx context.Context, request object) (*centrifuge.Subscribed, error) {
	r, err := s.command(ctx, "subscribe", request)
	switch {
	case err != nil:
		return nil, err
	case r.Error != nil:
		return nil, &refusedError{r.Error.Code, r.Error.Message}
	case r.Subscribe == nil:
		return nil, errors.New("the answer to subscribe has no position")
	}
	return r.Subscribe, nil
}

// refusedError is an error of a command.
type refusedError struct {
	code    uint32
	message string
}

func (e *refusedError) Error() string { return fmt.Sprintf("refused with %d %s", e.code, e.message) }

// room is a new channel with two subscribers: the first user publishes, the second one is
// another connection, of the second user if there is one.
type room struct {
	channel string
	a, b    *socket
	start   *centrifuge.Subscribed // of b
}

// inRoom returns a check's function that works in a new channel.
func inRoom(do func(ctx context.Context, v *verifier, r *room) (string, error)) func(context.Context, *verifier) (string, error) {
	return func(ctx context.Context, v *verifier) (string, error) {
		r := &room{channel: v.newChannel()}
		var err error
		if r.a, err = v.member(ctx, v.ann); err != nil {
			return "", err
		}
		defer r.a.close()
		if r.b, err = v.member(ctx, v.other()); err != nil {
			return "", err
		}
		defer func() { r.b.close() }()
		if _, err = r.a.subscribe(ctx, object{"channel": r.channel, "join_leave": true}); err != nil {
			return "", err
		}
		if r.start, err = r.b.subscribe(ctx, object{"channel": r.channel}); err != nil {
			return "", err
		}
		return do(ctx, v, r)
	}
}

// other returns the second user, or the first one if there is no second.
func (v *verifier) other() account {
	if v.bob.token == "" {
		return v.ann
	}
	return v.bob
}

// newChannel returns the name of a new channel.
func (v *verifier) newChannel() string {
	name := v.namespace + ":verify-" + strings.ToLower(rand.Text()[:10])
	v.forgetLater(name)
	return name
}

// forgetLater lets cleanUp delete a channel from the table. The table of the local run is in
// memory, and not an output.
func (v *verifier) forgetLater(channel string) {
	name := "the channel " + channel
	if v.local || slices.ContainsFunc(v.made, func(t thing) bool { return t.name == name }) {
		return
	}
	v.made = append(v.made, thing{
		name, "nothing, DynamoDB deletes the publications after the history time of the namespace",
		func(ctx context.Context) error { return v.forget(ctx, channel) },
	})
}
