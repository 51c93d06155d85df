package handler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
	"sallyport/lambda/metric"
)

// errUnauthorized has the only text that API Gateway answers with 401. Any other text
// becomes 500 (api-gateway.md 1.3).
var errUnauthorized = errors.New("Unauthorized")

// grant is the permission to connect.
type grant struct {
	User    identity.User
	Expires time.Time // expiry of the token
}

// authorize decides whether a client may connect. A refusal has the status of its code in
// the catalogue, 401 or 403. An error of the function or of AWS becomes 500.
func (m *Mux) authorize(ctx context.Context, r *request) (any, error) {
	g, err := m.admit(ctx, r)
	return m.authorizerAnswer(r, g, err)
}

// authorizerAnswer returns the answer of the authorizer to a grant. If err is not nil, there is no
// grant, and the answer refuses the handshake.
func (m *Mux) authorizerAnswer(r *request, g grant, err error) (any, error) {
	// An alarm subtracts both metrics from the errors of the function, so they need values.
	r.count(metric.NoToken, 0)
	r.count(metric.BadToken, 0)
	r.noteUser(g.User)
	var refusal *errcode.Refusal
	switch {
	case err == nil:
		r.outcome = "allowed"
		return newPolicy("Allow", r.MethodARN, g, m.protocolOf(r), r.trace), nil
	case !errors.As(err, &refusal):
		return nil, err
	}
	r.refuse(refusal)
	r.count(refusalMetric(refusal.Code), 1)
	if errcode.Of(refusal.Code).Status == http.StatusForbidden {
		r.outcome = "denied"
		return newPolicy("Deny", r.MethodARN, g, "", ""), nil
	}
	return nil, errUnauthorized
}

// admit checks the origin, then the form of the credential, and then the credential itself:
// only the last check calls other services. If admit returns an error, the grant has at
// most a user.
func (m *Mux) admit(ctx context.Context, r *request) (grant, error) {
	origin, err := m.origin(r)
	if err != nil {
		return grant{}, err
	}
	if origin == "" && !m.originOptional(ticketKind) {
		return grant{}, errcode.Refuse(errcode.OriginMissing, "no Origin")
	}
	c, err := m.credential(r)
	switch {
	case err != nil:
		return grant{}, err
	case origin == "" && !m.originOptional(c.kind):
		return grant{}, errcode.Refuse(errcode.OriginMissing, "no Origin, and a credential of the kind %s", c.kind)
	case c.kind == ticketKind || c.kind == queryTicketKind:
		return m.redeem(ctx, c.value, origin)
	}
	return m.verify(ctx, c.value)
}

func (m *Mux) verify(ctx context.Context, token string) (grant, error) {
	user, expires, err := m.config.Verifier.Verify(ctx, token)
	if err != nil {
		return grant{User: user}, fmt.Errorf("verify token: %w", err)
	}
	return grant{user, expires}, nil
}

// refusalMetric returns the metric that counts a refusal. Refusals with 401 are also errors
// of the function.
func refusalMetric(c errcode.Code) string {
	switch c { //nolint:exhaustive // all other codes of a handshake are BadToken
	case errcode.NoCredential, errcode.SeveralCredentials, errcode.CredentialOff:
		return metric.NoToken
	case errcode.OriginMissing, errcode.OriginNotAllowed, errcode.TicketOrigin, errcode.NotThroughSite:
		return metric.OtherOrigin
	case errcode.TokenAudience, errcode.TokenScope:
		return metric.OtherAudience
	}
	return metric.BadToken
}

// policy is the answer to an authorizer event (api-gateway.md 2.3).
type policy struct {
	PrincipalID    string             `json:"principalId"`
	PolicyDocument policyDocument     `json:"policyDocument"`
	Context        *authorizerContext `json:"context,omitempty"`
}

type policyDocument struct {
	Version   string      `json:"Version"`
	Statement []statement `json:"Statement"`
}

type statement struct {
	Action   string `json:"Action"`
	Effect   string `json:"Effect"`
	Resource string `json:"Resource"`
}

// authorizerContext is the data about the user that API Gateway adds to all later events of
// the connection.
type authorizerContext struct {
	User    string `json:"user"` // the name
	Issuer  string `json:"issuer"`
	Subject string `json:"sub"`
	Expires int64  `json:"expires"`          // Unix seconds
	Claims  string `json:"claims,omitempty"` // a JSON object
	// Protocol is the subprotocol of the messages. "": that of plain routes.
	Protocol string `json:"protocol,omitempty"`
	Trace    string `json:"trace,omitempty"`
}

// newPolicy returns a policy for the $connect of the event. API Gateway requires a
// principal, even for a client without a user. protocol is the subprotocol of the messages, and
// traceID is for the log lines of the connection.
func newPolicy(effect, arn string, g grant, protocol, traceID string) policy {
	p := policy{
		PrincipalID: cmp.Or(g.User.Name, "nobody"),
		PolicyDocument: policyDocument{
			Version:   "2012-10-17",
			Statement: []statement{{"execute-api:Invoke", effect, arn}},
		},
	}
	if effect == "Allow" {
		p.Context = &authorizerContext{g.User.Name, g.User.Issuer, g.User.Subject, g.Expires.Unix(), g.User.Claims, protocol, traceID}
	}
	return p
}
