package gateway

import (
	"encoding/json"
	"slices"
	"time"
)

// Connection describes an open connection. AWS reports less, and about one connection at a
// time (api-gateway.md 7.2).
type Connection struct {
	ID                  string
	ConnectedAt         time.Time
	LastActiveAt        time.Time // time of the last message from the client
	SourceIP, UserAgent string
	Received, Sent      int64 // numbers of messages from and to the client
	// Authorizer is requestContext.authorizer of the events, a JSON object. It is nil without
	// an authorizer.
	Authorizer json.RawMessage
}

// Connections returns the open connections, the oldest first.
func (g *Gateway) Connections() []Connection {
	open := g.open()
	list := make([]Connection, len(open))
	for i, c := range open {
		list[i] = Connection{
			ID: c.connectionID, ConnectedAt: c.connectedAt, LastActiveAt: c.connectedAt.Add(time.Duration(c.lastReceived.Load())),
			SourceIP: c.sourceIP, UserAgent: c.userAgent,
			Received: c.received.Load(), Sent: c.sent.Load(), Authorizer: c.authorizer,
		}
	}
	slices.SortFunc(list, func(a, b Connection) int { return a.ConnectedAt.Compare(b.ConnectedAt) })
	return list
}

// Expire ends a connection with 1001 Going away, as its time limits do (api-gateway.md 3.4).
// It reports false if the connection is not open. It does not wait for the client.
func (g *Gateway) Expire(id string) bool {
	if !g.calls.Enter() {
		return false
	}
	defer g.calls.Leave()
	c := g.connection(id)
	if c == nil || !c.end(goingAway) {
		return false
	}
	g.calls.Go(func() { c.sendClose(goingAway) })
	return true
}
