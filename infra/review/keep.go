package review

import (
	"slices"

	"sallyport/infra/plan"
)

// halfProtected finds what AWS would not delete but the engine would try to:
// pulumi destroy would delete all else first, and then fail. And the reverse,
// which someone could delete by hand.
func halfProtected(p plan.Plan) []string {
	var f found
	for _, r := range p.Resources {
		byAWS := r.Get("deletionProtectionEnabled") == true || r.Get("deletionProtection") == "ACTIVE"
		if byAWS != r.Protected {
			f.add(r, "is protected by AWS: %v, by Pulumi: %v", byAWS, r.Protected)
		}
	}
	return f
}

// unbounded finds roles without the permissions boundary that others have.
func unbounded(p plan.Plan) []string {
	var f found
	roles := p.OfType(typeRole)
	for _, r := range roles {
		for _, other := range roles {
			if got, want := r.Text("permissionsBoundary"), other.Text("permissionsBoundary"); got != want {
				f.add(r, "has the boundary %q, and %s has %q", got, other.Name, want)
			}
		}
	}
	return f
}

// byIPv4Only finds addresses that clients with IPv6 alone cannot reach.
func byIPv4Only(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeAPI) {
		if r.Text("ipAddressType") != "dualstack" {
			f.add(r, "is reached by IPv4 only")
		}
	}
	for _, r := range p.OfType(typeAPIDomain) {
		if text(r, "domainNameConfiguration.ipAddressType") != "dualstack" {
			f.add(r, "is reached by IPv4 only")
		}
	}
	for _, r := range p.OfType(typeDistribution) {
		if r.Get("isIpv6Enabled") != true {
			f.add(r, "is reached by IPv4 only")
		}
	}
	return f
}

// earlyPages finds a page that is served before the files that it names.
func earlyPages(p plan.Plan) []string {
	var f found
	files := p.OfType(typeObject)
	for _, page := range files {
		if page.Text("key") != "index.html" {
			continue
		}
		for _, r := range files {
			if r.Name != page.Name && !slices.Contains(page.After, r.Type+" "+r.Name) {
				f.add(page, "does not wait for %s", r.Name)
			}
		}
	}
	return f
}

// emptiedLogs finds stages whose access log the provider would take away with an
// update of which AWS does not document the effect.
func emptiedLogs(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeStage) {
		if r.Get("accessLogSettings") == nil && !slices.Contains(r.Ignores, "accessLogSettings") {
			f.add(r, "would be sent empty settings of its access log")
		}
	}
	return f
}
