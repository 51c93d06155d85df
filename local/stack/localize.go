package stack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"sallyport/infra/plan"
)

// Addresses are the origins at which the parts of a run listen, such as
// http://127.0.0.1:8080.
type Addresses struct {
	Site, API, Issuer string
	HTTP              string // empty: the stack has no HTTP API
}

// Localize returns the plan with the addresses of the run in place of the origins of the
// cloud. It replaces them in all texts: the environment of the function, config.json, the
// content security policy and the outputs.
func Localize(p plan.Plan, a Addresses) (plan.Plan, error) {
	pairs, err := origins(p, a)
	if err != nil {
		return plan.Plan{}, err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return plan.Plan{}, fmt.Errorf("localize plan: %w", err)
	}
	var out plan.Plan
	// An origin contains no character that JSON escapes.
	if err := json.Unmarshal([]byte(strings.NewReplacer(pairs...).Replace(string(text))), &out); err != nil {
		return plan.Plan{}, fmt.Errorf("localize plan: %w", err)
	}
	return out, nil
}

// origins returns pairs of an origin of the cloud and its replacement. With one domain, the
// socket and the HTTP API have the address of the site. An issuer that the sign-in of the run
// replaces is replaced with its path.
func origins(p plan.Plan, a Addresses) ([]string, error) {
	siteURL, err := url.Parse(outputText(p, "siteUrl"))
	if err != nil {
		return nil, fmt.Errorf("the plan's output siteUrl: %w", err)
	}
	var pairs []string
	for _, o := range []struct{ output, local string }{
		{"websocketUrl", a.API},
		{"connectionsUrl", a.API},
		{"httpUrl", a.HTTP},
		{"siteUrl", a.Site},
		{"issuer", a.Issuer},
	} {
		address := outputText(p, o.output)
		if address == "" && o.output == "httpUrl" {
			continue // without tickets there is no HTTP API
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("the plan's output %s is %q, want an address", o.output, address)
		}
		if u.Host == siteURL.Host {
			o.local = a.Site
		}
		if u.Scheme == "wss" {
			o.local = "ws" + strings.TrimPrefix(o.local, "http")
		}
		if o.output == "issuer" && u.Scheme+"://"+u.Host != o.local {
			pairs = append(pairs, address, o.local) // the sign-in of the run has no path, unlike a user pool
		}
		if o.output == "websocketUrl" && u.Path == "" { // a domain of its own, which is mapped to the stage
			o.local += stage(p)
		}
		pairs = append(pairs, u.Scheme+"://"+u.Host, o.local)
	}
	return pairs, nil
}

// stage returns the path of the stage, such as /live.
func stage(p plan.Plan) string {
	u, err := url.Parse(outputText(p, "connectionsUrl"))
	if err != nil {
		return "" // origins reports it
	}
	return u.Path
}

// outputText returns the output of the plan with that name, or "" if it is absent or not a string.
func outputText(p plan.Plan, output string) string {
	v, _ := p.Outputs[output].(string)
	return v
}
