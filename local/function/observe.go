package function

import "time"

// Invocation is one event that has run, for Config.Observe. Its slices belong to
// others: they are not to be changed.
type Invocation struct {
	RequestID       string
	Payload, Answer []byte
	// Failure is why there is no answer; nil: there is one.
	Failure *Error
	// Began is when the process got the event.
	Began time.Time
	Took  time.Duration
	// Init is how long the process took to start for this event; zero: it ran
	// already.
	Init time.Duration
	// Log is what the function printed meanwhile, between Lambda's own lines; of
	// long ones the end.
	Log string
}

// seen is what there is to observe of an event that is over, but for its log.
func (inv *invocation) seen(out outcome, initTime time.Duration) Invocation {
	if !inv.cold {
		initTime = 0
	}
	return Invocation{
		RequestID: inv.id, Payload: inv.payload, Answer: out.payload, Failure: out.failure,
		Began: inv.began, Took: time.Since(inv.began), Init: initTime,
	}
}
