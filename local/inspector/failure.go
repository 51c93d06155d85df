package inspector

import (
	"context"
	"encoding/json"
	"time"

	"sallyport/lambda/event"
)

// failure is an injected failure. It happens once, in the next event or request of its
// kind. An outage lasts until it is disarmed.
type failure string

const (
	refuse     failure = "refuse"      // the next authorizer event is denied
	expire     failure = "expire"      // the next authorizer event is answered as for an expired token
	gone       failure = "gone"        // the next push gets 410 Gone
	slow       failure = "slow"        // the next push takes as long as slowDelay
	lose       failure = "lose"        // the next push gets an error after slowDelay, and never arrives
	delay      failure = "delay"       // the next push arrives after Inspector.delay
	killWorker failure = "kill-worker" // the process of a queue event is killed during its next push

	queueDown   failure = "queue-down"   // outage: the queue refuses requests of the function
	tableDown   failure = "table-down"   // outage: the tables refuse requests of the function
	gatewayDown failure = "gateway-down" // outage: the gateway refuses all requests
)

// arm injects a failure into the next event of a connection, or of any connection if
// connection is empty.
func (i *Inspector) arm(f failure, connection string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.armed[f] = connection
}

// armDelay arms delay for a connection.
func (i *Inspector) armDelay(d time.Duration, connection string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.armed[delay], i.delay = connection, d
}

// takeDelay removes the injected delay of the next push to a connection, and returns it. 0:
// no delay is injected.
func (i *Inspector) takeDelay(connection string) time.Duration {
	if !i.trigger(delay, connection) {
		return 0
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.delay
}

// disarm removes all injected failures.
func (i *Inspector) disarm() {
	i.mu.Lock()
	defer i.mu.Unlock()
	clear(i.armed)
}

// trigger reports whether a failure is injected for this connection, and removes it.
func (i *Inspector) trigger(f failure, connection string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	target, ok := i.armed[f]
	ok = ok && (target == "" || target == connection)
	if ok {
		delete(i.armed, f)
	}
	return ok
}

// isArmed reports whether a failure is injected for a connection. Unlike trigger, it does
// not remove the failure.
func (i *Inspector) isArmed(f failure, connection string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	target, ok := i.armed[f]
	return ok && (target == "" || target == connection)
}

// Invoker calls a function.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Invoker returns an Invoker that calls next, and injects the failures of the authorizer. For a
// nil Inspector, it returns next.
func (i *Inspector) Invoker(next Invoker) Invoker {
	if i == nil {
		return next
	}
	return invoker{i, next}
}

type invoker struct {
	inspector *Inspector
	next      Invoker
}

func (v invoker) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if !v.inspector.isArmed(refuse, "") && !v.inspector.isArmed(expire, "") {
		return v.next.Invoke(ctx, payload)
	}
	if name, _ := kind(payload); name == string(event.Authorizer) {
		switch {
		case v.inspector.trigger(refuse, ""):
			answer := deny(payload)
			v.inspector.recordFailure(refuse, Invocation{Payload: payload, Answer: answer})
			return answer, nil
		case v.inspector.trigger(expire, ""):
			v.inspector.recordFailure(expire, Invocation{Payload: payload, Failure: unauthorized{}.Error()})
			return nil, unauthorized{}
		}
	}
	return v.next.Invoke(ctx, payload)
}

// recordFailure keeps an event that the inspector answered instead of the function.
func (i *Inspector) recordFailure(f failure, in Invocation) {
	in.Began = time.Now()
	e := describe(in)
	e.Failure = f
	i.keep(e)
}

// unauthorized is the error of the authorizer for an expired token. API Gateway answers 401
// to exactly this text.
type unauthorized struct{}

func (unauthorized) Error() string        { return "errorString: Unauthorized" }
func (unauthorized) ErrorMessage() string { return "Unauthorized" }

// deny returns the answer of an authorizer that denies the connection of the event.
func deny(payload []byte) []byte {
	var s event.Event
	_ = json.Unmarshal(payload, &s) // it was read before
	arn, _ := json.Marshal(s.MethodARN)
	return []byte(`{"principalId":"inspector","policyDocument":{"Version":"2012-10-17","Statement":` +
		`[{"Action":"execute-api:Invoke","Effect":"Deny","Resource":` + string(arn) + `}]}}`)
}
