package channel_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
)

// The queue can give out messages again after a worker has appended their publications. The
// publications keep their offsets.
func TestAppendAgain(t *testing.T) {
	ctx := t.Context()
	raise := func(top uint64, newest ...channel.Placed) func(f *fixture) error {
		return func(f *fixture) error {
			s, err := f.memory.Open(ctx, "room:1", channel.Stream{ExpiresAt: f.now.Add(time.Hour)}, f.now)
			if err == nil {
				_, err = f.memory.Raise(ctx, "room:1", channel.Stream{Epoch: s.Epoch, Top: top, Newest: newest, ExpiresAt: s.ExpiresAt})
			}
			return err
		}
	}
	for name, test := range map[string]struct {
		change func(f *fixture) error // between the two attempts
		from   int                    // the first message of the second attempt
	}{
		"all":                         {nil, 0},
		"the later half":              {nil, 5},
		"after an older version":      {raise(10), 0}, // which does not write Newest
		"Newest of an older version":  {raise(10, channel.Placed{ID: "x", Time: 1, Offset: 9}), 0},
		"the later half, no Newest":   {raise(10), 5},
		"a lower top does not matter": {raise(3, channel.Placed{ID: "x", Time: 1, Offset: 3}), 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.subscribe(t, "a", centrifuge.Subscribe{Channel: "room:1"})
			for i := range 15 {
				if err := f.Publish(ctx, client("p"), "room:1", json.RawMessage(fmt.Sprint(i))); err != nil {
					t.Fatal(err)
				}
			}
			all := f.records(1)
			work := func(records []channel.Record) {
				t.Helper()
				if failed := f.Work(ctx, records, nil); len(failed) > 0 {
					t.Fatalf("got failed records %v, want none", failed)
				}
			}
			work(all[:10])
			if test.change != nil {
				if err := test.change(f); err != nil {
					t.Fatal(err)
				}
			}
			work(all[test.from:min(len(all), test.from+10)]) // a batch has at most ten messages
			work(all[10:])
			s, err := f.memory.Open(ctx, "room:1", channel.Stream{}, f.now)
			if err != nil || s.Top != 15 {
				t.Errorf("got top %d, error %v, want 15", s.Top, err)
			}
			if state := f.state(t, "room:1", "a"); state != channel.Active {
				t.Errorf("got state %s of a subscriber that got everything, want active", state)
			}
			got, err := f.History(ctx, client("a"), centrifuge.HistoryRead{Channel: "room:1", Limit: -1})
			if want := "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14"; err != nil || data(got.Publications) != want {
				t.Errorf("got history %s, error %v, want %s", data(got.Publications), err, want)
			}
		})
	}
}

// hooked is a table of streams that calls before at the start of Raise. Raise returns its error.
type hooked struct {
	channel.Streams
	before func() error
}

func (s *hooked) Raise(ctx context.Context, name string, to channel.Stream) (channel.Stream, error) {
	if err := s.before(); err != nil {
		return channel.Stream{}, err
	}
	return s.Streams.Raise(ctx, name, to)
}

// A subscriber of a new shard that has read the top before a worker raises it gets the
// publication, although the worker has read the number of shards before.
func TestShardsGrowBeforeRaise(t *testing.T) {
	var streams *hooked
	f := newFixture(t, func(c *channel.Config) {
		streams = &hooked{Streams: c.Streams}
		c.Streams = streams
	})
	streams.before = func() error {
		if err := f.memory.Grow(t.Context(), "room:1", 2); err != nil {
			return err
		}
		if reply := f.subscribe(t, "a", centrifuge.Subscribe{Channel: "room:1"}); reply.Offset != 0 {
			t.Errorf("got offset %d, want 0", reply.Offset)
		}
		return nil
	}
	f.publish(t, "room:1", "1")
	if got := f.posts["a"]; len(got) != 2 { // the reply and the publication
		t.Errorf("got frames %q, want the publication", got)
	}
}

// A publication has its place, but the top was never raised, and its message became a dead
// letter. The next publication delivers both.
func TestDeadLetterAfterAppend(t *testing.T) {
	var streams *hooked
	f := newFixture(t, func(c *channel.Config) {
		streams = &hooked{c.Streams, func() error { return errPost }}
		c.Streams = streams
	})
	f.subscribe(t, "a", centrifuge.Subscribe{Channel: "room:1"})
	if err := f.Publish(t.Context(), client("p"), "room:1", json.RawMessage("1")); err != nil {
		t.Fatal(err)
	}
	if failed := f.Work(t.Context(), f.records(channel.MaxReceives), nil); len(failed) != 1 {
		t.Fatalf("got failed records %v, want one", failed)
	}
	streams.before = func() error { return nil }
	f.publish(t, "room:1", "2")
	if got := strings.Join(f.posts["a"], " "); !strings.Contains(got, `"offset":1`) || !strings.Contains(got, `"offset":2`) {
		t.Errorf("got frames %s, want the offsets 1 and 2", got)
	}
}

// counted is a table of streams that counts the reads of rows.
type counted struct {
	channel.Streams
	reads int
}

func (s *counted) Batches(ctx context.Context, name, epoch string, first, last uint64, descending bool) iter.Seq2[channel.Batch, error] {
	s.reads++
	return s.Streams.Batches(ctx, name, epoch, first, last, descending)
}

// A publication in a channel with one shard reads no rows: infra/cost counts none.
func TestAppendReadsNoRows(t *testing.T) {
	var streams *counted
	f := newFixture(t, func(c *channel.Config) {
		streams = &counted{Streams: c.Streams}
		c.Streams = streams
	})
	f.subscribe(t, "a", centrifuge.Subscribe{Channel: "room:1"})
	f.publish(t, "room:1", "1", "2", "3")
	if got := len(f.posts["a"]); streams.reads != 0 || got != 4 { // with the reply
		t.Errorf("got %d reads, %d frames, want no read and 4 frames", streams.reads, got)
	}
}
