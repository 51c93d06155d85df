package inspector

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"sallyport/lambda/event"
)

// failure is an injected failure. It happens once, at the next opportunity.
type failure string

const (
	refuse failure = "refuse" // the next authorizer event is denied
	expire failure = "expire" // the next authorizer event is answered as for an expired token
	gone   failure = "gone"   // the next push finds the connection gone
	slow   failure = "slow"   // the next push has to wait for the client
)

// slowness is longer than the Lambda waits for one post to a connection.
const slowness = 5 * time.Second

// arm injects a failure into the next event of that connection, or of any if connection is empty.
func (i *Inspector) arm(f failure, connection string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.armed[f] = connection
}

func (i *Inspector) disarm() {
	i.mu.Lock()
	defer i.mu.Unlock()
	clear(i.armed)
}

// strikes reports whether a failure happens now. Each failure happens once.
func (i *Inspector) strikes(f failure, connection string) bool {
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

// Invoker returns a function that is next, but for the failures of the authorizer.
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
		case v.inspector.strikes(refuse, ""):
			answer := deny(payload)
			v.inspector.instead(refuse, Invocation{Payload: payload, Answer: answer})
			return answer, nil
		case v.inspector.strikes(expire, ""):
			v.inspector.instead(expire, Invocation{Payload: payload, Failure: unauthorized{}.Error()})
			return nil, unauthorized{}
		}
	}
	return v.next.Invoke(ctx, payload)
}

// refusing reports whether the next authorizer event meets a failure.
func (i *Inspector) refusing() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	_, refuses := i.armed[refuse]
	_, expires := i.armed[expire]
	return refuses || expires
}

// instead keeps an event that the Lambda never saw.
func (i *Inspector) instead(f failure, in Invocation) {
	in.Began = time.Now()
	e := describe(in)
	e.Failure = f
	i.keep(e)
}

// unauthorized is what the authorizer fails with for a token that has expired.
// API Gateway answers 401 to exactly this text.
type unauthorized struct{}

func (unauthorized) Error() string        { return "errorString: Unauthorized" }
func (unauthorized) ErrorMessage() string { return "Unauthorized" }

// deny is an authorizer's answer that refuses what the event asks for.
func deny(payload []byte) []byte {
	var s event.Event
	_ = json.Unmarshal(payload, &s) // it was read before
	arn, _ := json.Marshal(s.MethodARN)
	return []byte(`{"principalId":"inspector","policyDocument":{"Version":"2012-10-17","Statement":` +
		`[{"Action":"execute-api:Invoke","Effect":"Deny","Resource":` + string(arn) + `}]}}`)
}

// Management returns a handler of the management API that is next, but for the
// failures of pushes.
func (i *Inspector) Management(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, id, ok := strings.Cut(r.URL.Path, "/@connections/")
		if !ok || r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		if i.strikes(gone, id) {
			w.Header()["x-amzn-ErrorType"] = []string{"GoneException"} // spelt as AWS does
			w.WriteHeader(http.StatusGone)
			return
		}
		// The message arrives all the same, after the caller has given up.
		if i.strikes(slow, id) && !wait(r.Context(), slowness) {
			return // the run ends
		}
		next.ServeHTTP(w, r)
	})
}

// wait reports whether d has passed before ctx was done.
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
