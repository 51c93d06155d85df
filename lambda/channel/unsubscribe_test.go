package channel_test

import (
	"context"
	"testing"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
)

// An unsubscribe command that is late does not end the subscription that a later command
// made.
func TestLateUnsubscribe(t *testing.T) {
	tests := map[string]struct {
		subscribe, unsubscribe uint32 // IDs of the commands
		want                   channel.State
	}{
		"in order": {2, 3, ""},
		"late":     {4, 3, channel.Joining},
		"same ID":  {3, 3, ""}, // of a client that does not count
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			c := client("a")
			for _, command := range []uint32{1, test.subscribe} {
				c.Command = command
				if _, err := f.Subscribe(t.Context(), c, centrifuge.Subscribe{Channel: "room:1"}); err != nil {
					t.Fatal(err)
				}
			}
			c.Command = test.unsubscribe
			for range 2 {
				if err := f.Unsubscribe(t.Context(), c, "room:1"); err != nil {
					t.Fatal(err)
				}
				if got := f.state(t, "room:1", "a"); got != test.want {
					t.Errorf("got state %q, want %q", got, test.want)
				}
			}
		})
	}
}

// A connection that is said to be gone when a reply is posted can be open. It is ended, so
// that its client does not rely on the subscriptions that are removed.
func TestGoneBeforeReply(t *testing.T) {
	f := newFixture(t, nil)
	f.subscribe(t, "a", centrifuge.Subscribe{Channel: "room:1"})
	j, err := f.Subscribe(t.Context(), client("a"), centrifuge.Subscribe{Channel: "room:2"})
	if err != nil {
		t.Fatal(err)
	}
	f.fail = func(context.Context, string) error { return channel.ErrGone }
	if err := f.Confirm(t.Context(), "a", [][]byte{[]byte("reply")}, []*channel.Joined{j}); err != nil {
		t.Fatal(err)
	}
	if got := f.state(t, "room:1", "a") + f.state(t, "room:2", "a"); got != "" || len(f.ended) != 1 {
		t.Errorf("got states %q, ended connections %v, want no subscription, and the end of the connection", got, f.ended)
	}
}
