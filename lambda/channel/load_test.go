package channel_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
)

// Few jobs of a publication wait in the queue at the same time, and each job sends the next
// one. The jobs of each shard are in the order of the publications.
func TestJobsWait(t *testing.T) {
	f := newFixture(t, func(c *channel.Config) { c.ShardSize, c.Jobs = 16, 2 })
	for i := range 120 {
		f.subscribe(t, fmt.Sprint(i), centrifuge.Subscribe{Channel: "room:1"})
	}
	for n := range 2 {
		if err := f.Publish(t.Context(), client("p"), "room:1", fmt.Append(nil, n)); err != nil {
			t.Fatal(err)
		}
		if failed := f.Work(t.Context(), f.records(1), nil); len(failed) > 0 { // sends the first jobs
			t.Fatalf("got failed records %v", failed)
		}
		first := f.records(1)
		if len(first) != 2 {
			t.Fatalf("got %d jobs, want 2", len(first))
		}
		jobs := 0
		for len(first) > 0 {
			jobs += len(first)
			if failed := f.Work(t.Context(), first, nil); len(failed) > 0 {
				t.Fatalf("got failed records %v", failed)
			}
			if first = f.records(1); len(first) > 2 {
				t.Errorf("got %d next jobs, want at most 2", len(first))
			}
		}
		s, err := f.memory.Open(t.Context(), "room:1", channel.Stream{}, f.now)
		if err != nil || s.Shards < 4 || jobs != s.Shards {
			t.Errorf("got %d jobs for %d shards, error %v, want one for each of at least 4 shards", jobs, s.Shards, err)
		}
	}
	for i := range 120 {
		if got := f.posts[fmt.Sprint(i)]; len(got) != 3 { // the reply and both publications
			t.Errorf("subscriber %d: got frames %q, want both publications", i, got)
		}
	}
}

// A shard whose posts fail does not hold up the next shard.
func TestFailedShard(t *testing.T) {
	f := newFixture(t, func(c *channel.Config) { c.ShardSize, c.Jobs = 16, 1 })
	inFirst := map[string]bool{}
	for i := range 32 {
		id := fmt.Sprint(i)
		f.subscribe(t, id, centrifuge.Subscribe{Channel: "room:1"})
		inFirst[id] = f.state(t, "room:1", id) != "" // state reads the shard 0
	}
	f.fail = func(_ context.Context, id string) error {
		if inFirst[id] {
			return errPost
		}
		return nil
	}
	if err := f.Publish(t.Context(), client("p"), "room:1", []byte("1")); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for all := f.records(1); len(all) > 0; all = f.records(1) {
		failed += len(f.Work(t.Context(), all, nil))
	}
	if failed != 1 {
		t.Errorf("got %d failed jobs, want that of the first shard", failed)
	}
	for id, first := range inFirst {
		if got := f.posts[id]; !first && len(got) != 2 { // the reply and the publication
			t.Errorf("subscriber %s: got frames %q, want the publication", id, got)
		}
	}
}

// Joins and leaves make no jobs unless a subscriber has asked for them.
func TestJoinsWithoutObservers(t *testing.T) {
	namespaces, err := channel.NewTable(channel.Namespace{Name: "room", Subscribe: channel.Everyone, HistorySize: 10, HistoryTime: time.Hour, JoinLeave: true})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, func(c *channel.Config) { c.Namespaces = namespaces })
	f.subscribe(t, "a", centrifuge.Subscribe{Channel: "room:1"})
	f.subscribe(t, "b", centrifuge.Subscribe{Channel: "room:1"})
	if err := f.Leave(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	if got := f.records(1); len(got) > 0 {
		t.Errorf("got jobs %v, want none", got)
	}
	f.subscribe(t, "c", centrifuge.Subscribe{Channel: "room:1", JoinLeave: true})
	f.work(t)
	f.subscribe(t, "d", centrifuge.Subscribe{Channel: "room:1"})
	f.work(t)
	if got := f.posts["c"]; len(got) != 3 || !strings.Contains(got[2], `"client":"d"`) { // after the reply and its own join
		t.Errorf("c: got frames %q, want the join of d", got)
	}
	if got := f.posts["a"]; len(got) != 1 {
		t.Errorf("a: got frames %q, want no join", got)
	}
}
