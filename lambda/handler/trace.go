package handler

import (
	"context"
	"strings"
	"sync"

	"sallyport/lambda/trace"
)

// traceID returns the trace ID of an event: the ID from the client, or the ID of the connection. A
// handshake without a valid ID gets a new one.
func (r *request) traceID() string {
	c := &r.RequestContext
	switch {
	case r.Type == "REQUEST":
		if id := trace.OfProtocols(r.protocols()); id != "" {
			return id
		}
		return trace.OfRequest(c.RequestID)
	case c.HTTP.Method != "":
		return trace.OfHeader(r.Header(trace.Header))
	case trace.Valid(c.Authorizer.Trace):
		return c.Authorizer.Trace
	}
	return ""
}

// xrayTraceID returns the ID of the AWS X-Ray trace of the event, or "" if X-Ray does not record
// it. Package lambda of aws-lambda-go adds the header of the Runtime API to the context.
func xrayTraceID(ctx context.Context) string {
	header, _ := ctx.Value("x-amzn-trace-id").(string)
	parts := strings.Split(header, ";")
	root, recorded := "", false
	for _, p := range parts {
		if id, ok := strings.CutPrefix(p, "Root="); ok {
			root = id
		}
		recorded = recorded || p == "Sampled=1"
	}
	if !recorded {
		return ""
	}
	return root
}

// maxConnectionTraces is the maximum number of connections whose trace IDs a log line has.
const maxConnectionTraces = 10

// connectionTraces collects the trace IDs of the connections that an event sends to or ends. It is
// safe for concurrent use.
type connectionTraces struct {
	mu    sync.Mutex
	ids   []string
	count int // of connections, also of those without an ID
}

// addConnectionTrace adds a connection that the event sends to or ends. It ignores the connection
// of the event, because the log line has its trace ID already.
func (r *request) addConnectionTrace(c Connection) {
	if c.ID == r.RequestContext.ConnectionID {
		return
	}
	t := &r.connectionTraces
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count++; t.count <= maxConnectionTraces && c.Trace != "" {
		t.ids = append(t.ids, c.Trace)
	}
}

// list returns the trace IDs, or nil if there were too many connections.
func (t *connectionTraces) list() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count > maxConnectionTraces {
		return nil
	}
	return t.ids
}
