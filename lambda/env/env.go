// Package env reads the function's configuration from its environment variables: the
// settings that the function reads (package setting), and values that resources of the
// stack determine.
package env

import (
	"errors"
	"fmt"

	"sallyport/lambda/originsecret"
	"sallyport/lambda/setting"
)

// The names of the variables whose values resources of the stack determine.
const (
	TableName        = "TABLE_NAME"
	UserIndex        = "USER_INDEX"
	UserIDIndex      = "USER_ID_INDEX"
	ExpiryIndex      = "EXPIRY_INDEX"       // unset: no sweep
	TicketTableName  = "TICKET_TABLE_NAME"  // unset: no tickets
	ChannelTableName = "CHANNEL_TABLE_NAME" // unset: no channels
	QueueURL         = "QUEUE_URL"          // unset: no channels
	QueueConcurrency = "QUEUE_CONCURRENCY"  // unset: no channels
	ConnectionsURL   = "CONNECTIONS_URL"
	Issuer           = "ISSUER"
	Audience         = "AUDIENCE"
	ToolAudience     = "TOOL_AUDIENCE" // may be unset
	UserClaims       = "USER_CLAIMS"
	AllowedOrigins   = "ALLOWED_ORIGINS" // space-separated
	OriginSecrets    = "ORIGIN_SECRETS"  // unset: clients may call the APIs directly
	LogAddress       = "LOG_ADDRESS"     // "true", or unset
	Metrics          = "METRICS"         // may be unset
	Region           = "AWS_REGION"      // set by Lambda itself
)

// Env is the function's configuration.
type Env struct {
	setting.Function

	// TableName is the DynamoDB table that holds the connections.
	TableName string
	// UserIndex is the table's index by the user's name. UserIDIndex is its
	// index by the user's ID.
	UserIndex, UserIDIndex string
	// ExpiryIndex is its index by the expiry of the authorization. Empty: there is no sweep.
	ExpiryIndex string
	// TicketTableName is the table that holds the tickets. Empty: there are no
	// tickets.
	TicketTableName string
	// ChannelTableName is the table of channels, QueueURL the address of their queue.
	// Empty: there are no channels.
	ChannelTableName, QueueURL string
	// QueueConcurrency is the number of events of the queue at the same time. 0: there are no
	// channels.
	QueueConcurrency int
	// ConnectionsURL is the endpoint of the management API,
	// https://{api}.execute-api.{region}.amazonaws.com/{stage}.
	ConnectionsURL string

	// Issuer is the OpenID Connect issuer whose tokens are accepted.
	Issuer string
	// Audience is the value that a token's aud, or Cognito's client_id, must have.
	Audience string
	// ToolAudience is accepted in place of Audience: the client ID of scripts
	// that get tokens without a browser. Empty: there is no such client.
	ToolAudience string
	// UserClaims are the claims that may hold the user's name. The first one that
	// a token has is used.
	UserClaims []string
	// AllowedOrigins are the origins of the pages that may connect, as browsers
	// send them.
	AllowedOrigins []string
	// OriginSecrets are the secrets of which CloudFront sends one with each handshake and
	// each request to the HTTP API. The empty set: clients may call the APIs directly.
	OriginSecrets originsecret.Set
	// LogAddress means that the log has the network addresses of clients that came through
	// CloudFront. The access log of API Gateway has the address of CloudFront for them.
	LogAddress bool

	// Metrics is the CloudWatch namespace of the function's metrics. Empty: the
	// function writes no metrics.
	Metrics string
	// Region is the AWS region.
	Region string
}

// Parse reads the configuration. getenv returns the value of a variable, "" if it is
// not set. The error names every variable that is missing or wrong, its value and the
// allowed values.
func Parse(getenv func(string) string) (Env, error) {
	p := parser{getenv: getenv}
	e := Env{
		TableName:        p.text(TableName),
		UserIndex:        p.text(UserIndex),
		UserIDIndex:      p.text(UserIDIndex),
		ExpiryIndex:      getenv(ExpiryIndex),
		TicketTableName:  getenv(TicketTableName),
		ChannelTableName: getenv(ChannelTableName),
		QueueURL:         getenv(QueueURL),
		QueueConcurrency: p.number(QueueConcurrency),
		ConnectionsURL:   p.url(ConnectionsURL),
		Issuer:           p.url(Issuer),
		Audience:         p.text(Audience),
		ToolAudience:     getenv(ToolAudience),
		UserClaims:       p.list(UserClaims),
		AllowedOrigins:   p.origins(AllowedOrigins),
		OriginSecrets:    p.secrets(OriginSecrets),
		LogAddress:       getenv(LogAddress) == "true",
		Metrics:          getenv(Metrics),
		Region:           p.text(Region),
	}
	if err := e.Parse(getenv); err != nil {
		p.errs = append(p.errs, err)
	}
	e.checkTogether(&p)
	return e, errors.Join(p.errs...)
}

// checkTogether checks the values that depend on other values.
func (e *Env) checkTogether(p *parser) {
	issuer, audience := e.Variable(&e.SecondIssuer), e.Variable(&e.SecondAudience)
	switch {
	case e.SecondIssuer == "" && e.SecondAudience != "":
		p.wrong(audience, e.SecondAudience, "empty when "+issuer+" is empty")
	case e.SecondIssuer != "" && e.SecondAudience == "":
		p.errs = append(p.errs, fmt.Errorf("environment variable %s is not set", audience))
	case e.SecondIssuer != "" && e.SecondIssuer == e.Issuer:
		p.wrong(issuer, e.SecondIssuer, "an issuer that differs from "+Issuer)
	}
	if e.TicketInQuery && e.TicketTableName == "" {
		p.wrong(e.Variable(&e.TicketInQuery), "true", "false when "+TicketTableName+" is empty")
	}
	if e.SessionCookie && e.TicketTableName == "" {
		p.wrong(e.Variable(&e.SessionCookie), "true", "false when "+TicketTableName+" is empty: the HTTP API sets the cookie")
	}
	subprotocol, query := e.Variable(&e.TokenInSubprotocol), e.Variable(&e.TokenInQuery)
	if e.TicketTableName == "" && p.getenv(subprotocol) == "false" && p.getenv(query) == "false" {
		p.errs = append(p.errs, fmt.Errorf("environment variables %s, %s and %s allow no credential: must allow at least one",
			TicketTableName, subprotocol, query))
	}
}
