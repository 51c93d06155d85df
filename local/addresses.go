package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"sallyport/infra/plan"
)

// addresses are the origins at which the parts really listen.
type addresses struct {
	site, api, http, issuer string // http://127.0.0.1:PORT; http is empty without an HTTP API
}

// loopbackOrigin returns the origin of an issuer that a plan names on this very
// machine, as tests do; "" for all others, in whose place the sign-in is started.
func loopbackOrigin(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil || loopback(u.Host) != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// localize returns the plan with every origin of the cloud, in whatever string
// it stands, replaced by the one that really listens: in the environment of
// the function, config.json, the content security policy and the outputs.
func localize(p plan.Plan, a addresses) (plan.Plan, error) {
	pairs, err := origins(p, a)
	if err != nil {
		return plan.Plan{}, err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return plan.Plan{}, fmt.Errorf("localize plan: %w", err)
	}
	var out plan.Plan
	// An origin holds no character that JSON escapes, so replacing in the
	// JSON text is replacing in its strings.
	if err := json.Unmarshal([]byte(strings.NewReplacer(pairs...).Replace(string(text))), &out); err != nil {
		return plan.Plan{}, fmt.Errorf("localize plan: %w", err)
	}
	return out, nil
}

// origins returns the pairs of an origin of the cloud and its stand-in.
func origins(p plan.Plan, a addresses) ([]string, error) {
	var pairs []string
	for _, o := range []struct{ output, local string }{
		{"websocketUrl", "ws" + strings.TrimPrefix(a.api, "http")},
		{"connectionsUrl", a.api},
		{"httpUrl", a.http},
		{"siteUrl", a.site},
		{"issuer", a.issuer},
	} {
		address, _ := p.Outputs[o.output].(string)
		if address == "" && o.output == "httpUrl" {
			continue // without tickets there is no HTTP API
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("the plan's output %s is %q, want an address", o.output, address)
		}
		pairs = append(pairs, u.Scheme+"://"+u.Host, o.local)
	}
	return pairs, nil
}
