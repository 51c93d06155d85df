package gateway

import (
	"errors"
	"fmt"
	"regexp"
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

var sourcePattern = regexp.MustCompile(`^(route\.request\.(?:header|querystring)\.|stageVariables\.|context\.)(.+)$`)

// contextNames are the context variables that have a value before the authorizer runs.
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
	m := sourcePattern.FindStringSubmatch(name)
	switch {
	case m == nil:
		return source{}, fmt.Errorf("identity source %q: want route.request.header.NAME, route.request.querystring.NAME, stageVariables.NAME or context.NAME"+
			" (the form $request... belongs to HTTP APIs)", name)
	case m[1] == contextSource && !slices.Contains(contextNames, m[2]):
		return source{}, fmt.Errorf("identity source %q: want one of context.{%s}", name, strings.Join(contextNames, ","))
	}
	return source{name, m[1], m[2]}, nil
}

// missingSource returns the name of the first identity source that is absent or empty, or ""
// if all have a value. The case of header names does not matter.
func (h *handshake) missingSource() string {
	for _, s := range h.sources {
		var value string
		switch s.kind {
		case headerSource:
			value = lastValue(h.request.headers, func(name string) bool { return strings.EqualFold(name, s.field) })
		case querySource:
			value = lastValue(h.request.query, func(name string) bool { return name == s.field })
		case stageSource:
			value = h.config.StageVariables[s.field]
		case contextSource: // every variable has a value, except identity.userAgent
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

// lastValue returns the last value of the first field whose name matches, or "".
func lastValue(fields []field, matches func(name string) bool) string {
	i := slices.IndexFunc(fields, func(f field) bool { return matches(f.name) })
	if i < 0 {
		return ""
	}
	return fields[i].last()
}
