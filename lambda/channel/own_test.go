package channel_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sallyport/lambda/channel"
)

// A client cannot subscribe to its own channel. If a post fails, the connection ends, and
// the client recovers when it connects again.
func TestRepairOwn(t *testing.T) {
	for _, test := range []struct {
		name  string
		post  error // the result of the post of the repair job
		posts int
	}{
		{"reached", nil, 1},
		{"gone", channel.ErrGone, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, func(c *channel.Config) {
				table, err := channel.NewTable(channel.Namespace{Name: "user", Subscribe: channel.Owner, HistorySize: 9, HistoryTime: time.Hour, Own: true})
				if err != nil {
					t.Fatal(err)
				}
				c.Namespaces = table
			})
			all, err := f.SubscribeOwn(t.Context(), client("a"), nil)
			if err != nil || len(all) != 1 {
				t.Fatalf("got %d subscriptions, error %v, want 1", len(all), err)
			}
			if err := f.Confirm(t.Context(), "a", nil, all); err != nil {
				t.Fatal(err)
			}
			f.fail = func(context.Context, string) error { return errPost }
			if _, err := f.PublishAs(t.Context(), all[0].Subscriber.Channel, json.RawMessage("1"), ""); err != nil {
				t.Fatal(err)
			}
			if failed := f.Work(t.Context(), f.records(1), nil); len(failed) > 0 {
				t.Fatalf("got failed records %v, want none", failed)
			}
			f.fail = func(context.Context, string) error { return test.post }
			if failed := f.Work(t.Context(), f.records(1), nil); len(failed) > 0 {
				t.Fatalf("got failed records %v of the repair, want none", failed)
			}
			if got := f.posts["a"]; len(got) != test.posts || len(got) > 0 && !strings.Contains(got[0], `{"push":{"disconnect":{"code":3010,`) {
				t.Errorf("got posts %q, want %d with disconnect 3010", got, test.posts)
			}
			if len(f.ended) != 1 {
				t.Errorf("got ended connections %v, want one", f.ended)
			}
		})
	}
}
