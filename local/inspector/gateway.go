package inspector

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"sallyport/lambda/event"
)

// slowDelay is longer than the limit of the function for one request to @connections.
const slowDelay = 5 * time.Second

// Gateway returns a handler that calls next, a handler of the WebSocket API and its
// @connections API, and injects the failures of pushes and the outage of the gateway. For a nil
// Inspector, it returns next.
func (i *Inspector) Gateway(next http.Handler) http.Handler {
	if i == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, id, ok := strings.Cut(r.URL.Path, "/@connections/")
		switch {
		case i.isArmed(gatewayDown, ""):
			failRequest(w, http.StatusServiceUnavailable, "ServiceUnavailableException")
		case !ok || r.Method != http.MethodPost:
			next.ServeHTTP(w, r)
		case i.trigger(gone, id):
			failRequest(w, http.StatusGone, "GoneException")
		case i.trigger(lose, id):
			// The function would repeat a push that fails at once.
			wait(r.Context(), slowDelay)
			failRequest(w, http.StatusInternalServerError, "InternalServerErrorException")
		case i.trigger(slow, id):
			// The message arrives nevertheless, after the caller has given up.
			if wait(r.Context(), slowDelay) {
				next.ServeHTTP(w, r)
			}
		case i.isArmed(killWorker, id):
			i.pushAndKill(w, r, id, next)
		default:
			if d := i.takeDelay(id); d == 0 || wait(r.Context(), d) {
				next.ServeHTTP(w, r)
			}
		}
	})
}

// failRequest answers a request with an error as AWS does.
func failRequest(w http.ResponseWriter, status int, kind string) {
	w.Header()["x-amzn-ErrorType"] = []string{kind} // the spelling of AWS
	w.WriteHeader(status)
}

// maxPush is above the size of the largest message, in bytes. The gateway checks that size.
const maxPush = 1 << 20

// killTime is longer than a killed process needs to end.
const killTime = time.Second

// pushAndKill kills the process that works on a queue event, and then delivers the push. If
// no process works on one, it only delivers the push, and the failure stays injected.
func (i *Inspector) pushAndKill(w http.ResponseWriter, r *http.Request, id string, next http.Handler) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPush))
	if err != nil {
		return // the caller has gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	isWork := func(payload []byte) bool {
		name, _ := kind(payload)
		return name == string(event.Queue)
	}
	if i.config.KillDuring(isWork) > 0 {
		i.trigger(killWorker, id)
		wait(r.Context(), killTime) // if the killed process is the caller, its end ends the request
	}
	next.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
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
