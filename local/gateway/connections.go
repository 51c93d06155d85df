package gateway

import (
	"encoding/json"
	"slices"
	"time"
)

// Connection is what the gateway knows of an open connection. AWS tells less,
// and of one connection at a time (api-gateway.md 7.2).
type Connection struct {
	ID                  string
	ConnectedAt         time.Time
	LastActiveAt        time.Time // when the client was last heard
	SourceIP, UserAgent string
	Received, Sent      int64 // messages of the client, and to it
	// Authorizer is requestContext.authorizer of its events, a JSON object; nil
	// without an authorizer.
	Authorizer json.RawMessage
}

// Connections returns the open connections, the oldest first.
func (g *Gateway) Connections() []Connection {
	g.mu.Lock()
	list := make([]Connection, 0, len(g.connections))
	for _, c := range g.connections {
		list = append(list, Connection{
			ID: c.connectionID, ConnectedAt: c.connectedAt, LastActiveAt: c.connectedAt.Add(time.Duration(c.heard.Load())),
			SourceIP: c.sourceIP, UserAgent: c.userAgent,
			Received: c.received.Load(), Sent: c.sent.Load(), Authorizer: c.authorizer,
		})
	}
	g.mu.Unlock()
	slices.SortFunc(list, func(a, b Connection) int { return a.ConnectedAt.Compare(b.ConnectedAt) })
	return list
}

// Expire ends a connection as its time limits do, with 1001 Going away
// (api-gateway.md 3.4), and reports whether there was one to end. It does not wait
// for the client.
func (g *Gateway) Expire(id string) bool {
	if !g.enter() {
		return false
	}
	defer g.running.Done()
	c := g.connection(id)
	if c == nil || !c.end(goingAway) {
		return false
	}
	g.running.Go(func() { c.sayGoodbye(goingAway) })
	return true
}
