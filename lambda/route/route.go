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
)

// Selection is the route selection expression: a message {"action": "x", ...}
// takes the route x, every other message takes $default.
const Selection = "$request.body.action"

// Route is one route of the API.
type Route struct {
	// Key is matched, case-sensitively, with what Selection finds in a message.
	Key string
	// Replies tells whether the sender gets the answer's body as a message.
	// Without it API Gateway drops the body.
	Replies bool
	// Mock is the text that API Gateway answers by itself, with no Lambda
	// call. Empty: the Lambda answers.
	Mock string
}

// All returns every route, in the order they are declared.
func All() []Route {
	return []Route{
		{Key: Connect},
		{Key: Disconnect},
		{Key: Default, Replies: true},
		{Key: Whoami, Replies: true},
		{Key: Ping, Replies: true, Mock: `{"type":"pong"}`},
	}
}
