package handler

import (
	"context"
	"net/http"
	"time"

	"sallyport/lambda/errcode"
)

const (
	// sessionCookie is the cookie with the token. With the prefix __Host-, browsers accept it
	// only from this host, over TLS and for all paths (RFC 6265bis, 4.1.3.2). Therefore no
	// other host of the domain can set it.
	sessionCookie = "__Host-session"
	// maxCookie is the maximum size of the name and the value of a cookie together, in bytes.
	// Browsers ignore a larger cookie (RFC 6265bis, 5.7).
	maxCookie = 4096
	// csrfHeader is a header with the value 1. A foreign page can send it only after a
	// preflight, which the function does not permit.
	csrfHeader = "X-CSRF"
)

// postSession answers POST /session: it stores a valid token in the session cookie. The
// request must come from a page of an allowed origin.
func (m *Mux) postSession(ctx context.Context, r *request) (any, error) {
	origin, err := m.pageOrigin(r)
	if err != nil {
		return httpError(r, "", err), nil
	}
	token, err := r.bearer()
	if err != nil {
		return httpError(r, origin, err), nil
	}
	g, err := m.verify(ctx, token)
	r.noteUser(g.User)
	if err != nil {
		return httpError(r, origin, err), nil
	}
	if size := len(sessionCookie) + len(token); size > maxCookie {
		return httpError(r, origin, errcode.Refuse(errcode.TokenTooLarge, "cookie would have %d bytes, more than %d", size, maxCookie)), nil
	}
	text, err := messageOf(TypeSession, struct {
		Expires int64 `json:"expires"` // of the token, in Unix seconds
	}{g.Expires.Unix()})
	if err != nil {
		return nil, err
	}
	// A token that expired a moment ago is still valid: the clocks may differ.
	age := max(1, int(g.Expires.Sub(m.config.Now())/time.Second))
	return withCookie(httpAnswer(http.StatusCreated, origin, text), token, age), nil
}

// deleteSession answers DELETE /session: it removes the session cookie. It needs no token, so
// that a page can sign out after the token has expired.
func (m *Mux) deleteSession(_ context.Context, r *request) (any, error) {
	origin, err := m.pageOrigin(r)
	if err == nil {
		err = r.checkCSRF()
	}
	if err != nil {
		return httpError(r, origin, err), nil
	}
	return withCookie(httpAnswer(http.StatusNoContent, origin, ""), "", -1), nil
}

// httpToken returns the token of a request: that of the header Authorization or, without this
// header, that of the session cookie. The cookie needs an origin and the CSRF header, because
// browsers also send it with the requests of foreign pages.
func (m *Mux) httpToken(r *request, origin string) (string, error) {
	cookies := r.Cookie(sessionCookie)
	if !m.config.SessionCookie || len(cookies) == 0 || len(r.Header(authorizationHeader)) > 0 {
		return r.bearer()
	}
	switch {
	case len(cookies) > 1:
		return "", errcode.Refuse(errcode.SeveralCredentials, "%d session cookies", len(cookies))
	case origin == "":
		return "", errcode.Refuse(errcode.OriginMissing, "no Origin, and a session cookie")
	}
	r.note("credential", string(cookieKind))
	return cookies[0], r.checkCSRF()
}

// pageOrigin returns the allowed origin of the page that sent the request. It refuses a request
// without an Origin.
func (m *Mux) pageOrigin(r *request) (string, error) {
	origin, err := m.origin(r)
	if err == nil && origin == "" {
		err = errcode.Refuse(errcode.OriginMissing, "no Origin")
	}
	return origin, err
}

// checkCSRF refuses a request without the CSRF header.
func (r *request) checkCSRF() error {
	if values := r.Header(csrfHeader); len(values) != 1 || values[0] != "1" {
		return errcode.Refuse(errcode.CSRFHeaderMissing, "no header %s: 1", csrfHeader)
	}
	return nil
}

// withCookie adds the session cookie to an answer. A negative age, in seconds, removes the
// cookie from the browser.
func withCookie(a answer, value string, age int) answer {
	c := http.Cookie{Name: sessionCookie, Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}
	a.Cookies = []string{c.String()}
	return a
}
