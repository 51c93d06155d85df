package gateway

import (
	"fmt"
	"sync"
	"time"
)

// Throttle is a token bucket: Rate requests a second on average, Burst at
// once. Zero in either refuses everything, as API Gateway does when a stage is
// deployed with throttles left out (specification 0, fact 10).
type Throttle struct {
	Rate  float64
	Burst int
}

func (t *Throttle) check(whose string) error {
	if t != nil && (t.Rate < 0 || t.Burst < 0) {
		return fmt.Errorf("%s: the throttle is %v a second, burst %d: want no negative number", whose, t.Rate, t.Burst)
	}
	return nil
}

// bucket applies a Throttle. A nil bucket lets everything pass.
type bucket struct {
	rate, burst float64

	mu     sync.Mutex // guards the fields below
	tokens float64
	filled time.Time // when tokens was right
}

func newBucket(t *Throttle) *bucket {
	if t == nil {
		return nil
	}
	return &bucket{rate: t.Rate, burst: float64(t.Burst), tokens: float64(t.Burst)}
}

// take takes a token, if there is one at the time now.
func (b *bucket) take(now time.Time) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate == 0 { // nothing was ever to pass, not even the burst
		return false
	}
	if passed := now.Sub(b.filled); passed > 0 {
		b.tokens = min(b.burst, b.tokens+b.rate*passed.Seconds())
		b.filled = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
