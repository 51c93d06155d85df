package configuration

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/lambda/route"
)

// checkOneDomain checks the settings that depend on oneDomain.
func (c *Config) checkOneDomain(r *refusals) {
	if !c.OneDomain {
		if c.SessionCookie {
			r.add(&c.SessionCookie, "true", "false when oneDomain is false: a browser sends the cookie only to the domain that set it", "false")
		}
		r.mustBeFalse(&c.Firewall, "when oneDomain is false: AWS WAF protects CloudFront, but neither WebSocket nor HTTP APIs")
		if len(c.OriginSecrets) > 0 {
			r.add(&c.OriginSecrets, c.OriginSecrets[0], "empty when oneDomain is false", `""`)
		}
		return
	}
	if c.SessionCookie && !c.Tickets {
		r.add(&c.SessionCookie, "true", "false when tickets is false: the HTTP API sets the cookie", "false")
	}
	const reason = "when oneDomain is true: siteDomain is the domain of console, socket and HTTP API"
	r.mustBeEmpty(&c.APIDomain, reason)
	r.mustBeEmpty(&c.APICertificate, reason)
	switch s := c.OriginSecrets; {
	case len(s) == 0:
		r.add(&c.OriginSecrets, "", "a list with a secret, such as that of openssl rand -hex 32, when oneDomain is true", "")
	case len(s) == 2 && s[0] == s[1]:
		r.add(&c.OriginSecrets, s[1], "a list without repetitions", "")
	}
	if paths := c.HTTPPaths(); slices.Contains(paths, "/"+c.StageName) {
		r.add(&c.StageName, c.StageName, fmt.Sprintf("a name other than %s when oneDomain is true: the HTTP API has these paths at the same domain",
			strings.ReplaceAll(strings.Join(paths, ", "), "/", "")), "live")
	}
}

// HTTPPaths returns the paths of the HTTP API, or nil if the stack has none.
func (c *Config) HTTPPaths() []string {
	if !c.Tickets {
		return nil
	}
	var paths []string
	for _, e := range route.Endpoints(c.SessionCookie) {
		if !slices.Contains(paths, e.Path) {
			paths = append(paths, e.Path)
		}
	}
	return paths
}
