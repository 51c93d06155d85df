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

// request is one event on its way through the Mux, with its log line in the
// making.
type request struct {
	event.Event
	raw     []byte         // the whole event
	log     zerolog.Logger // carries what is known of the event so far
	route   string         // or what stands for it
	outcome string         // for the log; empty until the event is answered
	failure error          // of an event that has an answer nevertheless
	metered string         // value of the metrics' dimension; empty: route
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
	if err := json.Unmarshal(payload, &r.Event); err != nil {
		return fmt.Errorf("%w: %w", errEvent, err)
	}
	r.raw = payload
	c := &r.RequestContext
	r.note("gatewayRequestId", c.RequestID)
	r.note("connectionId", c.ConnectionID)
	r.noteUser(c.User())
	return nil
}

// note adds a field, if it has a value, to every later log line of the event.
func (r *request) note(key, value string) {
	if value != "" {
		r.log = r.log.With().Str(key, value).Logger()
	}
}

// noteUser adds a user to the log line: the name, by which people search, and the
// ID, which differs for users with the same name.
func (r *request) noteUser(u identity.User) {
	r.note("user", u.Name)
	r.note("userId", u.ID())
}

// warn returns a line on a connection, which need not be that of the event.
func (r *request) warn(id string) *zerolog.Event {
	line := r.log.Warn()
	switch r.RequestContext.ConnectionID {
	case "":
		return line.Str("connectionId", id)
	case id: // the line has it
		return line
	}
	return line.Str("otherConnectionId", id)
}

// routed notes what kind of event it is.
func (r *request) routed(name string) {
	r.route = name
	r.note("route", name)
}

// refuse notes why the client is refused.
func (r *request) refuse(why *errcode.Refusal) {
	r.outcome = "refused"
	r.note("code", string(why.Code))
	r.note("reason", why.Reason)
}

// fail notes what went wrong, where the client gets an answer that says so.
func (r *request) fail(err error) {
	r.failure = err
}

// expires returns until when the connection may go on, as far as the authorizer
// knew.
func (r *request) expires() (time.Time, error) {
	seconds, err := strconv.ParseInt(r.RequestContext.Authorizer.Expires, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: read expires of authorizer: %w", errEvent, err)
	}
	return time.Unix(seconds, 0), nil
}

// failed returns whether a finished event failed. An event that was refused because
// of its sender did not fail.
func (r *request) failed() bool { return r.outcome == "failed" || r.outcome == "panicked" }

// finish writes the event's log line and metrics. It runs in a defer, so that
// an event whose handler panics has them, too.
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
	line.Str("outcome", r.outcome).Dur("durationMs", took).Send()
	if r.route == metric.Authorizer && r.failed() {
		r.count(metric.CouldNotDecide, 1)
	}
	m.writeMetrics(r, took)
}

// codeOf returns the code of an event's error. It is unavailable, unless the
// event itself is wrong: all else that can fail is out there.
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
