package handler

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

const (
	protocolHeader = "Sec-WebSocket-Protocol"
	bearerPrefix   = "bearer." // of the subprotocol that carries a token
	tokenParameter = "token"   // of the query string
)

// errUnauthorized has the one text that API Gateway answers with 401; every
// other one makes it 500 (specification 1.3).
var errUnauthorized = errors.New("Unauthorized") //nolint:staticcheck // the text is API Gateway's

// authorize decides whether a client may connect. No token, or one that proves
// nothing, is 401; a genuine one for another audience, 403.
func (m *Mux) authorize(ctx context.Context, r *request) (any, error) {
	id, err := m.identify(ctx, r)
	r.note("user", id.User)
	var refusal *Refusal
	switch {
	case err == nil:
		r.outcome = "allowed"
		return policy("Allow", r.MethodARN, id), nil
	case !errors.As(err, &refusal):
		return nil, fmt.Errorf("verify token: %w", err)
	case refusal.Genuine:
		r.refuse("denied", refusal.Reason)
		return policy("Deny", r.MethodARN, id), nil
	}
	r.refuse("refused", refusal.Reason)
	return nil, errUnauthorized
}

func (m *Mux) identify(ctx context.Context, r *request) (Identity, error) {
	for _, p := range r.protocols() {
		if token, ok := strings.CutPrefix(p, bearerPrefix); ok {
			return m.config.Verifier.Verify(ctx, token)
		}
	}
	token := r.QueryStringParameters[tokenParameter]
	if token == "" {
		return Identity{}, &Refusal{Reason: "no token in " + protocolHeader}
	}
	if !m.config.TokenInQuery {
		return Identity{}, &Refusal{Reason: "no token in " + protocolHeader + ", and one in the query string is not allowed"}
	}
	return m.config.Verifier.Verify(ctx, token)
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

// policy grants or refuses this one $connect. The context goes along with all
// later events of the connection (specification 2.3 and 2.4).
func policy(effect, methodARN string, id Identity) events.APIGatewayCustomAuthorizerResponse {
	return events.APIGatewayCustomAuthorizerResponse{
		PrincipalID: id.User,
		PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
			Version: "2012-10-17",
			Statement: []events.IAMPolicyStatement{{
				Action:   []string{"execute-api:Invoke"},
				Effect:   effect,
				Resource: []string{methodARN},
			}},
		},
		Context: map[string]any{"user": id.User, "expires": id.Expires.Unix()},
	}
}
