package review

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// wrongCallback finds a function that would push to another address than AWS's own
// address of the API. The management API does not answer at the API's custom domain,
// where the path has no stage (api-gateway.md 9).
func wrongCallback(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeFunction) {
		got := lookupText(r, "environment.variables.CONNECTIONS_URL")
		for _, stage := range p.OfType(plan.TypeStage) {
			if stage.Text("name") == defaultStage {
				continue // the HTTP API has no connections
			}
			want := strings.Replace(stage.Text("invokeUrl"), "wss://", "https://", 1)
			if got != want || got != p.Outputs["connectionsUrl"] {
				f.add(r, "pushes to %q, want %q", got, want)
			}
		}
	}
}

// wrongConsole finds a config.json whose addresses are not the outputs of the stack,
// or that the site's Content-Security-Policy does not allow. It also finds a client
// that returns to another address than the site.
func wrongConsole(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeObject) {
		if r.Text("key") == "config.json" {
			checkConsole(f, p, r)
		}
	}
	for _, r := range p.OfType(plan.TypeClient) {
		if r.Get("allowedOauthFlowsUserPoolClient") != true {
			continue // this client has no pages
		}
		site, _ := p.Outputs["siteUrl"].(string)
		for _, path := range []string{"callbackUrls", "logoutUrls"} {
			if got := values(r, path); len(got) != 1 || got[0] != site+"/" {
				f.add(r, "has %s %v, want %s/", path, got, site)
			}
		}
	}
}

func checkConsole(f *findings, p plan.Plan, r plan.Resource) {
	type addressesOf struct{ WebsocketURL, HTTPURL string }
	var config struct {
		addressesOf
		Issuer  string
		Regions []addressesOf
	}
	if err := json.Unmarshal([]byte(r.Text("content")), &config); err != nil {
		f.add(r, "is not JSON: %v", err)
	}
	if config.WebsocketURL != p.Outputs["websocketUrl"] || config.Issuer != p.Outputs["issuer"] {
		f.add(r, "names %s and %s, want the stack's outputs", config.WebsocketURL, config.Issuer)
	}
	addresses := []string{config.WebsocketURL, config.Issuer}
	if http := p.Outputs["httpUrl"]; http != nil {
		if config.HTTPURL != http {
			f.add(r, "names %q, want %s", config.HTTPURL, http)
		}
		addresses = append(addresses, config.HTTPURL)
	}
	for i, region := range config.Regions {
		if i == 0 && region != config.addressesOf {
			f.add(r, "has %v as its first region, want the stack's own addresses", region)
		}
		addresses = append(addresses, region.WebsocketURL)
		if region.HTTPURL != "" {
			addresses = append(addresses, region.HTTPURL)
		}
	}
	for _, h := range p.OfType(plan.TypeHeadersPolicy) {
		allowed := sources(lookupText(h, "securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy"), "connect-src")
		for _, address := range addresses {
			if !slices.Contains(allowed, originOf(address)) && (!atSite(p, address) || !slices.Contains(allowed, "'self'")) {
				f.add(h, "does not let the console call %s", address)
			}
		}
	}
}

// atSite reports whether an address is at the domain of the site. 'self' then allows it, with
// any scheme (CSP3, "Does url match expression in origin").
func atSite(p plan.Plan, address string) bool {
	site, _ := p.Outputs["siteUrl"].(string)
	_, host, _ := strings.Cut(originOf(address), "://")
	return site == "https://"+host
}

// sources returns the sources that a directive of a Content-Security-Policy allows.
func sources(policy, directive string) []string {
	for d := range strings.SplitSeq(policy, ";") {
		if words := strings.Fields(d); len(words) > 0 && words[0] == directive {
			return words[1:]
		}
	}
	return nil
}

// originOf returns the scheme and host of an address.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
