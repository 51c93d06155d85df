// Package route names the routes of the WebSocket API, once: infra declares
// what stands here and the handler answers it.
//
// To add a route, add a line to All and a function to the handler's table.
package route

// The route keys. Those that begin with "$" belong to API Gateway.
const (
	Connect    = "$connect"
	Disconnect = "$disconnect"
	Default    = "$default"
	Whoami     = "whoami"
	Ping       = "ping"
	Refresh    = "refresh"
)

// Selection is the route selection expression: a message {"action": "x", ...}
// takes the route x, every other message takes $default.
const Selection = "$request.body.action"

// Route is one route of the API.
type Route struct {
	// Key is matched, case-sensitively, with what Selection finds in a message.
	Key string
	// Replies is whether API Gateway sends the body of the answer back to the
	// client. Without it API Gateway drops the body, refusals included, so All
	// sets it for every route except $connect and $disconnect.
	Replies bool
	// Mock is the text that API Gateway answers by itself, with no Lambda
	// call. Empty: the Lambda answers.
	Mock string
}

// All returns every route, in the order of their declaration. Every route for messages
// replies: on a one-way route the client would not receive refusals.
func All() []Route {
	routes := []Route{
		{Key: Connect},
		{Key: Disconnect},
		{Key: Default},
		{Key: Whoami},
		{Key: Refresh},
		{Key: Ping, Mock: `{"type":"pong"}`},
	}
	for i, r := range routes {
		routes[i].Replies = r.Key != Connect && r.Key != Disconnect
	}
	return routes
}

// The paths of the HTTP API, which stands beside the WebSocket API.
const (
	Tickets     = "/tickets"
	Connections = "/connections"
)

// Endpoint is one route of the HTTP API.
type Endpoint struct {
	Method string
	Path   string
}

// Key is the route key that API Gateway knows it by, such as "POST /tickets".
func (e Endpoint) Key() string { return e.Method + " " + e.Path }

// Endpoints returns every route of the HTTP API. The Lambda answers OPTIONS,
// too, as it alone knows which origins may ask.
func Endpoints() []Endpoint {
	return []Endpoint{
		{"POST", Tickets},
		{"OPTIONS", Tickets},
		{"DELETE", Connections},
		{"OPTIONS", Connections},
	}
}
