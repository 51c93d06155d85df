package channel_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
)

// flaky is a table of subscribers whose first NoteMissed fails.
type flaky struct {
	channel.Subscribers
	missed int
}

func (s *flaky) NoteMissed(ctx context.Context, sub channel.Subscriber) (channel.Missed, error) {
	if s.missed++; s.missed == 1 {
		return channel.Other, errPost
	}
	return s.Subscribers.NoteMissed(ctx, sub)
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

// The function can die after it has posted the reply. The client is told to subscribe again
// soon after the time at which the function would have ended.
func TestJoiningFunctionDied(t *testing.T) {
	f := newFixture(t, nil)
	ctx, cancel := context.WithDeadline(t.Context(), f.now.Add(20*time.Second))
	defer cancel()
	if _, err := f.Subscribe(ctx, client("a"), centrifuge.Subscribe{Channel: "room:1"}); err != nil {
		t.Fatal(err)
	}
	f.publish1(t, "room:1", "1")
	repair := f.records(1)
	failed := f.Work(t.Context(), repair, nil)
	if want := 23 * time.Second; len(failed) != 1 || len(f.retries) != 1 || f.retries[0] != want || len(f.posts["a"]) > 0 {
		t.Errorf("got %d failed records, retries after %v, posts %q, want one retry after %v and no post", len(failed), f.retries, f.posts["a"], want)
	}
	f.now = f.now.Add(23 * time.Second)
	failed = f.Work(t.Context(), repair, nil)
	if got := f.posts["a"]; len(failed) > 0 || len(got) != 1 || !strings.Contains(got[0], "2500") {
		t.Errorf("got %d failed records, posts %q, want the code 2500", len(failed), got)
	}
}
