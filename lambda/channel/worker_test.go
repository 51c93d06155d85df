package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
)

var errPost = errors.New("post failed")

// If many posts fail, the worker waits for a while, then it marks the subscribers. A few
// subscribers whose posts fail are marked at once.
func TestOutage(t *testing.T) {
	tests := map[string]struct {
		subscribers, failing, receives int
		err, endErr                    error
		failed, broken, left           int // records, subscribers that are marked, and all subscribers afterwards
	}{
		"one":                 {4, 1, 1, errPost, nil, 0, 1, 4},
		"many":                {4, 2, 1, errPost, nil, 1, 0, 4},
		"many, for minutes":   {4, 2, 9, errPost, nil, 1, 0, 4},
		"many, for too long":  {4, 2, 10, errPost, nil, 0, 2, 4},
		"many, dead letter":   {4, 2, channel.MaxReceives, errPost, nil, 0, 2, 4},
		"less than half":      {5, 2, 1, errPost, nil, 0, 2, 5},
		"gone":                {4, 3, 1, channel.ErrGone, nil, 0, 0, 1},
		"gone twice":          {4, 3, 1, channel.ErrGone, channel.ErrGone, 0, 0, 1},
		"gone, but not ended": {4, 3, 1, channel.ErrGone, errPost, 0, 3, 4},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			for i := range test.subscribers {
				f.subscribe(t, fmt.Sprint(i), centrifuge.Subscribe{Channel: "room:1"})
			}
			f.fail = func(_ context.Context, id string) error {
				if id < fmt.Sprint(test.failing) {
					return test.err
				}
				return nil
			}
			f.failEnd = test.endErr
			if err := f.Publish(t.Context(), client("p"), "room:1", json.RawMessage("1")); err != nil {
				t.Fatal(err)
			}
			if failed := f.Work(t.Context(), f.records(test.receives), nil); len(failed) != test.failed || len(f.retries) != test.failed {
				t.Errorf("got failed records %v, retries %v, want %d", failed, f.retries, test.failed)
			}
			broken, left := 0, 0
			for i := range test.subscribers {
				switch f.state(t, "room:1", fmt.Sprint(i)) {
				case channel.Broken:
					broken++
					left++
				case channel.Active, channel.Joining:
					left++
				}
			}
			if repairs := len(f.records(1)); broken != test.broken || left != test.left || repairs != broken {
				t.Errorf("got %d marks, %d repair jobs, %d subscribers, want %d, %d, %d", broken, repairs, left, test.broken, test.broken, test.left)
			}
		})
	}
}

// Posts that need all the time leave enough of it for the marks.
func TestMarksHaveTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, nil)
		for i := range 100 {
			f.subscribe(t, fmt.Sprint(i), centrifuge.Subscribe{Channel: "room:1"})
		}
		f.fail = func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
		if err := f.Publish(t.Context(), client("p"), "room:1", json.RawMessage("1")); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if failed := f.Work(ctx, f.records(10), nil); len(failed) > 0 {
			t.Errorf("got failed records %v, want marks", failed)
		}
		for i := range 100 {
			if got := f.state(t, "room:1", fmt.Sprint(i)); got != channel.Broken {
				t.Fatalf("subscriber %d: got state %s, want broken", i, got)
			}
		}
	})
}

// A record without a task delays the others of its group, but does not take them to the
// dead letters.
func TestNoTask(t *testing.T) {
	for name, body := range map[string]string{"not JSON": "Zsecret", "no kind": "{}", "unknown kind": `{"secret":{}}`, "other type": `{"publish":"secret"}`, "other number": `{"deliver":{"first":-7357}}`} {
		for receives, want := range map[int]struct {
			failed string
			top    uint64
			after  time.Duration
		}{1: {"[0 1]", 0, time.Second}, 9: {"[0 1]", 0, time.Minute}, 10: {"[0]", 1, 0}, channel.MaxReceives: {"[0]", 1, 0}} {
			t.Run(fmt.Sprint(name, receives), func(t *testing.T) {
				var logged []string
				f := newFixture(t, func(c *channel.Config) {
					c.Warn = func(_ context.Context, err error, text string) { logged = append(logged, text+": "+err.Error()) }
				})
				f.messages = []channel.Message{{Group: "g", Body: []byte(body)}}
				if err := f.Publish(t.Context(), client("p"), "room:1", json.RawMessage("1")); err != nil {
					t.Fatal(err)
				}
				f.messages[1].Group = "g"
				failed := f.Work(t.Context(), f.records(receives), nil)
				h, err := f.History(t.Context(), client("c"), centrifuge.HistoryRead{Channel: "room:1"})
				if got := fmt.Sprint(failed); got != want.failed || err != nil || h.Offset != want.top || len(f.retries) != 1 || f.retries[0] != want.after {
					t.Errorf("got failed records %v, top %d, error %v, retries %v, want %+v", failed, h.Offset, err, f.retries, want)
				}
				attempt := fmt.Sprintf("does not know the task: message 0, attempt %d of 50: deploy the version", receives)
				if len(logged) != 1 || !strings.Contains(logged[0], attempt) || strings.Contains(logged[0], "secret") || strings.Contains(logged[0], "7357") || strings.Contains(logged[0], "Z") {
					t.Errorf("got log %q, want one line with %q, and no body", logged, attempt)
				}
			})
		}
	}
}

// Subscribers are told of publications that do not exist any more.
func TestLostRows(t *testing.T) {
	f := newFixture(t, nil)
	epoch := f.subscribe(t, "a", centrifuge.Subscribe{Channel: "room:1"}).Epoch
	f.subscribe(t, "b", centrifuge.Subscribe{Channel: "room:1"})
	f.subscribe(t, "c", centrifuge.Subscribe{Channel: "room:1"})
	f.messages = []channel.Message{{Group: "g", Body: []byte(`{"deliver":{"channel":"room:1","epoch":"` + epoch + `","shard":0,"first":1,"last":2}}`)}}
	f.work(t)
	for _, id := range []string{"a", "b", "c"} {
		if got := f.posts[id]; f.state(t, "room:1", id) != channel.Broken || len(got) != 2 || !strings.Contains(got[1], `"code":2500`) {
			t.Errorf("%s: got state %s, frames %q, want a mark and unsubscribe 2500", id, f.state(t, "room:1", id), got)
		}
	}
}

// A repair job ends the connection of a client that it cannot reach for a while. It leaves
// a subscription alone that was made after the job.
func TestRepair(t *testing.T) {
	for _, test := range []struct {
		name      string
		receives  int
		err       error
		again     bool // the client subscribes again before the job
		failed    int
		ended     int
		lastFrame string
	}{
		{"reached", 1, nil, false, 0, 0, "2500"},
		{"not reached", 5, errPost, false, 1, 0, "reply"},
		{"not reached for a while", 6, errPost, false, 0, 1, "reply"},
		{"subscribed again", 1, nil, true, 0, 0, "reply"},
		{"gone", 1, channel.ErrGone, false, 0, 1, "reply"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, nil)
			for _, id := range []string{"a", "b", "c"} {
				f.subscribe(t, id, centrifuge.Subscribe{Channel: "room:1"})
			}
			f.fail = func(_ context.Context, id string) error {
				if id == "a" {
					return errPost
				}
				return nil
			}
			f.publish1(t, "room:1", "1")
			if test.again {
				f.fail = func(context.Context, string) error { return nil }
				j, err := f.Subscribe(t.Context(), client("a"), centrifuge.Subscribe{Channel: "room:1"})
				if err != nil || j.Reply.Offset != 1 {
					t.Fatalf("got reply %+v, error %v", j, err)
				}
				f.now = f.now.Add(2 * time.Minute) // the new subscription would be repaired, too
			}
			f.fail = func(context.Context, string) error { return test.err }
			failed := f.Work(t.Context(), f.records(test.receives), nil)
			frames := f.posts["a"]
			if len(failed) != test.failed || len(f.ended) != test.ended || !strings.Contains(frames[len(frames)-1], test.lastFrame) {
				t.Errorf("got failed records %v, ended connections %v, last frame %q, want %+v", failed, f.ended, frames[len(frames)-1], test)
			}
		})
	}
}

// publish1 publishes, and does the task of the publication only.
func (f *fixture) publish1(t *testing.T, name, data string) {
	t.Helper()
	if err := f.Publish(t.Context(), client("p"), name, json.RawMessage(data)); err != nil {
		t.Fatal(err)
	}
	if failed := f.Work(t.Context(), f.records(1), nil); len(failed) > 0 {
		t.Fatalf("got failed records %v", failed)
	}
}

// A repair job does not wait for another one of the same connection.
func TestRepairGroups(t *testing.T) {
	f := newFixture(t, nil)
	publish := func() {
		t.Helper()
		if err := f.Publish(t.Context(), client("p"), "room:1", json.RawMessage("1")); err != nil {
			t.Fatal(err)
		}
		if failed := f.Work(t.Context(), f.records(1), nil); len(failed) > 0 {
			t.Fatalf("got failed records %v", failed)
		}
	}
	j, err := f.Subscribe(t.Context(), client("a"), centrifuge.Subscribe{Channel: "room:1"})
	if err != nil {
		t.Fatal(err)
	}
	publish() // it is joining
	waiting := f.records(1)
	if err := f.Confirm(t.Context(), "a", nil, []*channel.Joined{j}); err != nil {
		t.Fatal(err)
	}
	f.fail = func(context.Context, string) error { return errPost }
	publish()
	broken := f.records(1)
	if len(waiting) != 1 || len(broken) != 1 || waiting[0].Group == broken[0].Group {
		t.Errorf("got jobs %+v and %+v, want two with different groups", waiting, broken)
	}
}

// A channel with many subscribers gets more shards. New subscribers go to the newer half,
// and every subscriber receives the publications.
func TestGrow(t *testing.T) {
	f := newFixture(t, func(c *channel.Config) { c.ShardSize = 16 })
	shards := map[int]int{}
	for i := range 60 {
		id := fmt.Sprint(i)
		f.subscribe(t, id, centrifuge.Subscribe{Channel: "room:1"})
		of, err := f.memory.OfConnection(t.Context(), id)
		if err != nil || len(of) != 1 {
			t.Fatalf("got subscriptions %v, error %v", of, err)
		}
		shards[of[0].Shard]++
		switch s := of[0].Shard; {
		case i < 16 && s != 0, i >= 16 && i < 32 && s != 1, i >= 32 && s != 2 && s != 3:
			t.Errorf("subscriber %d: got shard %d", i, s)
		}
	}
	f.publish(t, "room:1", "1")
	for i := range 60 {
		if got := f.posts[fmt.Sprint(i)]; len(got) != 2 {
			t.Errorf("subscriber %d: got frames %q, want the publication", i, got)
		}
	}
	f.subscribe(t, "0", centrifuge.Subscribe{Channel: "room:1"})
	if of, err := f.memory.OfConnection(t.Context(), "0"); err != nil || len(of) != 1 || of[0].Shard != 0 {
		t.Errorf("got subscriptions %v, error %v: a connection keeps its shard", of, err)
	}
	n, err := f.PresenceCount(t.Context(), client("0"), "room:1")
	if err != nil || n.Clients != 60 || n.Users != 60 {
		t.Errorf("got %+v, error %v, want 60 clients and users", n, err)
	}
}
