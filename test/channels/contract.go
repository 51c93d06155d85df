package channels

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"testing"
	"time"

	"sallyport/lambda/channel"
)

// TestStreams checks that an implementation of channel.Streams fulfils its contract.
func TestStreams(t *testing.T, s channel.Streams) {
	ctx, now := t.Context(), time.Now().Truncate(time.Second)
	fresh := func(epoch string, life time.Duration) channel.Stream {
		return channel.Stream{Epoch: epoch, Shards: 1, ExpiresAt: now.Add(life)}
	}
	open := func(name, epoch string, at time.Time) channel.Stream {
		t.Helper()
		got, err := s.Open(ctx, name, channel.Stream{Epoch: epoch, Shards: 1, ExpiresAt: at.Add(time.Hour)}, at)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	t.Run("open", func(t *testing.T) {
		if got := open("a:1", "e1", now); !reflect.DeepEqual(got, fresh("e1", time.Hour)) {
			t.Errorf("got %+v, want the new stream", got)
		}
		if got := open("a:1", "e2", now); got.Epoch != "e1" {
			t.Errorf("got epoch %s, want the first one", got.Epoch)
		}
		open("a:1", "e3", now.Add(40*time.Minute)) // extends
		if got := open("a:1", "e4", now.Add(90*time.Minute)); got.Epoch != "e1" {
			t.Errorf("got epoch %s of a stream that was extended", got.Epoch)
		}
		if _, err := s.Raise(ctx, "a:1", channel.Stream{Epoch: "e1", Top: 1, Newest: []channel.Placed{{ID: "x", Offset: 1}}, ExpiresAt: now.Add(2 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second call reads the stream that the first one wrote
			if got := open("a:1", "e5", now.Add(5*time.Hour)); got.Epoch != "e5" || got.Top != 0 || len(got.Newest) > 0 {
				t.Errorf("got %+v of a stream that has expired, want a new stream with epoch e5", got)
			}
		}
	})
	t.Run("raise", func(t *testing.T) { testRaise(t, s, now) })
	t.Run("grow", func(t *testing.T) {
		open("a:3", "e1", now)
		for _, n := range []int{4, 2} {
			if err := s.Grow(ctx, "a:3", n); err != nil {
				t.Fatal(err)
			}
		}
		if got := open("a:3", "", now); got.Shards != 4 {
			t.Errorf("got %d shards, want 4", got.Shards)
		}
	})
	t.Run("watch", func(t *testing.T) {
		open("a:5", "e1", now)
		if err := s.SetJoinLeave(ctx, "a:5"); err != nil {
			t.Fatal(err)
		}
		if got := open("a:5", "", now); !got.JoinLeave || got.Epoch != "e1" {
			t.Errorf("got %+v, want JoinLeave", got)
		}
		for range 2 {
			if got := open("a:5", "e2", now.Add(5*time.Hour)); got.JoinLeave {
				t.Errorf("got %+v of a stream that has expired, want no JoinLeave", got)
			}
		}
	})
	t.Run("batches", func(t *testing.T) { testBatches(t, s, now) })
}

func testRaise(t *testing.T, s channel.Streams, now time.Time) {
	t.Helper()
	ctx := t.Context()
	open := func() channel.Stream {
		t.Helper()
		got, err := s.Open(ctx, "a:2", channel.Stream{Epoch: "e1", Shards: 1, ExpiresAt: now.Add(time.Hour)}, now)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	open()
	if err := s.Grow(ctx, "a:2", 2); err != nil {
		t.Fatal(err)
	}
	want := channel.Stream{Epoch: "e1", Top: 3, Shards: 2, ExpiresAt: now.Add(2 * time.Hour), Newest: []channel.Placed{{ID: `a"`, Time: 7, Offset: 2}, {ID: "b", Time: 8, Offset: 3}}}
	for _, top := range []uint64{3, 2, 3} {
		to := channel.Stream{Epoch: "e1", Top: top, ExpiresAt: want.ExpiresAt, Newest: want.Newest[:top-1]}
		if got, err := s.Raise(ctx, "a:2", to); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("raise to %d: got %+v, error %v, want %+v", top, got, err, want)
		}
	}
	if got := open(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, name := range []string{"a:2", "a:none"} {
		if _, err := s.Raise(ctx, name, channel.Stream{Epoch: "other", Top: 9, ExpiresAt: now.Add(time.Hour)}); !errors.Is(err, channel.ErrEpoch) {
			t.Errorf("%s: got error %v, want ErrEpoch", name, err)
		}
	}
}

func testBatches(t *testing.T, s channel.Streams, now time.Time) {
	t.Helper()
	want := []uint64{1, 3, 4, 11, 100}
	for _, first := range want {
		data := json.RawMessage(fmt.Sprintf(`{"n":%d,"html":"<&>"}`, first))
		b := channel.Batch{First: first, ExpiresAt: now.Add(time.Hour), Publications: []channel.Publication{
			{ID: fmt.Sprint(first), Data: data, Client: "c", User: "u", Time: 7, Offset: first}, {ID: "second", Data: data, Offset: first + 1},
		}}
		if err := s.Append(t.Context(), "a:4", "e1", b); err != nil {
			t.Fatal(err)
		}
		if err := s.Append(t.Context(), "a:4", "e1", b); !errors.Is(err, channel.ErrTaken) {
			t.Errorf("got error %v of a place that is taken, want ErrTaken", err)
		}
	}
	if err := s.Append(t.Context(), "a:4", "e2", channel.Batch{First: 1, ExpiresAt: now.Add(time.Hour)}); err != nil {
		t.Errorf("got error %v, want none: another epoch is another stream", err)
	}
	all, err := collect(s.Batches(t.Context(), "a:4", "e1", 3, 11, false))
	if err != nil || len(all) != 3 || all[0].First != 3 || all[2].First != 11 {
		t.Fatalf("got %+v, error %v, want the batches 3, 4 and 11", all, err)
	}
	if p := all[0].Publications; len(p) != 2 || p[0].Offset != 3 || p[1].Offset != 4 || p[0].ID != "3" || string(p[0].Data) != `{"n":3,"html":"<&>"}` || p[0].Client != "c" || p[0].User != "u" || p[0].Time != 7 {
		t.Errorf("got publications %+v", p)
	}
	all, err = collect(s.Batches(t.Context(), "a:4", "e1", 1, 1<<62, true))
	if err != nil || len(all) != 5 || all[0].First != 100 || all[4].First != 1 {
		t.Errorf("got %+v, error %v, want all in descending order", all, err)
	}
}

func collect[T any](list iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for v, err := range list {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}
