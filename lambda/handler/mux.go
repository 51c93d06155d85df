package handler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"sallyport/lambda/metric"
	"sallyport/lambda/route"
)

// answerTime is what is left of an event's time when the work on it is cut
// off. Lambda kills a function at its deadline and takes the reason with it.
const answerTime = 250 * time.Millisecond

// unknown stands in the log for the route of an event that nobody sends.
const unknown = "unknown"

// Mux answers every event of the Lambda. It is safe for concurrent use.
type Mux struct {
	config Config
	routes map[string]duty
}

// duty answers one kind of event with a value for json.Marshal.
type duty func(ctx context.Context, r *request) (any, error)

// event holds all three kinds of event: the fields of an authorizer event, of
// a push, and of a route event (specification 2.2 and 3).
type event struct {
	Type      string          `json:"type"`
	MethodARN string          `json:"methodArn"`
	Push      json.RawMessage `json:"push"`
	events.APIGatewayWebsocketProxyRequest
}

// New returns a Mux.
func New(c Config) *Mux {
	if c.Now == nil {
		c.Now = time.Now
	}
	m := &Mux{config: c}
	m.routes = map[string]duty{
		route.Connect:    m.connect,
		route.Disconnect: m.disconnect,
		route.Default:    m.echo,
		route.Whoami:     m.whoami,
	}
	return m
}

// Invoke answers one event, JSON in and out. The text of its error is what
// Lambda reports as errorMessage; API Gateway looks at it for the authorizer
// only, where exactly "Unauthorized" means 401 (specification 1.3).
func (m *Mux) Invoke(ctx context.Context, payload []byte) (answer []byte, err error) {
	r := m.begin(ctx)
	defer func() { m.end(r, err) }()
	if err := r.read(payload); err != nil {
		r.routed(unknown)
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerTime))
		defer cancel()
	}
	name, do := m.duty(r)
	r.routed(name)
	v, err := do(ctx, r)
	if err != nil {
		return nil, err
	}
	if r.outcome == "" {
		r.outcome = "ok"
	}
	return marshal(v)
}

// duty tells what kind of event r is: its name for the log, and who answers.
// An authorizer event has a route key as well, so it comes first.
func (m *Mux) duty(r *request) (string, duty) {
	key := r.RequestContext.RouteKey
	switch {
	case r.Type == "REQUEST" && r.MethodARN != "":
		return metric.Authorizer, m.authorize
	case m.routes[key] != nil:
		return key, m.routes[key]
	case key != "":
		return key, fail(fmt.Errorf("answer event: route %q has no handler", key))
	case len(r.Push) > 0:
		return metric.Push, m.push
	}
	return unknown, fail(errors.New("answer event: it is of no known kind: want an authorizer event " +
		"(type REQUEST and methodArn), a route event (requestContext.routeKey) or a push"))
}

func fail(err error) duty {
	return func(context.Context, *request) (any, error) { return nil, err }
}
