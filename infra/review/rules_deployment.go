package review

import (
	"slices"

	"sallyport/infra/plan"
)

// halfProtected finds resources that only AWS or only Pulumi protects against deletion.
// If only AWS does, pulumi destroy deletes all other resources and then fails. If only
// Pulumi does, other tools can delete the resource.
func halfProtected(p plan.Plan) []string {
	var f found
	for _, r := range p.Resources {
		byAWS := r.Get("deletionProtectionEnabled") == true || r.Get("deletionProtection") == "ACTIVE"
		if byAWS != r.Protected {
			f.add(r, "has deletion protection of AWS: %v, of Pulumi: %v", byAWS, r.Protected)
		}
	}
	return f
}

// differentBoundaries finds roles whose permissions boundaries differ.
func differentBoundaries(p plan.Plan) []string {
	var f found
	roles := p.OfType(typeRole)
	for _, r := range roles {
		for _, other := range roles {
			if got, want := r.Text("permissionsBoundary"), other.Text("permissionsBoundary"); got != want {
				f.add(r, "has the permissions boundary %q, but %s has %q", got, other.Name, want)
			}
		}
	}
	return f
}

// ipv4Only finds endpoints without IPv6.
func ipv4Only(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeAPI) {
		if r.Text("ipAddressType") != "dualstack" {
			f.add(r, "has no IPv6")
		}
	}
	for _, r := range p.OfType(typeAPIDomain) {
		if text(r, "domainNameConfiguration.ipAddressType") != "dualstack" {
			f.add(r, "has no IPv6")
		}
	}
	for _, r := range p.OfType(typeDistribution) {
		if r.Get("isIpv6Enabled") != true {
			f.add(r, "has no IPv6")
		}
	}
	return f
}

// earlyPage finds an index.html that is uploaded before another file.
func earlyPage(p plan.Plan) []string {
	var f found
	files := p.OfType(typeObject)
	for _, page := range files {
		if page.Text("key") != "index.html" {
			continue
		}
		for _, r := range files {
			if r.Name != page.Name && !slices.Contains(page.After, r.Type+" "+r.Name) {
				f.add(page, "does not depend on %s", r.Name)
			}
		}
	}
	return f
}

// removedAccessLogs finds stages whose access log the provider would remove by an update
// with empty settings, whose effect AWS does not document.
func removedAccessLogs(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeStage) {
		if r.Get("accessLogSettings") == nil && !slices.Contains(r.Ignores, "accessLogSettings") {
			f.add(r, "would get empty access log settings")
		}
	}
	return f
}
