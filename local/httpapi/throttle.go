package httpapi

import (
	"sync"
	"time"
)

// Throttle is a token bucket: Rate requests a second on average, Burst at
// once. Zero in either refuses everything.
type Throttle struct {
	Rate  float64
	Burst int
}

// bucket applies a Throttle. A nil bucket lets everything pass.
type bucket struct {
	throttle Throttle

	mu     sync.Mutex // guards the fields below
	tokens float64
	filled time.Time // when tokens was right
}

func newBucket(t *Throttle) *bucket {
	if t == nil {
		return nil
	}
	return &bucket{throttle: *t, tokens: float64(t.Burst)}
}

// take takes a token, if there is one at the time now.
func (b *bucket) take(now time.Time) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.throttle.Rate == 0 { // nothing was ever to pass, not even the burst
		return false
	}
	if passed := now.Sub(b.filled); passed > 0 {
		b.tokens = min(float64(b.throttle.Burst), b.tokens+b.throttle.Rate*passed.Seconds())
		b.filled = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
