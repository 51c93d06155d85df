package gateway

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"sallyport/local/stage"
)

// Gateway serves one stage of one WebSocket API: handshakes at /{stage}, and its management
// API at /{stage}/@connections/{id}. Make one with New. Its methods may run concurrently.
type Gateway struct {
	config    Config
	selection selection
	sources   []source
	routes    map[string]*route

	account  *stage.Bucket // limits messages, handshakes and management calls together
	connects *stage.Bucket // limits new connections
	calls    *stage.Calls

	mu          sync.Mutex // guards connections
	connections map[string]*conn
}

// route is a Route with its defaults, its key and the state of its throttle.
type route struct {
	Route
	key    string
	bucket *stage.Bucket
}

// New returns the gateway that c describes. Its error names every part of c that API Gateway
// would refuse.
func New(c Config) (*Gateway, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("configure gateway: %w", err)
	}
	c.Limits = c.Limits.withDefaults()
	g := &Gateway{
		config: c, routes: map[string]*route{}, connections: map[string]*conn{}, calls: stage.NewCalls(),
		account:  throttleOf(c.Limits.Rate, c.Limits.Burst).Bucket(),
		connects: throttleOf(c.Limits.ConnectRate, c.Limits.ConnectRate).Bucket(),
	}
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
		g.routes[key] = &route{Route: r, key: key, bucket: r.Throttle.Bucket()}
	}
	return g, nil
}

// ServeHTTP answers handshakes and management calls. Every other path gets 403 Forbidden,
// like an unknown stage (api-gateway.md 1.3, 7.2). A path below the stage gets 426 unless
// the request is a WebSocket handshake (api-gateway.md 1.1).
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.calls.Enter() {
		refusal{
			status: http.StatusServiceUnavailable, kind: "ServiceUnavailableException",
			body: messageBody("Service Unavailable"),
		}.write(w)
		return
	}
	defer g.calls.Leave()
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	stage, rest, _ := strings.Cut(path, "/")
	id, managed := connectionInPath(rest)
	status, reason := checkUpgrade(r)
	var refused *refusal
	switch {
	case stage != g.config.Stage:
		refused = unknownPath("the path does not begin with the stage: want /" + g.config.Stage)
	case rest == "":
		g.handshake(w, r)
		return
	case managed:
		g.manage(w, r, id)
		return
	case status == http.StatusUpgradeRequired && !isManagement(rest):
		refused = upgradeRequired(reason)
	default:
		refused = unknownPath("the only path below the stage is @connections")
	}
	g.refuse(w, r, refused, "request refused")
}

// Close refuses new requests, closes every connection with 1001 Going away, runs $disconnect
// for each of them, and waits until every function has returned. If ctx ends first, Close
// drops the connections that are left, ends the context of the functions, and returns an
// error.
func (g *Gateway) Close(ctx context.Context) error {
	g.calls.Close()
	for _, c := range g.open() {
		g.calls.Go(func() { c.close(goingAway) })
	}
	if err := g.calls.Wait(ctx); err != nil {
		for _, c := range g.open() {
			c.drop()
		}
		return fmt.Errorf("close gateway: %w", err)
	}
	return nil
}

// open returns the open connections.
func (g *Gateway) open() []*conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Collect(maps.Values(g.connections))
}

// add adds c to the management API.
func (g *Gateway) add(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.connections[c.connectionID] = c
}

// remove removes c from the management API.
func (g *Gateway) remove(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.connections, c.connectionID)
}

// connection returns the open connection with this ID, or nil.
func (g *Gateway) connection(id string) *conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.connections[id]
}
