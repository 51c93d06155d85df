package handler

import (
	"context"
	"net/netip"
	"strings"

	"sallyport/lambda/errcode"
	"sallyport/lambda/event"
	"sallyport/lambda/originsecret"
)

// fromOutside reports whether a client can cause events of a kind by a request to an API that
// the authorizer has not allowed. Kinds that are unknown here count as such.
func fromOutside(k event.Kind) bool {
	switch k { //nolint:exhaustive // all other kinds come from outside
	case event.Route: // only after the authorizer has allowed the connection
		return false
	case event.Schedule, event.Queue, event.Push, event.Disconnect: // only AWS and backends
		return false
	}
	return true
}

// throughSite returns do, or a handler that refuses the event: with the setting oneDomain,
// every event from outside must have a secret of CloudFront. This is the only place that
// checks the secret, before all routes and endpoints, so that a new one needs no check of its
// own.
func (m *Mux) throughSite(r *request, k event.Kind, do handlerFunc) handlerFunc {
	accepted := m.config.OriginSecrets
	if len(accepted) == 0 || !fromOutside(k) {
		return do
	}
	values := r.Header(originsecret.Header)
	if len(values) != 1 || !accepted.Has(values[0]) {
		err := errcode.Refuse(errcode.NotThroughSite, "%d headers %s, want one with an accepted secret", len(values), originsecret.Header)
		return func(context.Context, *request) (any, error) {
			if k == event.Authorizer {
				return m.decide(r, grant{}, err)
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
