package handler

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"sallyport/lambda/errcode"
	"sallyport/lambda/trace"
)

const (
	authorizationHeader = "Authorization"
	// preflightAge is the number of seconds for which a browser may cache the answer to a
	// preflight.
	preflightAge = "600"
)

// endpointFunc answers a request to the HTTP API that has a valid token. text is the body
// of the answer.
type endpointFunc func(ctx context.Context, r *request, g grant, origin string) (status int, text string, err error)

// endpoint returns a handler that calls do if the token is valid and the origin, if there
// is one, is allowed. The token is in the header Authorization, or in the session cookie.
func (m *Mux) endpoint(do endpointFunc) handlerFunc {
	return func(ctx context.Context, r *request) (any, error) {
		origin, err := m.origin(r)
		if err != nil {
			return httpError(r, "", err), nil
		}
		token, err := m.httpToken(r, origin)
		if err != nil {
			return httpError(r, origin, err), nil
		}
		g, err := m.verify(ctx, token)
		r.noteUser(g.User)
		if err != nil {
			return httpError(r, origin, err), nil
		}
		status, text, err := do(ctx, r, g, origin)
		if err != nil {
			return httpError(r, origin, err), nil
		}
		return httpAnswer(status, origin, text), nil
	}
}

// bearer returns the token in the Authorization header.
func (r *request) bearer() (string, error) {
	values := r.Header(authorizationHeader)
	if len(values) == 0 {
		return "", errcode.Refuse(errcode.NoCredential, "no %s header", authorizationHeader)
	}
	// A token has no comma, so a comma separates the values of several headers.
	if len(values) > 1 || strings.Contains(values[0], ",") {
		return "", errcode.Refuse(errcode.SeveralCredentials, "several %s headers", authorizationHeader)
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if token = strings.Trim(token, " "); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", errcode.Refuse(errcode.NoCredential, "no bearer token in the %s header", authorizationHeader)
	}
	return token, nil
}

// postTicket issues a ticket.
func (m *Mux) postTicket(ctx context.Context, _ *request, g grant, origin string) (int, string, error) {
	if m.config.Tickets == nil {
		return 0, "", errcode.Refuse(errcode.CredentialOff, "tickets are switched off")
	}
	value, t, err := m.issue(ctx, g, origin)
	if err != nil {
		return 0, "", err
	}
	text, err := messageOf(TypeTicket, struct {
		Ticket       string `json:"ticket"`
		Expires      int64  `json:"expires"`      // Unix seconds
		TokenExpires int64  `json:"tokenExpires"` // Unix seconds
	}{value, t.ExpiresAt.Unix(), t.TokenExpires.Unix()})
	return http.StatusCreated, text, err
}

// deleteConnections signs a user out: it ends all of the user's connections.
func (m *Mux) deleteConnections(ctx context.Context, r *request, g grant, _ string) (int, string, error) {
	e, err := m.endAll(ctx, r, m.config.Connections.ByUser(ctx, g.User.ID()), nil, func(c Connection) error {
		return m.end(ctx, r, c, closing{code: errcode.SignedOut})
	})
	if err != nil {
		return 0, "", err
	}
	text, err := messageOf(TypeDisconnected, e)
	return http.StatusOK, text, err
}

// preflight returns a handler that answers the preflight request for a method.
func (m *Mux) preflight(method string) handlerFunc {
	return func(_ context.Context, r *request) (any, error) {
		origin, err := m.origin(r)
		if err == nil && origin == "" {
			err = errcode.Refuse(errcode.OriginNotAllowed, "preflight without an Origin")
		}
		if err != nil {
			return httpError(r, "", err), nil
		}
		a := httpAnswer(http.StatusNoContent, origin, "")
		a.Headers["Access-Control-Allow-Methods"] = method
		a.Headers["Access-Control-Allow-Headers"] = "authorization, " + trace.Header
		a.Headers["Access-Control-Max-Age"] = preflightAge
		return a, nil
	}
}

// httpError returns the answer to a request that failed or is refused.
func httpError(r *request, origin string, err error) answer {
	code := errcode.Unavailable
	if refusal := (*errcode.Refusal)(nil); errors.As(err, &refusal) {
		r.refuse(refusal)
		code = refusal.Code
	} else {
		r.failure = err
	}
	a := httpAnswer(errcode.Of(code).Status, origin, errorMessage(TypeError, code, ""))
	if a.StatusCode == http.StatusUnauthorized {
		a.Headers["WWW-Authenticate"] = "Bearer"
	}
	return a
}

// notFound answers a request to an unknown path, as API Gateway does.
func notFound(_ context.Context, r *request) (any, error) {
	r.outcome = "refused"
	return httpAnswer(http.StatusNotFound, "", `{"message":"Not Found"}`), nil
}

// httpAnswer returns an answer that only a page of origin may read. Its headers forbid
// browsers to cache the answer, to run or show it as a page, and to use the API without
// TLS.
func httpAnswer(status int, origin, text string) answer {
	headers := map[string]string{
		"Content-Type":              "application/json",
		"Cache-Control":             "no-store",
		"Vary":                      originHeader,
		"Content-Security-Policy":   "default-src 'none'; frame-ancestors 'none'",
		"Strict-Transport-Security": "max-age=63072000", // two years, as on the site
		"X-Content-Type-Options":    "nosniff",
	}
	if origin != "" {
		headers["Access-Control-Allow-Origin"] = origin
	}
	return answer{StatusCode: status, Headers: headers, Body: text}
}
