package inspector

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"sallyport/lambda/event"
)

// failure is an injected failure. It happens once, in the next event or request of its kind.
type failure string

const (
	refuse failure = "refuse" // the next authorizer event is denied
	expire failure = "expire" // the next authorizer event is answered as for an expired token
	gone   failure = "gone"   // the next push gets 410 Gone
	slow   failure = "slow"   // the next push takes as long as slowDelay
)

// slowDelay is longer than the limit of the Lambda for one request to @connections.
const slowDelay = 5 * time.Second

// arm injects a failure into the next event of a connection, or of any connection if
// connection is empty.
func (i *Inspector) arm(f failure, connection string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.armed[f] = connection
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

// Invoker calls a function.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Invoker returns an Invoker that calls next, and injects the failures of the authorizer.
func (i *Inspector) Invoker(next Invoker) Invoker { return invoker{i, next} }

type invoker struct {
	inspector *Inspector
	next      Invoker
}

func (v invoker) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if !v.inspector.refusing() {
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

// refusing reports whether a failure of the authorizer is injected.
func (i *Inspector) refusing() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	_, refuses := i.armed[refuse]
	_, expires := i.armed[expire]
	return refuses || expires
}

// recordFailure keeps an event that the inspector answered instead of the Lambda.
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

// Management returns a handler that calls next, a handler of the @connections API, and
// injects the failures of pushes.
func (i *Inspector) Management(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, id, ok := strings.Cut(r.URL.Path, "/@connections/")
		if !ok || r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		if i.trigger(gone, id) {
			w.Header()["x-amzn-ErrorType"] = []string{"GoneException"} // the spelling of AWS
			w.WriteHeader(http.StatusGone)
			return
		}
		// The message arrives nevertheless, after the caller has given up.
		if i.trigger(slow, id) && !wait(r.Context(), slowDelay) {
			return // the caller has gone, or the run ends
		}
		next.ServeHTTP(w, r)
	})
}

// wait waits for d. It returns false if ctx ends earlier.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
