package gateway

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// source is an identity source of the authorizer (api-gateway.md 2.1).
type source struct {
	name  string // as configured
	kind  string // one of the prefixes
	field string
}

const (
	headerSource  = "route.request.header."
	querySource   = "route.request.querystring."
	stageSource   = "stageVariables."
	contextSource = "context."
)

// contextNames are the variables that have a value before the authorizer runs.
var contextNames = []string{
	"apiId", "connectedAt", "connectionId", "domainName", "eventType", "extendedRequestId",
	"identity.sourceIp", "identity.userAgent", "requestId", "requestTime", "requestTimeEpoch", "routeKey", "stage",
}

func parseSources(names []string) ([]source, error) {
	var sources []source
	var errs []error
	for _, name := range names {
		s, err := parseSource(name)
		sources = append(sources, s)
		errs = append(errs, err)
	}
	return sources, errors.Join(errs...)
}

func parseSource(name string) (source, error) {
	for _, kind := range []string{headerSource, querySource, stageSource, contextSource} {
		field, ok := strings.CutPrefix(name, kind)
		if !ok || field == "" {
			continue
		}
		if kind == contextSource && !slices.Contains(contextNames, field) {
			return source{}, fmt.Errorf("identity source %q: want one of context.{%s}", name, strings.Join(contextNames, ","))
		}
		return source{name, kind, field}, nil
	}
	return source{}, fmt.Errorf("identity source %q: want route.request.header.NAME, route.request.querystring.NAME, stageVariables.NAME or context.NAME"+
		" (the form $request... belongs to HTTP APIs)", name)
}

// missingSource returns the first identity source that is absent or empty, ""
// if all are there. The names of headers match in any case.
func (h *handshake) missingSource() string {
	for _, s := range h.sources {
		var value string
		switch s.kind {
		case headerSource:
			value = lastOf(h.request.headers, func(name string) bool { return strings.EqualFold(name, s.field) })
		case querySource:
			value = lastOf(h.request.query, func(name string) bool { return name == s.field })
		case stageSource:
			value = h.config.StageVariables[s.field]
		case contextSource: // all have a value, but this one
			value = s.field
			if s.field == "identity.userAgent" {
				value = h.session.userAgent
			}
		}
		if value == "" {
			return s.name
		}
	}
	return ""
}

func lastOf(fields []field, is func(name string) bool) string {
	i := slices.IndexFunc(fields, func(f field) bool { return is(f.name) })
	if i < 0 {
		return ""
	}
	return fields[i].last()
}
