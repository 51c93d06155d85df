package channel_test

import (
	"context"
	"encoding/json"
	"testing"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
)

// flaky is a table of subscribers whose first Miss fails.
type flaky struct {
	channel.Subscribers
	missed int
}

func (s *flaky) Miss(ctx context.Context, sub channel.Subscriber) (channel.Missed, error) {
	if s.missed++; s.missed == 1 {
		return channel.Other, errPost
	}
	return s.Subscribers.Miss(ctx, sub)
}

// A client ignores an unsubscribe push that arrives before the reply to its subscribe
// command. A subscriber that is joining therefore gets none, even if the note about a
// publication that it missed fails at first.
func TestJoiningIsNotBroken(t *testing.T) {
	f := newFixture(t, func(c *channel.Config) { c.Subscribers = &flaky{Subscribers: c.Subscribers} })
	j, err := f.Subscribe(t.Context(), client("a"), centrifuge.Subscribe{Channel: "room:1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Publish(t.Context(), client("p"), "room:1", json.RawMessage("1")); err != nil {
		t.Fatal(err)
	}
	if failed := f.Work(t.Context(), f.records(1), nil); len(failed) > 0 {
		t.Fatalf("got failed records %v, want none", failed)
	}
	if got := f.state(t, "room:1", "a"); got != channel.Joining || len(f.posts["a"]) > 0 {
		t.Errorf("got state %s, posts %q before the reply, want joining and none", got, f.posts["a"])
	}
	if err := f.Confirm(t.Context(), "a", [][]byte{[]byte("reply")}, []*channel.Joined{j}); err != nil {
		t.Fatal(err)
	}
	if got := f.posts["a"]; f.state(t, "room:1", "a") != channel.Active || len(got) != 2 {
		t.Errorf("got state %s, posts %q, want active, the reply and the publication", f.state(t, "room:1", "a"), got)
	}
}
