package handler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/rs/zerolog"

	"sallyport/lambda/metric"
)

// request is one event on its way through the Mux, with its log line in the
// making.
type request struct {
	event
	log     zerolog.Logger // carries what is known of the event so far
	route   string         // or what stands for it
	outcome string         // for the log; empty until the event is answered
	metrics metrics
	start   time.Time
}

func (m *Mux) begin(ctx context.Context) *request {
	r := &request{log: m.config.Log, start: m.config.Now()}
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		r.note("requestId", lc.AwsRequestID)
	}
	return r
}

// read decodes the event. Its connection and user, and the request id that
// API Gateway shows to the client in error frames, go to the log.
func (r *request) read(payload []byte) error {
	if err := json.Unmarshal(payload, &r.event); err != nil {
		return fmt.Errorf("read event: %w", err)
	}
	r.note("gatewayRequestId", r.RequestContext.RequestID)
	r.note("connectionId", r.RequestContext.ConnectionID)
	r.note("user", r.authorized("user"))
	return nil
}

// note adds a field, if it has a value, to every later log line of the event.
func (r *request) note(key, value string) {
	if value != "" {
		r.log = r.log.With().Str(key, value).Logger()
	}
}

// routed notes what kind of event it is.
func (r *request) routed(name string) {
	r.route = name
	r.note("route", name)
}

// refuse notes why the client is refused; outcome names how.
func (r *request) refuse(outcome, reason string) {
	r.outcome = outcome
	r.note("reason", reason)
}

// authorized returns a value that the authorizer left for later events, ""
// without one. API Gateway hands all of them on as text (specification 2.4).
func (r *request) authorized(key string) string {
	values, _ := r.RequestContext.Authorizer.(map[string]any)
	s, _ := values[key].(string)
	return s
}

// end writes the event's log line and metrics. It runs in a defer, so that an
// event whose duty panics has them, too.
func (m *Mux) end(r *request, err error) {
	took := m.config.Now().Sub(r.start)
	var line *zerolog.Event
	switch {
	case errors.Is(err, errUnauthorized):
		line = r.log.Warn()
	case err != nil:
		line, r.outcome = r.log.Error().Err(err), "failed"
	case r.outcome == "":
		line, r.outcome = r.log.Error(), "panicked"
	case r.outcome == "denied":
		line = r.log.Warn()
	default:
		line = r.log.Info()
	}
	line.Str("outcome", r.outcome).Dur("durationMs", took).Send()
	if r.route == metric.Authorizer && (r.outcome == "failed" || r.outcome == "panicked") {
		r.count(metric.CouldNotDecide, 1)
	}
	m.writeMetrics(r, took)
}
