// Package throttle is the token bucket of API Gateway, which the local WebSocket API and the
// local HTTP API share.
package throttle

import (
	"sync"
	"time"
)

// Bucket limits the rate of requests. A nil Bucket has no limit. It is safe for concurrent
// use. Make one with New.
type Bucket struct {
	rate, burst float64

	mu     sync.Mutex // guards the fields below
	tokens float64
	filled time.Time // when tokens was correct
}

// New returns a full bucket for rate requests a second on average and burst at once. A rate
// or burst of 0 refuses every request (api-gateway.md 9).
func New(rate float64, burst int) *Bucket {
	return &Bucket{rate: rate, burst: float64(burst), tokens: float64(burst)}
}

// Take reports whether a request may pass at the time now, and counts it if so.
func (b *Bucket) Take(now time.Time) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate == 0 { // refuses the burst too
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
