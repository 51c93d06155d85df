// Package handler answers the events of the function. Package event defines the kinds of event.
//
// API Gateway asks for authorization only once, at the handshake. A guard therefore checks
// each message before its route, and ends the connection if its authorization has expired.
//
// Comments cite sections of the pages that describe the behaviour of API Gateway, as in
// "(api-gateway.md 2.3)". The index of the pages is docs/api-gateway.md.
package handler

import (
	"io"
	"time"

	"github.com/rs/zerolog"

	"sallyport/lambda/channel"
	"sallyport/lambda/originsecret"
	"sallyport/lambda/route"
	"sallyport/lambda/setting"
)

// Config configures a Mux. All fields are required, unless their comment describes the
// zero value.
type Config struct {
	// Routes are the routes of the app. The zero table has no routes.
	Routes route.Table

	Verifier     Verifier
	Connections  ConnectionStore
	Poster       Poster
	Disconnecter Disconnecter
	// Tickets is the store of tickets. Nil: the Mux issues and accepts no tickets.
	Tickets Tickets
	// Channels has the channels. Nil: there are no channels.
	Channels *channel.Hub
	// JobGroups is the number of groups of the queue that jobs for many connections have. The
	// queue gives the jobs of a group to one event at a time. So channels can use the events
	// that exceed the number of groups. 0: 1. More than 32 count as 32.
	JobGroups int

	// Function holds the settings. Unknown values of MissingOrigin and OverCap have the
	// effect of the strictest ones: refuse and newest.
	setting.Function
	// Issuers are the issuers of all users. A command whose target has a sub without an
	// issuer applies to the first one.
	Issuers []string
	// AllowedOrigins are the origins of pages that may connect. They are compared byte
	// for byte.
	AllowedOrigins []string
	// OriginSecrets are the accepted secrets of CloudFront. Handshakes and requests to the
	// HTTP API without one of them are refused. Empty: clients may call the APIs directly.
	OriginSecrets originsecret.Set
	// LogAddress means that the log has the network addresses of clients whose requests came
	// through CloudFront.
	LogAddress bool

	// Log receives a line per event, and a line for each connection that a push could not
	// reach or that could not be ended. No line contains a token, a ticket, a message or a
	// query string.
	Log zerolog.Logger
	// Metrics is the CloudWatch namespace of the metrics, which are one more line of Log
	// per event. Empty: the Mux writes no metrics.
	Metrics string
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
	// Random is the source of tickets. Nil means crypto/rand.
	Random io.Reader
}
