package route

import "reflect"

// Refreshing is a message of the route refresh.
type Refreshing struct {
	Token string `json:"token"` // a new access token of the same user
}

// TypeRefreshed is the type of the answer of the route refresh.
const TypeRefreshed = "refreshed"

// Refreshed is the data of the answer of the route refresh.
type Refreshed struct {
	Expires int64 `json:"expires"` // end of the authorization, in Unix seconds
}

// BuiltIn returns the routes that every app has. Package handler answers them.
func BuiltIn() []Route {
	return []Route{
		{Key: Connect, Kind: KindLifecycle, Doc: "records a connection"},
		{Key: Disconnect, Kind: KindLifecycle, Doc: "forgets a connection"},
		{
			Key: Refresh, Kind: KindReply, Doc: "extends the connection with a new token",
			In: reflect.TypeFor[Refreshing](), Answer: TypeRefreshed, Out: reflect.TypeFor[Refreshed](),
		},
	}
}

// The paths of the HTTP API.
const (
	Tickets     = "/tickets"
	Connections = "/connections"
	Session     = "/session"
)

// Endpoint is a route of the HTTP API.
type Endpoint struct {
	Method string
	Path   string
	// Allows is the method that a preflight request (OPTIONS) asks about. Other
	// endpoints have "".
	Allows string `json:"-"`
	// Session means that the endpoint exists only with the setting sessionCookie.
	Session bool `json:",omitempty"`
}

// Key returns the endpoint's route key, such as "POST /tickets".
func (e Endpoint) Key() string { return e.Method + " " + e.Path }

// Endpoints returns the routes of the HTTP API. session adds the routes of the setting
// sessionCookie. The function answers preflight requests itself, because only it knows the
// allowed origins. The routes of the session cookie have no route for preflight requests. So
// only the page of the site can use them: its requests need no preflight.
func Endpoints(session bool) []Endpoint {
	all := []Endpoint{
		{Method: "POST", Path: Tickets},
		{Method: "OPTIONS", Path: Tickets, Allows: "POST"},
		{Method: "DELETE", Path: Connections},
		{Method: "OPTIONS", Path: Connections, Allows: "DELETE"},
	}
	if session {
		all = append(all, Endpoint{Method: "POST", Path: Session, Session: true}, Endpoint{Method: "DELETE", Path: Session, Session: true})
	}
	return all
}
