package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"sallyport/lambda/centrifuge"
)

// dialChannels connects a user with the protocol of channels.
func (v *verifier) dialChannels(ctx context.Context, u account) (*socket, error) {
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
	v.deleteOwnLater(maps.Keys(r.Connect.Subs))
	return s, nil
}

// command sends a command and returns its reply. It keeps the pushes that arrive before the
// reply for waitForPush.
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
		replies, err := s.readFrame(ctx)
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

// readFrame reads a frame. It returns the replies, and keeps the pushes for waitForPush.
func (s *socket) readFrame(ctx context.Context) ([]centrifuge.Reply, error) {
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
			s.pushes = append(s.pushes, *r.Push)
		} else {
			replies = append(replies, r)
		}
	}
}

// waitForPush waits for a push of a kind at a channel, and returns it. It drops the pushes before.
func (s *socket) waitForPush(ctx context.Context, channel string, kind func(centrifuge.Push) bool) (centrifuge.Push, error) {
	for {
		i := slices.IndexFunc(s.pushes, func(p centrifuge.Push) bool { return p.Channel == channel && kind(p) })
		if i >= 0 {
			p := s.pushes[i]
			s.pushes = slices.Delete(s.pushes, 0, i+1)
			return p, nil
		}
		if _, err := s.readFrame(ctx); err != nil {
			return centrifuge.Push{}, err
		}
	}
}

// publication reports whether a push is a publication.
func publication(p centrifuge.Push) bool { return p.Pub != nil }

// publications waits for n publications and returns their offsets and data.
func (s *socket) publications(ctx context.Context, channel string, n int) (string, error) {
	var all []centrifuge.Publication
	for range n {
		p, err := s.waitForPush(ctx, channel, publication)
		if err != nil {
			return formatted(all), err
		}
		all = append(all, *p.Pub)
	}
	return formatted(all), nil
}

// formatted returns publications in the form OFFSET:DATA, separated by spaces.
func formatted(all []centrifuge.Publication) string {
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

// publishAndWait publishes numbers and waits for their publications, because the queue delivers
// them after the reply.
func (s *socket) publishAndWait(ctx context.Context, channel string, first, last int) error {
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

// testChannel is a new channel with two subscribers, each with its own connection. a belongs to
// the first user, b to the second user if there is one.
type testChannel struct {
	channel string
	a, b    *socket
	start   *centrifuge.Subscribed // of b
}

// onChannel returns a function for check.run that works on a new channel.
func onChannel(do func(ctx context.Context, v *verifier, r *testChannel) (string, error)) func(context.Context, *verifier) (string, error) {
	return func(ctx context.Context, v *verifier) (string, error) {
		r := &testChannel{channel: v.newChannel()}
		var err error
		if r.a, err = v.dialChannels(ctx, v.firstUser); err != nil {
			return "", err
		}
		defer r.a.close()
		if r.b, err = v.dialChannels(ctx, v.other()); err != nil {
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

// other returns the second user, or the first user if there is no second user.
func (v *verifier) other() account {
	if v.secondUser.token == "" {
		return v.firstUser
	}
	return v.secondUser
}

// newChannel returns the name of a new channel.
func (v *verifier) newChannel() string {
	name := v.namespace + ":verify-" + strings.ToLower(rand.Text()[:10])
	v.deleteChannelLater(name)
	return name
}

// deleteOwnLater lets cleanUp delete the own channels of a temporary user. Those of an external
// issuer's user have other publications, too.
func (v *verifier) deleteOwnLater(channels iter.Seq[string]) {
	if !v.temporary() {
		return
	}
	for own := range channels {
		v.deleteChannelLater(own)
	}
}

// deleteChannelLater lets cleanUp delete a channel from the table. It does nothing on the local run,
// whose table is in memory.
func (v *verifier) deleteChannelLater(channel string) {
	name := "the channel " + channel
	if v.local || slices.ContainsFunc(v.created, func(t createdThing) bool { return t.name == name }) {
		return
	}
	v.created = append(v.created, createdThing{
		name, "nothing, DynamoDB deletes the publications after the history time of the namespace",
		func(ctx context.Context) error { return v.deleteChannel(ctx, channel) },
	})
}
