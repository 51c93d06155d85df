package channel_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
	"sallyport/lambda/errcode"
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

// A late subscribe command does not replace a later command.
func TestLateSubscribe(t *testing.T) {
	for name, test := range map[string]struct {
		later string // the command that is done first
		want  channel.State
	}{
		"after unsubscribe": {"unsubscribe", ""},
		"after subscribe":   {"subscribe", channel.Joining},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			c := client("a")
			c.Command = 5
			var err error
			if test.later == "subscribe" {
				_, err = f.Subscribe(t.Context(), c, centrifuge.Subscribe{Channel: "room:1"})
			} else {
				err = f.Unsubscribe(t.Context(), c, "room:1")
			}
			if err != nil {
				t.Fatal(err)
			}
			c.Command = 4
			if _, err := f.Subscribe(t.Context(), c, centrifuge.Subscribe{Channel: "room:1"}); !refusedWith(err, errcode.TooManyMessages) {
				t.Errorf("got error %v, want a temporary refusal", err)
			}
			if got := f.state(t, "room:1", "a"); got != test.want {
				t.Errorf("got state %q, want %q", got, test.want)
			}
			c.Command = 6
			if _, err := f.Subscribe(t.Context(), c, centrifuge.Subscribe{Channel: "room:1"}); err != nil {
				t.Errorf("got error %v for a later command, want none", err)
			}
		})
	}
}

// Two functions can send a join and a leave in the wrong order. Subscribers get no push that
// contradicts the presence.
func TestJoinAfterLeave(t *testing.T) {
	for name, test := range map[string]struct {
		end   func(*fixture) error
		again bool // the client subscribes again
		order []int
		want  string
	}{
		"in order":                {leave, false, []int{0, 1}, "leave"},
		"join after leave":        {leave, false, []int{1, 0}, "leave"},
		"join after unsubscribe":  {unsubscribe, false, []int{1, 0}, "leave"},
		"again":                   {unsubscribe, true, []int{0, 1, 2}, "join join"},
		"leave after second join": {unsubscribe, true, []int{0, 2, 1}, "join join"},
		"all in reverse":          {unsubscribe, true, []int{2, 1, 0}, "join join"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(c *channel.Config) {
				table, err := channel.NewTable(channel.Namespace{Name: "room", Subscribe: channel.Everyone, HistorySize: 9, HistoryTime: time.Hour, JoinLeave: true})
				if err != nil {
					t.Fatal(err)
				}
				c.Namespaces = table
			})
			join := centrifuge.Subscribe{Channel: "room:1", JoinLeave: true}
			f.subscribe(t, "observer", join)
			f.work(t)
			f.posts["observer"] = nil
			f.subscribe(t, "a", join)
			if err := test.end(f); err != nil {
				t.Fatal(err)
			}
			if test.again {
				f.subscribe(t, "a", join)
			}
			var sent []channel.Message
			for _, i := range test.order {
				sent = append(sent, f.messages[i])
			}
			if len(sent) != len(f.messages) {
				t.Fatalf("got %d messages, want %d", len(f.messages), len(sent))
			}
			f.messages = sent
			f.work(t)
			var got []string
			for _, frame := range f.posts["observer"] {
				_, rest, _ := strings.Cut(frame, `"channel":"room:1","`)
				kind, _, _ := strings.Cut(rest, `"`)
				got = append(got, kind)
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}

func leave(f *fixture) error { return f.Leave(context.Background(), "a") }

func unsubscribe(f *fixture) error {
	return f.Unsubscribe(context.Background(), client("a"), "room:1")
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
