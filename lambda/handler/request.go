package handler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/rs/zerolog"

	"sallyport/lambda/errcode"
	"sallyport/lambda/event"
	"sallyport/lambda/identity"
	"sallyport/lambda/metric"
)

// request is an event with its log line and metrics.
type request struct {
	event.Event
	raw              []byte         // the whole event
	log              zerolog.Logger // has the fields that are known so far
	route            string         // for the log: a route key, or the name of another event
	outcome          string         // for the log; empty until the event is answered
	failure          error          // the error of an event that is answered nevertheless
	metered          string         // the value of metric.Dimension; empty: route
	metrics          metrics
	start            time.Time
	trace            string // of the client or the connection (package trace); empty: none
	connectionTraces connectionTraces
}

func (m *Mux) begin(ctx context.Context) *request {
	r := &request{log: m.config.Log, start: m.config.Now()}
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		r.note("requestId", lc.AwsRequestID)
	}
	r.note("xrayTraceId", xrayTraceID(ctx))
	return r
}

// read decodes the event. It adds the connection, the user and the request ID of API
// Gateway, which clients receive in error frames, to the log line.
func (r *request) read(payload []byte) error {
	if err := json.Unmarshal(payload, &r.Event); err != nil {
		return fmt.Errorf("%w: %w", errEvent, err)
	}
	r.raw = payload
	r.trace = r.traceID()
	c := &r.RequestContext
	r.note("trace", r.trace)
	r.note("gatewayRequestId", c.RequestID)
	r.note("connectionId", c.ConnectionID)
	r.noteUser(c.User())
	return nil
}

// note adds a field to all later log lines of the event, unless the value is empty.
func (r *request) note(key, value string) {
	if value != "" {
		r.log = r.log.With().Str(key, value).Logger()
	}
}

// noteUser adds a user to the log line: the name, for searches, and the ID, which differs
// for users with the same name.
func (r *request) noteUser(u identity.User) {
	r.note("user", u.Name)
	r.note("userId", u.ID())
}

// warn returns a log line about a connection. It may be another connection than that of the
// event.
func (r *request) warn(c Connection) *zerolog.Event {
	line := r.log.Warn()
	switch r.RequestContext.ConnectionID {
	case c.ID: // the line has the ID and the trace already
		return line
	case "":
		line.Str("connectionId", c.ID)
	default:
		line.Str("otherConnectionId", c.ID)
	}
	if c.Trace != "" {
		line.Str("connectionTrace", c.Trace)
	}
	return line
}

// routed sets the route of the event.
func (r *request) routed(name string) {
	r.route = name
	r.note("route", name)
}

// refuse records a refusal of the client with its code and reason.
func (r *request) refuse(refusal *errcode.Refusal) {
	r.outcome = "refused"
	r.note("code", string(refusal.Code))
	r.note("reason", refusal.Reason)
}

// connection returns the connection that the event came from.
func (r *request) connection() Connection {
	c := &r.RequestContext
	return Connection{ID: c.ConnectionID, Protocol: c.Authorizer.Protocol, Trace: r.trace}
}

// expires returns the expiry of the token that opened the connection.
func (r *request) expires() (time.Time, error) {
	seconds, err := strconv.ParseInt(r.RequestContext.Authorizer.Expires, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: read expires of authorizer: %w", errEvent, err)
	}
	return time.Unix(seconds, 0), nil
}

// failed reports whether a finished event failed. A refusal is not a failure.
func (r *request) failed() bool { return r.outcome == "failed" || r.outcome == "panicked" }

// finish writes the event's log line and metrics. It is deferred, so that it runs even if
// the handler panics.
func (m *Mux) finish(r *request, err error) {
	took := m.config.Now().Sub(r.start)
	if err == nil {
		err = r.failure
	}
	var line *zerolog.Event
	switch {
	case errors.Is(err, errUnauthorized):
		line = r.log.Warn()
	case err != nil:
		line, r.outcome = r.log.Error().Err(err), "failed"
		if c := codeOf(err); c != "" {
			line.Str("code", string(c))
		}
	case r.outcome == "":
		line, r.outcome = r.log.Error(), "panicked"
	case r.outcome == "refused", r.outcome == "denied":
		line = r.log.Warn()
	default:
		line = r.log.Info()
	}
	if all := r.connectionTraces.list(); len(all) > 0 {
		line.Strs("connectionTraces", all)
	}
	line.Str("outcome", r.outcome).Dur("durationMs", took).Send()
	if r.route == metric.Authorizer && r.failed() {
		r.count(metric.CouldNotDecide, 1)
	}
	m.writeMetrics(r, took)
}

// codeOf returns the code of an event's error: the code of a refusal, "" for an event of the
// wrong form, or unavailable, because all other errors are those of other services.
func codeOf(err error) errcode.Code {
	var refusal *errcode.Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal.Code
	case errors.Is(err, errEvent):
		return ""
	}
	return errcode.Unavailable
}
