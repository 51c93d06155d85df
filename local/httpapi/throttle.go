package httpapi

import "sallyport/local/throttle"

// Throttle is a token bucket: Rate requests a second on average, Burst at
// once. Zero in either refuses everything.
type Throttle struct {
	Rate  float64
	Burst int
}

func newBucket(t *Throttle) *throttle.Bucket {
	if t == nil {
		return nil
	}
	return throttle.New(t.Rate, t.Burst)
}
