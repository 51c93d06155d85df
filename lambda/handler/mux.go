package handler

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"sallyport/lambda/event"
	"sallyport/lambda/metric"
	"sallyport/lambda/route"
	"sallyport/lambda/trace"
)

// answerTime is the time between the deadline of the work on an event and the deadline of
// the function. Lambda stops a function at its deadline, and the function then writes no
// log line.
const answerTime = 250 * time.Millisecond

// errEvent is the error for an event that has the wrong form, or that this stack cannot
// have caused.
var errEvent = errors.New("answer event")

// Mux answers the events of the function. It is safe for concurrent use.
type Mux struct {
	config    Config
	routes    map[string]handlerFunc // by route key
	endpoints map[string]handlerFunc // by method and path
}

// handlerFunc answers an event. Its answer is encoded as JSON.
type handlerFunc func(ctx context.Context, r *request) (any, error)

// New returns a Mux.
func New(c Config) *Mux {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	c.JobGroups = min(max(1, c.JobGroups), maxJobGroups)
	m := &Mux{config: c, endpoints: map[string]handlerFunc{}}
	m.routes = map[string]handlerFunc{
		route.Connect:    m.connect,
		route.Disconnect: m.disconnect,
		route.Refresh:    m.guard(m.byProtocol(m.refresh)),
	}
	for _, r := range c.Routes.Routes() {
		if r.Kind != route.KindMock {
			m.routes[r.Key] = m.appRoute(r)
		}
	}
	answers := map[string]handlerFunc{
		"POST " + route.Tickets:       m.endpoint(m.postTicket),
		"DELETE " + route.Connections: m.endpoint(m.deleteConnections),
		"POST " + route.Session:       m.postSession,
		"DELETE " + route.Session:     m.deleteSession,
	}
	for _, e := range route.Endpoints(c.SessionCookie) {
		m.endpoints[e.Key()] = answers[e.Key()]
		if e.Allows != "" {
			m.endpoints[e.Key()] = m.preflight(e.Allows)
		}
	}
	return m
}

// Invoke answers an event. The event and the answer are JSON. Lambda reports the text of
// the error as errorMessage. API Gateway reads that text only from the authorizer:
// "Unauthorized" means 401 (api-gateway.md 1.3).
func (m *Mux) Invoke(ctx context.Context, payload []byte) (answer []byte, err error) {
	r := m.begin(ctx)
	defer func() { m.finish(r, err) }()
	if err := r.read(payload); err != nil {
		r.routed(metric.Unknown)
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerTime))
		defer cancel()
	}
	ctx = trace.With(ctx, r.trace)
	name, do := m.handler(r)
	r.routed(name)
	v, err := do(ctx, r)
	if err != nil {
		return nil, err
	}
	if r.outcome == "" {
		r.outcome = "ok"
	}
	return route.Encode(v)
}

// handler returns the name of an event for the log, and its handler. It refuses an event of
// several kinds, because its meaning is ambiguous, and because a command must not be hidden
// in an event of AWS.
func (m *Mux) handler(r *request) (string, handlerFunc) {
	kinds := r.Kinds()
	switch {
	case len(kinds) == 0:
		return metric.Unknown, failWith(fmt.Errorf("%w: the kind of the event is unknown: want an authorizer event (type REQUEST and methodArn), "+
			"a route event (requestContext with routeKey and connectionId), a request to the HTTP API (version 2.0), "+
			"a scheduled event, an event of the queue, or a command: push or disconnect", errEvent))
	case len(kinds) > 1 && (r.Push != nil || r.Disconnect != nil):
		return metric.Unknown, failWith(commandInvalid("the event is of several kinds, want one: %v", kinds))
	case len(kinds) > 1:
		return metric.Unknown, failWith(fmt.Errorf("%w: the event is of several kinds, want one: %v", errEvent, kinds))
	}
	name, do := m.handlerOf(r, kinds[0])
	return name, m.requireSite(r, kinds[0], do)
}

// handlerOf returns the name and the handler of an event of the given kind.
func (m *Mux) handlerOf(r *request, kind event.Kind) (string, handlerFunc) {
	c := &r.RequestContext
	switch kind {
	case event.Authorizer:
		return metric.Authorizer, m.authorize
	case event.Route:
		if do := m.routes[c.RouteKey]; do != nil {
			return c.RouteKey, do
		}
		return c.RouteKey, failWith(fmt.Errorf("%w: route %q has no handler", errEvent, c.RouteKey))
	case event.HTTP:
		key := c.HTTP.Method + " " + c.HTTP.Path
		if do := m.endpoints[key]; do != nil {
			return key, do
		}
		return metric.Unknown, notFound
	case event.Schedule:
		return metric.Sweep, m.sweep
	case event.Queue:
		if m.config.Channels == nil {
			return metric.Queue, failWith(fmt.Errorf("%w: the queue has messages, but the app has no channels", errEvent))
		}
		return metric.Queue, m.doTasks
	case event.Push:
		return metric.Push, m.push
	default:
		return metric.Disconnect, m.disconnectTarget
	}
}

// failWith returns a handler that returns err.
func failWith(err error) handlerFunc {
	return func(context.Context, *request) (any, error) { return nil, err }
}
