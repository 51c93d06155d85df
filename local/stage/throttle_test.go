package stage_test

import (
	"strings"
	"testing"
	"time"

	"sallyport/local/stage"
)

func TestTake(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := (&stage.Throttle{Rate: 2, Burst: 3}).Bucket()
	for i, step := range []struct {
		after time.Duration
		want  int // requests that pass
	}{{0, 3}, {0, 0}, {500 * time.Millisecond, 1}, {499 * time.Millisecond, 0}, {time.Millisecond, 1}, {time.Hour, 3}, {-time.Hour, 0}} {
		now = now.Add(step.after)
		got := 0
		for b.Take(now) {
			got++
		}
		if got != step.want {
			t.Errorf("step %d, %v later: %d requests passed, want %d", i, step.after, got, step.want)
		}
	}
	for _, zero := range []*stage.Throttle{{}, {Rate: 5}, {Burst: 5}} {
		if zero.Bucket().Take(now) {
			t.Errorf("%+v let a request pass, want none", *zero)
		}
	}
	if !(*stage.Throttle)(nil).Bucket().Take(now) {
		t.Error("a bucket without a throttle refused a request")
	}
}

func TestThrottleCheck(t *testing.T) {
	for _, valid := range []*stage.Throttle{nil, {}, {Rate: 0.5, Burst: 1}} {
		if err := valid.Check("the stage"); err != nil {
			t.Errorf("%+v: got %v, want no error", valid, err)
		}
	}
	for _, negative := range []*stage.Throttle{{Rate: -1}, {Burst: -1}} {
		if err := negative.Check("the stage"); err == nil || !strings.HasPrefix(err.Error(), "the stage: the throttle is ") {
			t.Errorf("%+v: got %v, want an error that names the stage and the throttle", *negative, err)
		}
	}
}
