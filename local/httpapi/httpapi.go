package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"sallyport/local/throttle"
)

// Invoker calls a function and returns what it answers. An error means that the
// function failed, or could not be called. payload belongs to the callee.
// Invoke may run concurrently, and may go on after the client got an answer.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Config describes the $default stage of an HTTP API.
type Config struct {
	// APIID and AccountID are the API's, as its events say.
	APIID, AccountID string
	// Stage must be "$default".
	Stage string
	// Routes are the routes by their key, such as "POST /things".
	Routes map[string]Route
	// Throttle is that of the stage, for each of its routes. Nil: none.
	Throttle *Throttle
	// Log gets one line for each request: ids, statuses and reasons, never a
	// header, a path, a query string or a body. The zero value is silent.
	Log zerolog.Logger
}

// Route is what answers one route key.
type Route struct {
	Invoker Invoker
	// Timeout is how long a client waits for the function, 50 ms to 30 s. Zero
	// is 30 s.
	Timeout time.Duration
}

const (
	minTimeout = 50 * time.Millisecond
	maxTimeout = 30 * time.Second
)

// API serves an HTTP API. Make one with New; its methods may run concurrently.
type API struct {
	config Config
	routes map[string]*route

	// calls is what functions are invoked with; it ends when Close stops
	// waiting for them.
	calls  context.Context
	giveUp context.CancelFunc

	mu      sync.Mutex // guards closed
	closed  bool
	running sync.WaitGroup // requests, and calls of functions
}

// route is a Route made ready.
type route struct {
	Route
	key    string
	bucket *throttle.Bucket
}

var routeKey = regexp.MustCompile(`^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /[A-Za-z0-9._~/-]*$`)

// New returns the API that c describes, or an error that names every part of c
// that it cannot serve.
func New(c Config) (*API, error) {
	var errs []error
	if c.Stage != "$default" {
		errs = append(errs, fmt.Errorf("the stage is %q: only $default is served", c.Stage))
	}
	if c.Throttle != nil && (c.Throttle.Rate < 0 || c.Throttle.Burst < 0) {
		errs = append(errs, errors.New("the throttle is negative"))
	}
	a := &API{config: c, routes: map[string]*route{}}
	for key, r := range c.Routes {
		errs = append(errs, r.check(key))
		if r.Timeout == 0 {
			r.Timeout = maxTimeout
		}
		a.routes[key] = &route{Route: r, key: key, bucket: newBucket(c.Throttle)}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("configure HTTP API: %w", err)
	}
	a.calls, a.giveUp = context.WithCancel(context.Background())
	return a, nil
}

func (r Route) check(key string) error {
	switch {
	case !routeKey.MatchString(key):
		return fmt.Errorf("route %q: want a method and a path without variables, such as POST /things", key)
	case r.Invoker == nil:
		return fmt.Errorf("route %s: it has no Invoker", key)
	case r.Timeout != 0 && (r.Timeout < minTimeout || r.Timeout > maxTimeout):
		return fmt.Errorf("route %s: the integration's timeout is %v, want %v to %v", key, r.Timeout, minTimeout, maxTimeout)
	}
	return nil
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !a.enter() {
		unavailable("the API is closed").write(w, newID())
		return
	}
	defer a.running.Done()
	now := time.Now()
	id := newID()
	route, event, refused := a.accept(w, r, call{id: id, at: now})
	answered := refused
	if refused == nil {
		answered = a.ask(route, event)
	}
	level := zerolog.InfoLevel
	if answered.reason != "" {
		level = zerolog.WarnLevel
	}
	line := a.config.Log.WithLevel(level).Int("status", answered.status).Str("requestId", id).Dur("durationMs", time.Since(now))
	if route != nil {
		line = line.Str("routeKey", route.key)
	}
	if answered.reason != "" {
		line = line.Str("reason", answered.reason)
	}
	line.Msg("HTTP request")
	answered.write(w, id)
}

// accept returns the route of a request and its event, or the refusal.
func (a *API) accept(w http.ResponseWriter, r *http.Request, c call) (*route, []byte, *response) {
	if size := headSize(r); size > maxHead {
		return nil, nil, refuse(http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large", fmt.Sprintf("the head has %d bytes, more than %d", size, maxHead))
	}
	route, ok := a.routes[r.Method+" "+r.URL.Path]
	if !ok {
		return nil, nil, refuse(http.StatusNotFound, "Not Found", "there is no such route")
	}
	if !route.bucket.Take(c.at) {
		return route, nil, refuse(http.StatusTooManyRequests, "Too Many Requests", "throttled: more requests than the stage allows")
	}
	c.routeKey, c.apiID, c.accountID, c.stage = route.key, a.config.APIID, a.config.AccountID, a.config.Stage
	body, err := readBody(w, r)
	if err != nil {
		return route, nil, refuse(http.StatusRequestEntityTooLarge, "Request Entity Too Large", fmt.Sprintf("the body has more than %d bytes, or was cut off", maxBody))
	}
	event, err := c.event(r, body)
	if err != nil || len(event) > maxEvent {
		return route, nil, refuse(http.StatusRequestEntityTooLarge, "Request Entity Too Large", fmt.Sprintf("the event has more than %d bytes", maxEvent))
	}
	return route, event, nil
}

// ask calls the function and returns what the client gets. A function that is
// late runs on behind its back.
func (a *API) ask(r *route, event []byte) *response {
	type outcome struct {
		result []byte
		err    error
	}
	answered := make(chan outcome, 1)
	a.running.Go(func() {
		result, err := r.Invoker.Invoke(a.calls, event)
		answered <- outcome{result, err}
	})
	timer := time.NewTimer(r.Timeout)
	defer timer.Stop()
	select {
	case <-timer.C:
		return unavailable("the function did not answer in time")
	case o := <-answered:
		if o.err != nil { // what it says may hold anything
			return internal("the function failed, or could not be called; its own log says why")
		}
		answer, err := parseAnswer(o.result)
		if err != nil {
			return internal(err.Error())
		}
		return answer
	}
}

// enter counts a request in, unless the API is closed.
func (a *API) enter() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed {
		a.running.Add(1)
	}
	return !a.closed
}

// Close refuses new requests and waits until every function has answered. When
// ctx ends before, it ends their context and returns an error.
func (a *API) Close(ctx context.Context) error {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	done := make(chan struct{})
	go func() {
		a.running.Wait()
		close(done)
	}()
	defer a.giveUp()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close HTTP API: %w", ctx.Err())
	}
}
