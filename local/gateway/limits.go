package gateway

import (
	"math"
	"time"
)

// Limits are the quotas of API Gateway (api-gateway.md 6). In each field zero
// means AWS's value and a negative number no limit.
type Limits struct {
	// Idle closes a connection without a message in either direction: 10 min.
	Idle time.Duration
	// Duration closes a connection that old: 2 h.
	Duration time.Duration
	// Frame is the most bytes in one frame from a client: 32,768. Longer texts
	// to a client are sent in frames of that size.
	Frame int
	// Message is the most bytes in a message, from or to a client: 131,072.
	Message int
	// Authorizer is how long a client waits for the authorizer: 29 s.
	Authorizer time.Duration
	// ConnectRate is how many clients may connect in a second: 500.
	ConnectRate int
	// Rate and Burst bound the account's messages, handshakes and management
	// calls together: 10,000 a second and 5,000 at once.
	Rate, Burst int
	// Write ends a connection whose client does not take a frame: 10 s.
	Write time.Duration
	// Unsent is how many bytes may wait for a slow client before management
	// calls answer 429: 1 MiB.
	Unsent int
	// Calls is how many messages of one connection are answered at a time
	// before the gateway reads no further: 1,000. AWS knows no such limit; it
	// keeps one client from filling the memory.
	Calls int
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Idle:        limit(l.Idle, 10*time.Minute),
		Duration:    limit(l.Duration, 2*time.Hour),
		Frame:       limit(l.Frame, 32<<10),
		Message:     limit(l.Message, 128<<10),
		Authorizer:  limit(l.Authorizer, maxTimeout),
		ConnectRate: limit(l.ConnectRate, 500),
		Rate:        limit(l.Rate, 10_000),
		Burst:       limit(l.Burst, 5_000),
		Write:       limit(l.Write, 10*time.Second),
		Unsent:      limit(l.Unsent, 1<<20),
		Calls:       limit(l.Calls, 1_000),
	}
}

// limit returns the value that v stands for. No limit is half of what the type
// holds, so that sums with it do not overflow.
func limit[T ~int | ~int64](v, aws T) T {
	switch {
	case v == 0:
		return aws
	case v < 0:
		return T(math.MaxInt64 / 2)
	}
	return v
}

// account is the throttle of the whole account, nil for none.
func (l Limits) account() *Throttle {
	if l.Rate == limit(-1, 0) || l.Burst == limit(-1, 0) {
		return nil
	}
	return &Throttle{Rate: float64(l.Rate), Burst: l.Burst}
}

// connects is the throttle of new connections, nil for none.
func (l Limits) connects() *Throttle {
	if l.ConnectRate == limit(-1, 0) {
		return nil
	}
	return &Throttle{Rate: float64(l.ConnectRate), Burst: l.ConnectRate}
}
