// Package program is the Lambda function of the stack, with the routes and namespaces of an app. It
// authorizes connections to the WebSocket API, answers all routes and the HTTP API, and ends expired
// connections on a schedule. Backends invoke it to send messages and to end connections. Package
// handler does this work; this package only connects the parts.
package program

import (
	"context"
	"errors"
	"io"
	"log"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/rs/zerolog"

	"sallyport/lambda/channel"
	"sallyport/lambda/channeltable"
	"sallyport/lambda/env"
	"sallyport/lambda/fifo"
	"sallyport/lambda/handler"
	"sallyport/lambda/pusher"
	"sallyport/lambda/registry"
	"sallyport/lambda/route"
	"sallyport/lambda/ticket"
	"sallyport/lambda/token"
	"sallyport/lambda/trace"
)

// Start processes events, and does not return as long as it can do this. table and channels return
// the declarations of the app, as those of lambda/app do. channels can be nil for an app without
// channels. The plan must be made of the same declarations. Start returns false, and logs the reason,
// if the environment or the declarations are wrong.
func Start(getenv func(string) string, stderr io.Writer, table func() (route.Table, error), channels func() (channel.Table, error)) bool {
	logger := zerolog.New(stderr).With().Timestamp().Logger()
	mux, err := newMux(getenv, logger, table, channels)
	if err != nil {
		logger.Error().Err(err).Msg("the function is not configured")
		return false
	}
	log.SetFlags(0)                   //nolint:forbidigo // aws-lambda-go writes to this log
	log.SetOutput(runtimeLog{logger}) //nolint:forbidigo // aws-lambda-go writes to this log
	lambda.Start(mux)
	return true
}

// newMux creates the Mux and its parts from the environment. It sends no requests, because they would
// delay the first event.
func newMux(getenv func(string) string, logger zerolog.Logger, table func() (route.Table, error), channels func() (channel.Table, error)) (*handler.Mux, error) {
	e, err := env.Parse(getenv)
	level, levelErr := zerolog.ParseLevel(e.LogLevel)
	routes, routesErr := table()
	var namespaces channel.Table
	var namespacesErr error
	if channels != nil {
		namespaces, namespacesErr = channels()
	}
	if err := errors.Join(err, routesErr, namespacesErr, levelErr); err != nil {
		return nil, err
	}
	logger = logger.Level(level)
	client := httpClient()
	cloud := awsConfig(getenv, e.Region, client)
	connections := registry.New(registry.Config{AWS: cloud, Table: e.TableName, UserIndex: e.UserIndex, UserIDIndex: e.UserIDIndex, ExpiryIndex: e.ExpiryIndex})
	management := pusher.New(pusher.Config{AWS: cloud, Endpoint: e.ConnectionsURL})
	var tickets handler.Tickets // nil without a table
	if e.TicketTableName != "" {
		tickets = ticket.New(ticket.Config{AWS: cloud, Table: e.TicketTableName})
	}
	var hub *channel.Hub // nil without a queue
	if e.QueueURL != "" {
		table := channeltable.New(channeltable.Config{AWS: cloud, Table: e.ChannelTableName})
		hub = channel.New(channel.Config{
			Namespaces: namespaces, Streams: table, Subscribers: table, Queue: fifo.New(fifo.Config{AWS: cloud, URL: e.QueueURL}), Poster: management,
			Warn: warn(logger),
		})
	}
	trusted := issuers(e)
	return handler.New(handler.Config{
		Routes:         routes,
		Verifier:       token.New(token.Config{Issuers: trusted, Client: client, Outage: outage(logger)}),
		Connections:    connections,
		Poster:         management,
		Disconnecter:   management,
		Tickets:        tickets,
		Channels:       hub,
		JobGroups:      max(1, e.QueueConcurrency-1), // so that one event is left for channels
		Function:       e.Function,
		Issuers:        urls(trusted),
		AllowedOrigins: e.AllowedOrigins,
		OriginSecrets:  e.OriginSecrets,
		LogAddress:     e.LogAddress,
		Log:            logger,
		Metrics:        e.Metrics,
	}), nil
}

// warn returns a function that logs a failure of the channels with its traces.
func warn(logger zerolog.Logger) func(context.Context, error, string) {
	return func(ctx context.Context, err error, text string) {
		line := logger.Warn().Err(err)
		if ids := trace.IDs(ctx); len(ids) > 0 {
			line.Strs("traces", ids)
		}
		line.Msg(text)
	}
}

// outage returns a function that logs a failed fetch of keys.
func outage(logger zerolog.Logger) func(error) {
	return func(err error) {
		logger.Warn().Err(err).Msg("keys of the issuer could not be fetched: the known keys stay valid for a day")
	}
}

// issuers returns the issuer, and the second issuer if there is one. The name of the second
// issuer's users is their sub.
func issuers(e env.Env) []token.Issuer {
	all := []token.Issuer{{URL: e.Issuer, Audience: e.Audience, ToolAudience: e.ToolAudience, UserClaims: e.UserClaims, Scopes: strings.Fields(e.RequiredScope), Claims: e.Claims}}
	if e.SecondIssuer != "" {
		all = append(all, token.Issuer{URL: e.SecondIssuer, Audience: e.SecondAudience, UserClaims: []string{"sub"}, Scopes: strings.Fields(e.RequiredScope), Claims: e.Claims})
	}
	return all
}

func urls(all []token.Issuer) []string {
	list := make([]string, 0, len(all))
	for _, is := range all {
		list = append(list, is.URL)
	}
	return list
}
