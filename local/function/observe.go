package function

import "time"

// Invocation is a finished event, for Config.Observe. The observer must not change its
// slices.
type Invocation struct {
	RequestID       string
	Payload, Answer []byte
	// Failure is the reason why there is no answer. It is nil if there is an answer.
	Failure *Error
	// Began is the time at which the process got the event.
	Began time.Time
	Took  time.Duration
	// Init is the duration of the start of the process for this event. It is zero if
	// the process was running already.
	Init time.Duration
	// Log is the end of the log of the event, with Lambda's own lines, at most 4 KB.
	Log string
}

// record returns the finished event without its log.
func (inv *invocation) record(out outcome, initTime time.Duration) Invocation {
	if !inv.cold {
		initTime = 0
	}
	return Invocation{
		RequestID: inv.id, Payload: inv.payload, Answer: out.payload, Failure: out.failure,
		Began: inv.began, Took: time.Since(inv.began), Init: initTime,
	}
}
