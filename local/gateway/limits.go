package gateway

import (
	"math"
	"time"
)

// Limits are the quotas of API Gateway (api-gateway.md 6). In each field, zero means the
// value of AWS, and a negative number means no limit.
type Limits struct {
	// Idle is the time after which a connection without messages is closed: 10 min.
	Idle time.Duration
	// Duration is the time after which every connection is closed: 2 h.
	Duration time.Duration
	// Frame is the largest frame from a client, in bytes: 32,768. A longer text to a client
	// is sent in frames of this size.
	Frame int
	// Message is the largest message from or to a client, in bytes: 131,072.
	Message int
	// Authorizer is the longest time that a client waits for the authorizer: 29 s.
	Authorizer time.Duration
	// ConnectRate is the number of clients that may connect in a second: 500.
	ConnectRate int
	// Rate and Burst limit the messages, handshakes and management calls of the account
	// together: 10,000 a second and 5,000 at once.
	Rate, Burst int
	// Write is the longest time that a frame to a client may take: 10 s. After that,
	// the connection is dropped.
	Write time.Duration
	// Unsent is the number of bytes that may wait for a slow client before management calls
	// get 429: 1 MiB.
	Unsent int
	// Calls is the number of messages of one connection that are answered at the same time:
	// 1,000. The gateway does not read more messages until one is answered. AWS has no such
	// limit; it prevents one client from filling the memory.
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

// unlimited is the resolved value of a limit that is off. It is half of the largest value,
// so that sums do not overflow.
const unlimited = math.MaxInt64 / 2

// limit resolves v: 0 is the value of AWS, a negative number is unlimited.
func limit[T ~int | ~int64](v, aws T) T {
	switch {
	case v == 0:
		return aws
	case v < 0:
		return unlimited
	}
	return v
}

// throttleOf returns a throttle with these limits, or nil if one of them is off.
func throttleOf(rate, burst int) *Throttle {
	if rate == unlimited || burst == unlimited {
		return nil
	}
	return &Throttle{Rate: float64(rate), Burst: burst}
}
