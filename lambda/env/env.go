// Package env is the contract between the stack, which sets the Lambda's
// environment variables, and the Lambda, which reads them.
package env

import (
	"errors"
	"fmt"
)

// The names of the variables.
const (
	TableName      = "TABLE_NAME"
	UserIndex      = "USER_INDEX"
	UserIDIndex    = "USER_ID_INDEX"
	ConnectionsURL = "CONNECTIONS_URL"
	Issuer         = "ISSUER"
	Audience       = "AUDIENCE"
	UserClaims     = "USER_CLAIMS"
	TokenInQuery   = "TOKEN_IN_QUERY" //nolint:gosec // a name, no secret
	LogLevel       = "LOG_LEVEL"
	Metrics        = "METRICS"         // may be unset
	AllowedOrigins = "ALLOWED_ORIGINS" // space-separated
	Region         = "AWS_REGION"      // set by Lambda itself

	TicketTableName    = "TICKET_TABLE_NAME"    // unset: no tickets
	TokenInSubprotocol = "TOKEN_IN_SUBPROTOCOL" //nolint:gosec // a name, no secret
	SecondIssuer       = "SECOND_ISSUER"        // may be unset
	SecondAudience     = "SECOND_AUDIENCE"      // with SecondIssuer
	ToolAudience       = "TOOL_AUDIENCE"        // may be unset
	RequiredScope      = "REQUIRED_SCOPE"       // space-separated; may be unset
	MissingOrigin      = "MISSING_ORIGIN"       // refuse, subprotocol or allow
	ConnectionsPerUser = "CONNECTIONS_PER_USER" // 0: no cap
	OverCap            = "OVER_CAP"             // which one goes: oldest or newest
	MessageBytes       = "MESSAGE_BYTES"
	MessagesPerMinute  = "MESSAGES_PER_MINUTE" // 0: no limit
)

// The values of MissingOrigin: what becomes of a client that names no origin, as
// only programs do.
const (
	Refuse      = "refuse"
	Subprotocol = "subprotocol" // it needs a ticket or a bearer token; one in the query string is not enough
	Allow       = "allow"
)

// The values of OverCap.
const (
	Oldest = "oldest"
	Newest = "newest"
)

// Env is the Lambda's configuration.
type Env struct {
	// TableName is the DynamoDB table that holds the connections.
	TableName string
	// UserIndex is the table's index by the user's name. UserIDIndex is its
	// index by the user's ID.
	UserIndex, UserIDIndex string
	// TicketTableName is the table that holds the tickets; empty: there are none.
	TicketTableName string
	// ConnectionsURL is the endpoint of the management API,
	// https://{api}.execute-api.{region}.amazonaws.com/{stage}.
	ConnectionsURL string

	// Issuer is the OpenID Connect issuer whose tokens are accepted.
	Issuer string
	// Audience is what a token's aud, or Cognito's client_id, must name.
	Audience string
	// ToolAudience is accepted in place of Audience: the client ID of scripts
	// that get tokens without a browser. Empty: no such client.
	ToolAudience string
	// RequiredScope lists the scopes that a token must have, all of them. Nil:
	// a token needs no scope.
	RequiredScope []string
	// UserClaims are the claims that may hold the user's name. The first one that
	// a token has is used.
	UserClaims []string
	// SecondIssuer's tokens are accepted, too, with their own SecondAudience.
	// Both may be empty.
	SecondIssuer, SecondAudience string

	// TokenInSubprotocol allows a token among the subprotocols (bearer.<token>).
	TokenInSubprotocol bool
	// TokenInQuery allows the token in the query string (?token=) too.
	TokenInQuery bool
	// AllowedOrigins are the pages that may connect, as browsers write them.
	AllowedOrigins []string
	// MissingOrigin is Refuse, Subprotocol or Allow.
	MissingOrigin string

	// ConnectionsPerUser is how many connections a user may have; 0: any number.
	ConnectionsPerUser int
	// OverCap says which one goes when there are more: Oldest or Newest.
	OverCap string
	// MessageBytes is how long a message may be.
	MessageBytes int
	// MessagesPerMinute is how many messages a connection may send in a minute of
	// the clock; 0: any number.
	MessagesPerMinute int

	// LogLevel is zerolog's name of the lowest level that is logged.
	LogLevel string
	// Metrics is the CloudWatch namespace of the function's metrics; empty: it
	// writes none.
	Metrics string
	// Region is the AWS region.
	Region string
}

// Parse reads the configuration by getenv. Its error names every variable that
// is missing or wrong, with its value and what is wanted instead.
func Parse(getenv func(string) string) (Env, error) {
	p := parser{getenv: getenv}
	e := Env{
		TableName:          p.text(TableName),
		UserIndex:          p.text(UserIndex),
		UserIDIndex:        p.text(UserIDIndex),
		TicketTableName:    getenv(TicketTableName),
		ConnectionsURL:     p.url(ConnectionsURL),
		Issuer:             p.url(Issuer),
		Audience:           p.text(Audience),
		ToolAudience:       getenv(ToolAudience),
		RequiredScope:      p.words(RequiredScope),
		UserClaims:         p.list(UserClaims),
		TokenInSubprotocol: p.bool(TokenInSubprotocol),
		TokenInQuery:       p.bool(TokenInQuery),
		AllowedOrigins:     p.origins(AllowedOrigins),
		MissingOrigin:      p.oneOf(MissingOrigin, Refuse, Subprotocol, Allow),
		ConnectionsPerUser: p.number(ConnectionsPerUser, 0, 1000),
		OverCap:            p.oneOf(OverCap, Oldest, Newest),
		MessageBytes:       p.number(MessageBytes, 1, 128<<10), // the longest that API Gateway takes (specification 6)
		MessagesPerMinute:  p.number(MessagesPerMinute, 0, 100000),
		LogLevel:           p.text(LogLevel),
		Metrics:            getenv(Metrics),
		Region:             p.text(Region),
	}
	p.second(&e)
	p.anyCredential()
	return e, errors.Join(p.errs...)
}

// second reads the second issuer, which has an audience of its own.
func (p *parser) second(e *Env) {
	e.SecondAudience = p.getenv(SecondAudience)
	if p.getenv(SecondIssuer) == "" {
		if e.SecondAudience != "" {
			p.wrong(SecondAudience, e.SecondAudience, "nothing without "+SecondIssuer)
		}
		return
	}
	e.SecondIssuer, e.SecondAudience = p.url(SecondIssuer), p.text(SecondAudience)
	if e.SecondIssuer == e.Issuer {
		p.wrong(SecondIssuer, e.SecondIssuer, "another one than "+Issuer)
	}
}

// anyCredential checks that there is a way to connect at all.
func (p *parser) anyCredential() {
	for _, tokens := range []string{TokenInSubprotocol, TokenInQuery} {
		if p.getenv(tokens) != "false" {
			return
		}
	}
	if p.getenv(TicketTableName) == "" {
		p.errs = append(p.errs, fmt.Errorf("environment variables %s, %s and %s allow no credential: want at least one",
			TicketTableName, TokenInSubprotocol, TokenInQuery))
	}
}
