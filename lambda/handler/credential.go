package handler

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"sallyport/lambda/errcode"
	"sallyport/lambda/setting"
)

const (
	originHeader   = "Origin"
	protocolHeader = "Sec-WebSocket-Protocol"
	tokenParameter = "token" // of the query string
)

// kind is how a credential travels.
type kind string

const (
	ticketKind kind = "ticket"
	bearerKind kind = "bearer"
	queryKind  kind = "query"
)

// credential is what a client shows to be let in.
type credential struct {
	kind  kind
	value string
}

// credentials returns all that the client shows. Which one would count is not
// for us to guess: more than one is a mistake, or an attempt to have one checked
// and another one used.
func (r *request) credentials() []credential {
	var found []credential
	for _, p := range r.protocols() {
		prefix, value, ok := strings.Cut(p, ".")
		if k := kind(prefix); ok && (k == ticketKind || k == bearerKind) {
			found = append(found, credential{k, value})
		}
	}
	for _, value := range r.Parameter(tokenParameter) {
		if value != "" {
			found = append(found, credential{queryKind, value})
		}
	}
	return found
}

// credential returns the one credential of a handshake, if it is of a kind that
// is switched on.
func (m *Mux) credential(r *request) (credential, error) {
	found := r.credentials()
	switch len(found) {
	case 0:
		return credential{}, errcode.Refuse(errcode.NoCredential, "no credential in %s or the query string", protocolHeader)
	case 1:
	default:
		return credential{}, errcode.Refuse(errcode.SeveralCredentials, "%d credentials", len(found))
	}
	r.note("credential", string(found[0].kind))
	if !m.takes(found[0].kind) {
		return credential{}, errcode.Refuse(errcode.CredentialOff, "credentials of this kind are switched off")
	}
	return found[0], nil
}

// protocols returns the subprotocols that the client offers. They come as one
// value or as several (api-gateway.md 1.4).
func (r *request) protocols() []string {
	var list []string
	for _, value := range r.Header(protocolHeader) {
		for p := range strings.SplitSeq(value, ",") {
			list = append(list, strings.Trim(p, " \t"))
		}
	}
	return list
}

func (m *Mux) takes(k kind) bool {
	switch k {
	case ticketKind:
		return m.config.Tickets != nil
	case bearerKind:
		return m.config.TokenInSubprotocol
	case queryKind:
		return m.config.TokenInQuery
	}
	return false
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

// ownOrigin returns the origin of the API itself. A page cannot have this origin:
// API Gateway serves no pages, and a page cannot choose the Host header. React
// Native sends it with a WebSocket handshake, and sends no Origin with the request
// for the ticket, so both must count as requests of a program.
func ownOrigin(host string) string {
	if host == "" {
		return ""
	}
	u := url.URL{Scheme: "https", Host: host}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip.IsLoopback() {
		u.Scheme = "http" // the local run
	}
	return u.Scheme + "://" + u.Host
}

// mayMissOrigin reports whether a client with a credential of a kind may come
// from nowhere.
func (m *Mux) mayMissOrigin(k kind) bool {
	switch m.config.MissingOrigin {
	case setting.AllowMissing:
		return true
	case setting.SubprotocolMissing:
		return k != queryKind
	case setting.RefuseMissing:
	}
	return false
}
