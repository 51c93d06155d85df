package gateway

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"sallyport/local/throttle"
)

// Gateway serves one stage of one WebSocket API: its handshakes at /{stage}
// and its management API at /{stage}/@connections/{id}. Make one with New; its
// methods may run concurrently.
type Gateway struct {
	config    Config
	selection selection
	sources   []source
	routes    map[string]*route

	account  *throttle.Bucket // every message, handshake and management call
	connects *throttle.Bucket // new connections
	buffers  sync.Pool

	// calls is what functions are invoked with; it ends when Close stops
	// waiting for them.
	calls   context.Context
	giveUp  context.CancelFunc
	running sync.WaitGroup // requests, connections and calls of functions

	mu          sync.Mutex // guards the fields below
	connections map[string]*conn
	closed      bool
}

// route is a Route made ready.
type route struct {
	Route
	key    string
	bucket *throttle.Bucket
}

// New returns the gateway that c describes, or an error that names every part
// of c which API Gateway would refuse.
func New(c Config) (*Gateway, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("configure gateway: %w", err)
	}
	c.Limits = c.Limits.withDefaults()
	g := &Gateway{config: c, routes: map[string]*route{}, connections: map[string]*conn{}}
	g.selection, _ = parseSelection(c.RouteSelection)
	if c.Authorizer != nil {
		g.sources, _ = parseSources(c.Authorizer.IdentitySources)
	}
	for key, r := range c.Routes {
		if r.Throttle == nil {
			r.Throttle = c.Throttle
		}
		if r.Integration.Timeout == 0 {
			r.Integration.Timeout = maxTimeout
		}
		g.routes[key] = &route{Route: r, key: key, bucket: newBucket(r.Throttle)}
	}
	g.account = newBucket(c.Limits.account())
	g.connects = newBucket(c.Limits.connects())
	g.buffers.New = newBuffer
	g.calls, g.giveUp = context.WithCancel(context.Background())
	return g, nil
}

// ServeHTTP answers handshakes and management calls. What the URL names beside
// them is 403 Forbidden, as for an unknown stage (api-gateway.md 1.3, 7.2), or 426
// if it is below the stage and no WebSocket client asks (api-gateway.md 1.1).
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.enter() {
		refusal{
			status: http.StatusServiceUnavailable, kind: "ServiceUnavailableException",
			body: messageBody("Service Unavailable"),
		}.write(w)
		return
	}
	defer g.running.Done()
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	if stage, rest, _ := strings.Cut(path, "/"); stage != g.config.Stage {
		g.refusePath(w, r, "the path does not begin with the stage: want /"+g.config.Stage)
	} else if rest == "" {
		g.handshake(w, r)
	} else if id, ok := connectionInPath(rest); ok {
		g.manage(w, r, id)
	} else if status, reason := checkUpgrade(r); status == http.StatusUpgradeRequired && !managed(rest) {
		g.refuseRequest(w, r, upgradeRequired(reason))
	} else {
		g.refusePath(w, r, "nothing but @connections is below the stage")
	}
}

// Close refuses new requests, closes every connection with 1001 Going away,
// runs their $disconnect, and waits until every function has answered. When
// ctx ends before, it cuts what is left and returns an error.
func (g *Gateway) Close(ctx context.Context) error {
	var closing sync.WaitGroup
	for _, c := range g.shut() {
		closing.Go(func() { c.close(goingAway) })
	}
	done := make(chan struct{})
	go func() {
		closing.Wait()
		g.running.Wait()
		close(done)
	}()
	defer g.giveUp()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		for _, c := range g.shut() {
			c.drop()
		}
		return fmt.Errorf("close gateway: %w", ctx.Err())
	}
}

// enter counts a request in, unless the gateway is closed.
func (g *Gateway) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.running.Add(1)
	}
	return !g.closed
}

// shut closes the gateway for requests and returns the open connections.
func (g *Gateway) shut() []*conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	open := make([]*conn, 0, len(g.connections))
	for _, c := range g.connections {
		open = append(open, c)
	}
	return open
}

// remember makes c known to the management API and reports whether the gateway
// was closed meanwhile.
func (g *Gateway) remember(c *conn) (closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.connections[c.connectionID] = c
	return g.closed
}

func (g *Gateway) forget(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.connections, c.connectionID)
}

// connection returns an open connection, or nil.
func (g *Gateway) connection(id string) *conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.connections[id]
}
