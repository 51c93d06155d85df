package channel_test

import (
	"fmt"
	"testing"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
)

// Few jobs of a publication wait in the queue at the same time, and each job is sent by an
// earlier one. The jobs of each shard are in the order of the publications.
func TestJobsWait(t *testing.T) {
	f := newFixture(t, func(c *channel.Config) { c.ShardSize, c.Jobs = 16, 2 })
	for i := range 120 {
		f.subscribe(t, fmt.Sprint(i), centrifuge.Subscribe{Channel: "room:1"})
	}
	for n := range 2 {
		if err := f.Publish(t.Context(), client("p"), "room:1", fmt.Append(nil, n)); err != nil {
			t.Fatal(err)
		}
		if failed := f.Work(t.Context(), f.records(1), nil); len(failed) > 0 { // to the jobs
			t.Fatalf("got failed records %v", failed)
		}
		first := f.records(1)
		if len(first) != 2 {
			t.Fatalf("got %d jobs, want 2", len(first))
		}
		for len(first) > 0 {
			if failed := f.Work(t.Context(), first, nil); len(failed) > 0 {
				t.Fatalf("got failed records %v", failed)
			}
			if first = f.records(1); len(first) > 2 {
				t.Errorf("got %d jobs that follow, want at most 2", len(first))
			}
		}
	}
	for i := range 120 {
		if got := f.posts[fmt.Sprint(i)]; len(got) != 3 { // with the reply
			t.Errorf("subscriber %d: got frames %q, want both publications", i, got)
		}
	}
}
