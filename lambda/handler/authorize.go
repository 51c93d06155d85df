package handler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"sallyport/lambda/metric"
)

const (
	protocolHeader = "Sec-WebSocket-Protocol"
	bearerPrefix   = "bearer." // of the subprotocol that carries a token
	tokenParameter = "token"   // of the query string
)

// errUnauthorized has the one text that API Gateway answers with 401; every
// other one makes it 500 (specification 1.3).
var errUnauthorized = errors.New("Unauthorized")

// authorize decides whether a client may connect. No token, or one that proves
// nothing, is 401; a genuine one for another audience, 403.
func (m *Mux) authorize(ctx context.Context, r *request) (any, error) {
	// An alarm takes these two off the function's errors, so they must be there.
	r.count(metric.NoToken, 0)
	r.count(metric.BadToken, 0)
	token, ok := m.token(r)
	if !ok {
		reason := "no token in " + protocolHeader
		if token != "" {
			reason += ", and one in the query string is not allowed"
		}
		r.refuse("refused", reason)
		r.count(metric.NoToken, 1)
		return nil, errUnauthorized
	}
	user, expires, err := m.config.Verifier.Verify(ctx, token)
	r.note("user", user)
	answer := policy{ARN: r.MethodARN, User: user, Expires: expires}
	var refusal Refusal
	switch {
	case err == nil:
		r.outcome = "allowed"
		return answer.with("Allow"), nil
	case !errors.As(err, &refusal):
		return nil, fmt.Errorf("verify token: %w", err)
	case refusal.Genuine():
		r.refuse("denied", refusal.Error())
		r.count(metric.OtherAudience, 1)
		return answer.with("Deny"), nil
	}
	r.refuse("refused", refusal.Error())
	r.count(metric.BadToken, 1)
	return nil, errUnauthorized
}

// token returns the token that the client sends along, and whether it may
// count. One among the subprotocols goes before one in the query string.
func (m *Mux) token(r *request) (string, bool) {
	for _, p := range r.protocols() {
		if token, ok := strings.CutPrefix(p, bearerPrefix); ok {
			return token, true
		}
	}
	token := r.QueryStringParameters[tokenParameter]
	return token, token != "" && m.config.TokenInQuery
}

// protocols returns the subprotocols that the client offers. They come as one
// value, in a header of the client's spelling (specification 1.4 and 2.2).
func (r *request) protocols() []string {
	for name, value := range r.Headers {
		if strings.EqualFold(name, protocolHeader) {
			list := strings.Split(value, ",")
			for i, p := range list {
				list[i] = strings.TrimSpace(p)
			}
			return list
		}
	}
	return nil
}

// policy decides on one $connect, that of ARN.
type policy struct {
	ARN, User string
	Expires   time.Time
}

// with returns the answer for an effect, Allow or Deny. Its context goes along
// with all later events of the connection (specification 2.3 and 2.4).
func (p policy) with(effect string) events.APIGatewayCustomAuthorizerResponse {
	return events.APIGatewayCustomAuthorizerResponse{
		PrincipalID: p.User,
		PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
			Version: "2012-10-17",
			Statement: []events.IAMPolicyStatement{{
				Action:   []string{"execute-api:Invoke"},
				Effect:   effect,
				Resource: []string{p.ARN},
			}},
		},
		Context: map[string]any{"user": p.User, "expires": p.Expires.Unix()},
	}
}
