package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/rs/zerolog"

	"sallyport/local/stage"
)

// Invoker calls a function and returns its answer.
type Invoker = stage.Invoker

// Throttle is the rate limit of a route.
type Throttle = stage.Throttle

// Config describes the $default stage of an HTTP API.
type Config struct {
	// APIID and AccountID appear in the events of the API.
	APIID, AccountID string
	// Stage must be "$default".
	Stage string
	// Routes are the routes by key, such as "POST /things".
	Routes map[string]Route
	// Throttle limits each route of the stage. Nil means no limit.
	Throttle *Throttle
	// Log gets one line for each request: IDs, statuses and reasons, never a header, a
	// path, a query string or a body. The zero value writes nothing.
	Log zerolog.Logger
}

// Route is the integration of one route key.
type Route struct {
	Invoker Invoker
	// Timeout is the longest time that a client waits for the function, 50 ms to 30 s. Zero
	// is 30 s.
	Timeout time.Duration
}

const (
	minTimeout = 50 * time.Millisecond
	maxTimeout = 30 * time.Second
)

// API serves an HTTP API. Make one with New. Its methods may run concurrently.
type API struct {
	config Config
	routes map[string]*route
	calls  *stage.Calls
}

// route is a Route with its key and the state of its throttle.
type route struct {
	Route
	key    string
	bucket *stage.Bucket
}

var routeKey = regexp.MustCompile(`^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /[A-Za-z0-9._~/-]*$`)

// New returns the API that c describes. Its error names every part of c that the API cannot
// serve.
func New(c Config) (*API, error) {
	var errs []error
	if c.Stage != "$default" {
		errs = append(errs, fmt.Errorf("the stage is %q: only $default is served", c.Stage))
	}
	errs = append(errs, c.Throttle.Check("the stage"))
	a := &API{config: c, routes: map[string]*route{}, calls: stage.NewCalls()}
	for key, r := range c.Routes {
		errs = append(errs, r.check(key))
		if r.Timeout == 0 {
			r.Timeout = maxTimeout
		}
		a.routes[key] = &route{Route: r, key: key, bucket: c.Throttle.Bucket()}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("configure HTTP API: %w", err)
	}
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
	id := stage.NewID()
	if !a.calls.Enter() {
		unavailable("the API is closed").write(w, id)
		return
	}
	defer a.calls.Leave()
	now := time.Now()
	route, event, resp := a.accept(w, r, call{id: id, at: now})
	if resp == nil {
		resp = a.invoke(route, event)
	}
	level := zerolog.InfoLevel
	if resp.reason != "" {
		level = zerolog.WarnLevel
	}
	line := a.config.Log.WithLevel(level).Int("status", resp.status).Str("requestId", id).Dur("durationMs", time.Since(now))
	if route != nil {
		line = line.Str("routeKey", route.key)
	}
	if resp.reason != "" {
		line = line.Str("reason", resp.reason)
	}
	line.Msg("HTTP request")
	resp.write(w, id)
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
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return route, nil, refuse(http.StatusRequestEntityTooLarge, "Request Entity Too Large", fmt.Sprintf("the body has more than %d bytes, or is incomplete", maxBody))
	}
	event, err := c.event(r, body)
	if err != nil || len(event) > maxEvent {
		return route, nil, refuse(http.StatusRequestEntityTooLarge, "Request Entity Too Large", fmt.Sprintf("the event has more than %d bytes", maxEvent))
	}
	return route, event, nil
}

// invoke calls the function and returns the response for the client.
func (a *API) invoke(r *route, event []byte) *response {
	result, err := a.calls.Await(r.Invoker, r.Timeout, event)
	switch {
	case errors.Is(err, stage.ErrTimedOut):
		return unavailable("the function did not answer in time")
	case err != nil: // its text may contain secrets
		return internal("the function failed, or could not be called; see its log")
	}
	answer, err := parseAnswer(result)
	if err != nil {
		return internal(err.Error())
	}
	return answer
}

// Close refuses new requests and waits until every function has returned. If ctx ends
// first, Close ends the context of the functions and returns an error.
func (a *API) Close(ctx context.Context) error {
	a.calls.Close()
	if err := a.calls.Wait(ctx); err != nil {
		return fmt.Errorf("close HTTP API: %w", err)
	}
	return nil
}
