package handler

import (
	"net/url"
	"slices"
	"strings"

	"sallyport/lambda/errcode"
	"sallyport/lambda/loopback"
	"sallyport/lambda/setting"
)

const (
	originHeader   = "Origin"
	protocolHeader = "Sec-WebSocket-Protocol"

	// Parameters of the query string.
	tokenParameter    = "token"
	ticketParameter   = "ticket"
	protocolParameter = "protocol"
)

// credentialKind is the kind of a credential.
type credentialKind string

const (
	ticketKind credentialKind = "ticket" // a ticket as a subprotocol
	bearerKind credentialKind = "bearer" // a token as a subprotocol
	queryKind  credentialKind = "query"  // a token in the query string

	queryTicketKind credentialKind = "query-ticket" // a ticket in the query string
	cookieKind      credentialKind = "cookie"       // a token in the session cookie
)

// credential is a ticket or a token of a handshake.
type credential struct {
	kind  credentialKind
	value string
}

// credentials returns all credentials of a handshake.
func (r *request) credentials() []credential {
	var found []credential
	for _, p := range r.protocols() {
		prefix, value, ok := strings.Cut(p, ".")
		if k := credentialKind(prefix); ok && (k == ticketKind || k == bearerKind) {
			found = append(found, credential{k, value})
		}
	}
	found = append(found, r.queryCredentials(tokenParameter, queryKind)...)
	return append(found, r.queryCredentials(ticketParameter, queryTicketKind)...)
}

// queryCredentials returns the values of a parameter of the query string, as credentials of
// a kind. A parameter without a value is not a credential.
func (r *request) queryCredentials(parameter string, k credentialKind) []credential {
	var found []credential
	for _, value := range r.Parameter(parameter) {
		if value != "" {
			found = append(found, credential{k, value})
		}
	}
	return found
}

// protocols returns the subprotocols that the client offers. They may arrive in one value
// or in several (api-gateway.md 1.4).
func (r *request) protocols() []string {
	list := strings.Split(strings.Join(r.Header(protocolHeader), ","), ",")
	for i, p := range list {
		list[i] = strings.Trim(p, " \t")
	}
	return list
}

// credential returns the credential of a handshake. It refuses several credentials, because
// otherwise one of them could be checked and another one used. The session cookie is a
// credential only if there is no other credential, because a browser sends it with each
// handshake.
func (m *Mux) credential(r *request) (credential, error) {
	found := r.credentials()
	if len(found) == 0 && m.config.SessionCookie {
		for _, value := range r.Cookie(sessionCookie) {
			found = append(found, credential{cookieKind, value})
		}
	}
	switch {
	case len(found) == 0:
		return credential{}, errcode.Refuse(errcode.NoCredential, "no credential in %s or the query string", protocolHeader)
	case len(found) > 1:
		return credential{}, errcode.Refuse(errcode.SeveralCredentials, "%d credentials", len(found))
	}
	c := found[0]
	r.note("credential", string(c.kind))
	enabled := map[credentialKind]bool{
		ticketKind:      m.config.Tickets != nil,
		bearerKind:      m.config.TokenInSubprotocol,
		queryKind:       m.config.TokenInQuery,
		queryTicketKind: m.config.TicketInQuery && m.config.Tickets != nil,
		cookieKind:      true, // found only with the setting sessionCookie
	}
	if !enabled[c.kind] {
		return credential{}, errcode.Refuse(errcode.CredentialOff, "credentials of this kind are switched off")
	}
	return c, nil
}

// origin returns the origin of the page that sent a request, or "" if the request
// has no Origin header. An origin that is not equal to an allowed one, byte for
// byte, is refused. The API's own origin counts as a missing one: see ownOrigin.
func (m *Mux) origin(r *request) (string, error) {
	values := r.Header(originHeader)
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", errcode.Refuse(errcode.OriginNotAllowed, "%d Origin headers", len(values))
	case values[0] != "" && values[0] == ownOrigin(r.RequestContext.DomainName):
		return "", nil
	case values[0] == "" || !slices.Contains(m.config.AllowedOrigins, values[0]):
		return "", errcode.Refuse(errcode.OriginNotAllowed, "origin %.100q is not allowed", values[0])
	}
	return values[0], nil
}

// ownOrigin returns the origin of the API itself, whose Host header is host. A page cannot
// have this origin: API Gateway serves no pages, and a page cannot choose the Host header.
// React Native sends this origin with a WebSocket handshake, but no Origin with the request
// for the ticket, so both must count as requests without an Origin.
func ownOrigin(host string) string {
	if host == "" {
		return ""
	}
	u := url.URL{Scheme: "https", Host: host}
	if loopback.Is(u.Hostname()) {
		u.Scheme = "http" // the local run
	}
	return u.Scheme + "://" + u.Host
}

// originOptional reports whether a handshake with a credential of a kind may have no
// Origin. A ticket in the query string is treated as a ticket in a subprotocol, because it is
// valid only for the origin that requested it, or for none. A cookie always needs an Origin,
// because a browser also sends it for a foreign page.
func (m *Mux) originOptional(k credentialKind) bool {
	if k == cookieKind {
		return false
	}
	return m.config.MissingOrigin == setting.AllowMissing ||
		m.config.MissingOrigin == setting.SubprotocolMissing && k != queryKind
}
