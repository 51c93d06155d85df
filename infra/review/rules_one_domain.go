package review

import (
	"regexp"
	"slices"
	"strings"

	"sallyport/infra/plan"
	"sallyport/lambda/env"
	"sallyport/lambda/originsecret"
)

// The IDs of CloudFront's managed policies that a behavior for an API must have (package infra).
const (
	cachingDisabled           = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	allViewerExceptHostHeader = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
)

// secretSums matches the SHA-256 values of one or two secrets.
var secretSums = regexp.MustCompile(`^[0-9a-f]{64}( [0-9a-f]{64})?$`)

// oneDomainRules returns the rules for APIs behind a distribution.
func oneDomainRules() []Rule {
	return []Rule{
		{"CloudFront calls the APIs over TLS and with the secret", unprotectedOrigins},
		{"CloudFront forwards every path of an API to the API, and does not cache it", wrongBehaviors},
		{"CloudFront does not replace or cache the errors of the APIs", replacedErrors},
		{"with one domain, clients cannot and need not call the APIs directly", directAddresses},
	}
}

// apiOrigins returns the origins of a distribution that are not buckets, by ID.
func apiOrigins(r plan.Resource) map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, v := range values(r, "origins") {
		if o, ok := v.(map[string]any); ok && o["customOriginConfig"] != nil {
			id, _ := o["originId"].(string)
			all[id] = o
		}
	}
	return all
}

// oneDomain reports whether a distribution of the plan serves the APIs.
func oneDomain(p plan.Plan) bool {
	return slices.ContainsFunc(p.OfType(plan.TypeDistribution), func(r plan.Resource) bool { return len(apiOrigins(r)) > 0 })
}

// unprotectedOrigins finds an API that CloudFront does not call over TLS 1.2 with the secret, and
// a secret in clear text.
func unprotectedOrigins(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeDistribution) {
		for id, o := range apiOrigins(r) {
			fields := plan.Resource{Inputs: o}
			if protocol := lookupText(fields, "customOriginConfig.originProtocolPolicy"); protocol != "https-only" {
				f.add(r, "reaches the origin %s by %q, want https-only", id, protocol)
			}
			if got := values(fields, "customOriginConfig.originSslProtocols"); !slices.Equal(got, []any{"TLSv1.2"}) {
				f.add(r, "reaches the origin %s with %v, want TLSv1.2", id, got)
			}
			if !isAPIDomain(p, lookupText(fields, "domainName")) {
				f.add(r, "sends the secret to %q, want a domain of an API of the stack", lookupText(fields, "domainName"))
			}
			names, secret := values(fields, "customHeaders.name"), lookup(fields, "customHeaders.value.secret")
			if !slices.Equal(names, []any{originsecret.Header}) || secret != true {
				f.add(r, "sends the headers %v to the origin %s, want %s with a secret that Pulumi encrypts", names, id, originsecret.Header)
			}
			if !slices.Contains(r.Secrets, "origins") {
				f.add(r, "has the secret in the output origins in clear text")
			}
		}
	}
}

// isAPIDomain reports whether a domain is the domain that AWS gave to an API of the plan.
func isAPIDomain(p plan.Plan, domain string) bool {
	return slices.ContainsFunc(p.OfType(plan.TypeAPI), func(r plan.Resource) bool {
		_, own, _ := strings.Cut(r.Text("apiEndpoint"), "://")
		return own == domain
	})
}

// behaviorForm has the required values of a behavior for an API.
var behaviorForm = map[string]string{
	"cachePolicyId": cachingDisabled, "originRequestPolicyId": allViewerExceptHostHeader, "viewerProtocolPolicy": "https-only",
}

// wrongBehaviors finds a path of an API that CloudFront answers from a cache, with the wrong
// headers, or from another origin.
func wrongBehaviors(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeDistribution) {
		origins := apiOrigins(r)
		reached := map[string]string{} // domain of the API by path
		for _, v := range values(r, "orderedCacheBehaviors") {
			b, _ := v.(map[string]any)
			path, target := text(b["pathPattern"]), text(b["targetOriginId"])
			if origins[target] == nil {
				continue
			}
			reached[path] = text(origins[target]["domainName"])
			for key, want := range behaviorForm {
				if got := text(b[key]); got != want {
					f.add(r, "has %s %q for %s, want %s", key, got, path, want)
				}
			}
		}
		if len(origins) == 0 {
			continue
		}
		for path, api := range apiDomains(p) {
			if reached[path] != api {
				f.add(r, "sends %s to %q, want %s", path, reached[path], api)
			}
		}
	}
}

// apiDomains returns the domain of the API of each path that clients call.
func apiDomains(p plan.Plan) map[string]string {
	paths := map[string]string{}
	for _, api := range p.OfType(plan.TypeAPI) {
		_, domain, _ := strings.Cut(api.Text("apiEndpoint"), "://")
		for _, stage := range ofAPI(p, api, plan.TypeStage) {
			if name := stage.Text("name"); name != defaultStage {
				paths["/"+name] = domain
				continue
			}
			for _, r := range ofAPI(p, api, plan.TypeRoute) {
				_, path, _ := strings.Cut(r.Text("routeKey"), " ")
				paths[path] = domain
			}
		}
	}
	return paths
}

// replacedErrors finds error responses that hide the answers of an API, or that CloudFront
// keeps for other clients. They apply to all behaviors. CloudFront keeps an answer with one of
// seven statuses, with any headers (api-gateway.md 17).
func replacedErrors(p plan.Plan, f *findings) {
	if !oneDomain(p) {
		return
	}
	for _, r := range p.OfType(plan.TypeDistribution) {
		fresh := map[string]bool{}
		for _, v := range values(r, "customErrorResponses") {
			e, _ := v.(map[string]any)
			code := text(e["errorCode"])
			fresh[code] = text(e["errorCachingMinTtl"]) == "0"
			if code != "404" && text(e["responsePagePath"]) != "" {
				f.add(r, "replaces the status %s of the APIs by a page", code)
			}
		}
		for _, code := range []string{"404", "414", "500", "501", "502", "503", "504"} {
			if !fresh[code] {
				f.add(r, "keeps the status %s of one request for others", code)
			}
		}
	}
}

// loggedQueryStrings finds a distribution that serves the APIs and logs requests. A line of CloudFront has
// the query string, which may contain a token or a ticket (its guide, "Standard logging").
func loggedQueryStrings(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeDistribution) {
		if len(apiOrigins(r)) > 0 && r.Get("loggingConfig") != nil {
			f.add(r, "logs the query strings of handshakes")
		}
	}
}

// directAddresses finds a stack with one domain whose outputs or console have the domains of the
// APIs. It also finds a function that does not check the secret, or that checks a secret although
// no distribution sends one.
func directAddresses(p plan.Plan, f *findings) {
	one := oneDomain(p)
	for _, r := range p.OfType(plan.TypeFunction) {
		got := lookupText(r, "environment.variables."+env.OriginSecrets)
		switch {
		case one && !secretSums.MatchString(got):
			f.add(r, "has %s %q, want SHA-256 values", env.OriginSecrets, got)
		case !one && got != "":
			f.add(r, "has %s, but no distribution sends the secret", env.OriginSecrets)
		}
	}
	if !one {
		return
	}
	for _, name := range []string{"websocketUrl", "httpUrl"} {
		if address, ok := p.Outputs[name].(string); ok && !atSite(p, address) {
			*f = append(*f, "output "+name+": is "+address+", want an address at the site")
		}
	}
	for _, h := range p.OfType(plan.TypeHeadersPolicy) {
		for _, source := range sources(lookupText(h, "securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy"), "connect-src") {
			if strings.Contains(source, ".execute-api.") {
				f.add(h, "lets the console call %s", source)
			}
		}
	}
}
