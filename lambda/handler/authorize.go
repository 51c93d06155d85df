package handler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
	"sallyport/lambda/metric"
)

// errUnauthorized has the one text that API Gateway answers with 401; every
// other one makes it 500 (api-gateway.md 1.3).
var errUnauthorized = errors.New("Unauthorized")

// grant is the permission to connect.
type grant struct {
	User    identity.User
	Expires time.Time
}

// authorize decides whether a client may connect. By the catalogue's status of
// what is wrong, it is refused with 401 or 403; where nothing could be decided,
// with 500.
func (m *Mux) authorize(ctx context.Context, r *request) (any, error) {
	// An alarm takes these two off the function's errors, so they must be there.
	r.count(metric.NoToken, 0)
	r.count(metric.BadToken, 0)
	p, err := m.admit(ctx, r)
	r.noteUser(p.User)
	var refusal *errcode.Refusal
	switch {
	case err == nil:
		r.outcome = "allowed"
		return allow(r.MethodARN, p), nil
	case !errors.As(err, &refusal):
		return nil, err
	}
	r.refuse(refusal)
	r.count(refusedBy(refusal.Code), 1)
	if errcode.Of(refusal.Code).Status == http.StatusForbidden {
		r.outcome = "denied"
		return deny(r.MethodARN, p), nil
	}
	return nil, errUnauthorized
}

// admit looks at where the client comes from, then at what it shows, and only
// then asks anyone. The grant that comes with an error has at most a user.
func (m *Mux) admit(ctx context.Context, r *request) (grant, error) {
	origin, err := m.origin(r)
	if err != nil {
		return grant{}, err
	}
	if origin == "" && !m.mayMissOrigin(ticketKind) {
		return grant{}, errcode.Refuse(errcode.OriginMissing, "no Origin")
	}
	c, err := m.credential(r)
	switch {
	case err != nil:
		return grant{}, err
	case origin == "" && !m.mayMissOrigin(c.kind):
		return grant{}, errcode.Refuse(errcode.OriginMissing, "no Origin, and the token in the query string")
	case c.kind == ticketKind:
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

// refusedBy returns the metric that counts a refusal. Those two that answer 401
// are errors of the function, too.
func refusedBy(c errcode.Code) string {
	switch c { //nolint:exhaustive // the others cannot come of a handshake, or are BadToken
	case errcode.NoCredential, errcode.SeveralCredentials, errcode.CredentialOff:
		return metric.NoToken
	case errcode.OriginMissing, errcode.OriginNotAllowed, errcode.TicketOrigin:
		return metric.OtherOrigin
	case errcode.TokenAudience, errcode.TokenScope:
		return metric.OtherAudience
	}
	return metric.BadToken
}

// policy is the answer of an authorizer (api-gateway.md 2.3).
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

// authorizerContext goes along with all later events of the connection.
type authorizerContext struct {
	User    string `json:"user"` // the name
	Issuer  string `json:"issuer"`
	Subject string `json:"sub"`
	Expires int64  `json:"expires"`
	Claims  string `json:"claims,omitempty"` // a JSON object
}

// allow lets p through, for the one $connect that was asked for.
func allow(arn string, p grant) policy {
	a := decide("Allow", arn, p.User.Name)
	a.Context = &authorizerContext{p.User.Name, p.User.Issuer, p.User.Subject, p.Expires.Unix(), p.User.Claims}
	return a
}

// deny refuses a client. It may have no name yet, but a principal must.
func deny(arn string, p grant) policy {
	if p.User.Name == "" {
		return decide("Deny", arn, "nobody")
	}
	return decide("Deny", arn, p.User.Name)
}

func decide(effect, arn, principal string) policy {
	return policy{principal, policyDocument{
		Version:   "2012-10-17",
		Statement: []statement{{"execute-api:Invoke", effect, arn}},
	}, nil}
}
