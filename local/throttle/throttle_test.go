package throttle_test

import (
	"testing"
	"time"

	"sallyport/local/throttle"
)

func TestTake(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := throttle.New(10, 2)
	for i, c := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {0, true}, {0, false}, {100 * time.Millisecond, true}, {100 * time.Millisecond, false}, {time.Hour, true}, {time.Hour, true}, {time.Hour, false}} {
		if got := b.Take(start.Add(c.after)); got != c.want {
			t.Errorf("step %d: got %v, want %v", i, got, c.want)
		}
	}
	for _, none := range []*throttle.Bucket{throttle.New(0, 5), throttle.New(5, 0)} {
		if none.Take(start) {
			t.Error("a rate or burst of 0 lets a request pass")
		}
	}
	if !(*throttle.Bucket)(nil).Take(start) {
		t.Error("a nil bucket refuses a request")
	}
}
