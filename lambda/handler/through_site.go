package handler

import (
	"context"
	"net/netip"
	"strings"

	"sallyport/lambda/errcode"
	"sallyport/lambda/event"
	"sallyport/lambda/originsecret"
)

// fromClient reports whether a client can cause an event of a kind without a decision of the
// authorizer. It returns true for a kind that it does not know.
func fromClient(k event.Kind) bool {
	switch k { //nolint:exhaustive // all other kinds come from clients
	case event.Route: // only after the authorizer has allowed the connection
		return false
	case event.Schedule, event.Queue, event.Push, event.Disconnect: // only AWS and backends
		return false
	}
	return true
}

// requireSite returns do, or a handler that refuses the event. With the setting oneDomain, each
// event from a client must have an accepted secret of CloudFront. Only this function checks the
// secret, for all routes and endpoints, so a new route needs no check of its own.
func (m *Mux) requireSite(r *request, k event.Kind, do handlerFunc) handlerFunc {
	accepted := m.config.OriginSecrets
	if len(accepted) == 0 || !fromClient(k) {
		return do
	}
	values := r.Header(originsecret.Header)
	if len(values) != 1 || !accepted.Has(values[0]) {
		err := errcode.Refuse(errcode.NotThroughSite, "%d headers %s, want one with an accepted secret", len(values), originsecret.Header)
		return func(context.Context, *request) (any, error) {
			if k == event.Authorizer {
				return m.authorizerAnswer(r, grant{}, err)
			}
			return httpError(r, "", err), nil
		}
	}
	if m.config.LogAddress {
		r.note("address", viewerAddress(r.Header(originsecret.ViewerAddress)))
	}
	return do
}

// viewerAddress returns the network address of the client in the header of CloudFront, or ""
// if the header has another form. The port is after the last colon. AWS's guide has no example
// of an IPv6 address, so it may be in brackets or not (api-gateway.md 17).
func viewerAddress(values []string) string {
	if len(values) != 1 {
		return ""
	}
	i := strings.LastIndexByte(values[0], ':')
	if i < 0 {
		return ""
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(values[0][:i], "["), "]"))
	if err != nil || a.Zone() != "" {
		return ""
	}
	return a.String()
}
