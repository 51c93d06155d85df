package gateway

import (
	"fmt"

	"sallyport/local/throttle"
)

// Throttle is a token bucket: Rate requests a second on average, Burst at
// once. Zero in either refuses everything, as API Gateway does when a stage is
// deployed with throttles left out (api-gateway.md 9).
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

func newBucket(t *Throttle) *throttle.Bucket {
	if t == nil {
		return nil
	}
	return throttle.New(t.Rate, t.Burst)
}
