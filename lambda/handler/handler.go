// Package handler answers the events of the one Lambda.
//
// There are five kinds: API Gateway asks whether a client may connect, passes
// on what happens on a route of the socket, or a request to the HTTP API; a
// schedule asks to look for connections that have expired; and a backend commands
// to push a message or to disconnect. A Mux tells them apart and hands each to
// its handler; the rest of the world it reaches through the interfaces of Config.
//
// API Gateway asks once, at the handshake. Everything later is kept up here: a
// guard looks at each message before its route does, and ends the connection if
// its authorization is over.
//
// Sections named in comments, as "(api-gateway.md 2.3)", are those of
// docs/api-gateway.md, which says how API Gateway behaves.
package handler

import (
	"io"
	"time"

	"github.com/rs/zerolog"

	"sallyport/lambda/route"
	"sallyport/lambda/setting"
)

// Config is what a Mux works with. Everything is needed, except where it says
// what nil, empty or zero means.
type Config struct {
	// Routes are the routes of the app. The zero table has none.
	Routes route.Table

	Verifier     Verifier
	Connections  ConnectionStore
	Poster       Poster
	Disconnecter Disconnecter
	// Tickets keeps tickets. Nil: there are none.
	Tickets Tickets

	// Function holds the settings. Unknown values of MissingOrigin and OverCap are the
	// strictest ones: refuse and newest.
	setting.Function
	// Issuers are the issuers of all users. A command whose target has a sub without an
	// issuer is about the first one.
	Issuers []string
	// AllowedOrigins are the origins of pages that may connect. They are compared byte
	// for byte.
	AllowedOrigins []string

	// Log gets one line per event, and one more per connection to which
	// something could not be done. Tokens, tickets, message bodies and query
	// strings are never part of a line.
	Log zerolog.Logger
	// Metrics is the CloudWatch namespace of the metrics that go to Log, in one
	// more line per event. Empty means none.
	Metrics string
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
	// Random is where tickets come from. Nil means crypto/rand.
	Random io.Reader
}
