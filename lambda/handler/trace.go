package handler

import (
	"context"
	"strings"
	"sync"

	"sallyport/lambda/trace"
)

// traceID returns the trace ID of an event: the one of the client, or of the connection. A
// handshake without a valid one gets an ID.
func (r *request) traceID() string {
	c := &r.RequestContext
	switch {
	case r.Type == "REQUEST":
		if id := trace.OfProtocols(r.protocols()); id != "" {
			return id
		}
		return trace.Of(c.RequestID)
	case c.HTTP.Method != "":
		return trace.OfHeader(r.Header(trace.Header))
	case trace.Valid(c.Authorizer.Trace):
		return c.Authorizer.Trace
	}
	return ""
}

// sampled returns the ID of the trace of AWS X-Ray to which the work on an event belongs, or
// "" if X-Ray does not record it. Package lambda of aws-lambda-go gives the header of the
// Runtime API to the context.
func sampled(ctx context.Context) string {
	header, _ := ctx.Value("x-amzn-trace-id").(string)
	parts := strings.Split(header, ";")
	root, is := "", false
	for _, p := range parts {
		if id, ok := strings.CutPrefix(p, "Root="); ok {
			root = id
		}
		is = is || p == "Sampled=1"
	}
	if !is {
		return ""
	}
	return root
}

// maxTouched is the largest number of connections whose traces a log line has.
const maxTouched = 10

// touched collects the traces of the connections that an event sends to or ends. It is safe
// for concurrent use.
type touched struct {
	mu  sync.Mutex
	ids []string
	all int // connections
}

// touch notes that the event sends to a connection, or ends it. The connection of the event
// does not count, because the log line has its trace.
func (r *request) touch(c Connection) {
	if c.ID == r.RequestContext.ConnectionID {
		return
	}
	t := &r.touched
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all++; t.all <= maxTouched && c.Trace != "" {
		t.ids = append(t.ids, c.Trace)
	}
}

// list returns the traces, or nil if they are of too many connections.
func (t *touched) list() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all > maxTouched {
		return nil
	}
	return t.ids
}
