package stage

import (
	"fmt"
	"sync"
	"time"
)

// Throttle is a token bucket: Rate requests a second on average, Burst requests at once.
// Zero in either field refuses every request, as API Gateway does for a stage that was
// deployed without throttles (api-gateway.md 9).
type Throttle struct {
	Rate  float64
	Burst int
}

// Check returns an error that begins with name if t has a negative number. A nil Throttle
// is valid.
func (t *Throttle) Check(name string) error {
	if t != nil && (t.Rate < 0 || t.Burst < 0) {
		return fmt.Errorf("%s: the throttle is %v requests a second, burst %d: want no negative number", name, t.Rate, t.Burst)
	}
	return nil
}

// Bucket returns a full bucket with the limits of t, or nil if t is nil.
func (t *Throttle) Bucket() *Bucket {
	if t == nil {
		return nil
	}
	return &Bucket{rate: t.Rate, burst: float64(t.Burst), tokens: float64(t.Burst)}
}

// Bucket limits the rate of requests. A nil Bucket has no limit. It is safe for concurrent
// use. Make one with [Throttle.Bucket].
type Bucket struct {
	rate, burst float64

	mu     sync.Mutex // guards the fields below
	tokens float64
	filled time.Time // time at which tokens was computed
}

// Take reports whether a request may pass at the time now, and counts it if so.
func (b *Bucket) Take(now time.Time) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate == 0 { // also refuses the burst
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
