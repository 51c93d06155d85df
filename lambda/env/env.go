// Package env is the contract between the stack, which sets the Lambda's
// environment variables, and the Lambda, which reads them.
package env

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// The names of the variables.
const (
	TableName      = "TABLE_NAME"
	UserIndex      = "USER_INDEX"
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
	MissingOrigin      = "MISSING_ORIGIN"       // refuse, subprotocol or allow
	ConnectionsPerUser = "CONNECTIONS_PER_USER" // 0: no cap
	OverCap            = "OVER_CAP"             // which one goes: oldest or newest
	MessageBytes       = "MESSAGE_BYTES"
	MessagesPerMinute  = "MESSAGES_PER_MINUTE" // 0: no limit
)

// Env is the Lambda's configuration.
type Env struct {
	// TableName is the DynamoDB table that holds the connections.
	TableName string
	// UserIndex is the table's index by user.
	UserIndex string
	// ConnectionsURL is the endpoint of the management API,
	// https://{api}.execute-api.{region}.amazonaws.com/{stage}.
	ConnectionsURL string
	// Issuer is the OpenID Connect issuer whose tokens are accepted.
	Issuer string
	// Audience is what a token's aud, or Cognito's client_id, must name.
	Audience string
	// UserClaims are the claims that may name the user; the first one that a
	// token carries counts.
	UserClaims []string
	// TokenInQuery allows the token in the query string (?token=) too.
	TokenInQuery bool
	// LogLevel is zerolog's name of the lowest level that is logged.
	LogLevel string
	// Metrics is the CloudWatch namespace of the function's metrics; empty: it
	// writes none.
	Metrics string
	// Region is the AWS region.
	Region string
}

// Parse reads the configuration by getenv. Its error names every variable that
// is missing or wrong, with its value.
func Parse(getenv func(string) string) (Env, error) {
	p := parser{getenv: getenv}
	e := Env{
		TableName:      p.text(TableName),
		UserIndex:      p.text(UserIndex),
		ConnectionsURL: p.url(ConnectionsURL),
		Issuer:         p.url(Issuer),
		Audience:       p.text(Audience),
		UserClaims:     p.list(UserClaims),
		TokenInQuery:   p.bool(TokenInQuery),
		LogLevel:       p.text(LogLevel),
		Metrics:        getenv(Metrics),
		Region:         p.text(Region),
	}
	return e, errors.Join(p.errs...)
}

type parser struct {
	getenv func(string) string
	errs   []error
}

func (p *parser) text(name string) string {
	v := p.getenv(name)
	if v == "" {
		p.errs = append(p.errs, fmt.Errorf("environment variable %s is not set", name))
	}
	return v
}

func (p *parser) url(name string) string {
	v := p.text(name)
	if v == "" {
		return ""
	}
	if u, err := url.Parse(v); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		p.errs = append(p.errs, fmt.Errorf("environment variable %s is %q: want an http(s) URL", name, v))
	}
	return v
}

func (p *parser) list(name string) []string {
	v := p.text(name)
	if v == "" {
		return nil
	}
	return strings.Split(v, ",")
}

func (p *parser) bool(name string) bool {
	v := p.text(name)
	if v == "" {
		return false
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("environment variable %s is %q: want true or false", name, v))
	}
	return b
}
