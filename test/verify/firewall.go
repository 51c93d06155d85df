package main

import (
	"context"
	"fmt"
	"slices"
)

func withFirewall(v *verifier) string {
	if v.setting("firewall") != "true" {
		return "the setting firewall is off"
	}
	return ""
}

// firewallRegion is the region of all web ACLs for CloudFront (API reference of AWS WAF,
// CreateWebACL, Scope).
const firewallRegion = "us-east-1"

// firewallChecks returns the checks of the firewall's resources. They send no attack.
func firewallChecks() []check {
	return []check{
		{
			area: "operations", name: "firewall", description: "the web ACL of the firewall protects the site", want: "attached",
			skip: all(onAWS, withFirewall), run: firewallAttached,
		},
		{
			area: "operations", name: "firewallRate", description: "the firewall limits the requests of one address", want: "the settings",
			skip: all(onAWS, withFirewall), run: firewallRate,
		},
	}
}

// webACL is an item of the answer of ListWebACLs (API reference of AWS WAF, "WebACLSummary").
type webACL struct{ Name, Id, ARN string } //nolint:revive // names of AWS

// webACL returns the web ACL of the stack.
func (v *verifier) webACL(ctx context.Context) (webACL, error) {
	name := v.prefix() + "firewall-"
	out, err := v.aws(ctx, "wafv2", "list-web-acls", "--region", firewallRegion, "--scope", "CLOUDFRONT", "--limit", "100", "--query", "WebACLs[?starts_with(Name, '"+name+"')]", "--output", "json")
	if err != nil {
		return webACL{}, err
	}
	var found []webACL
	if err := decode(out, &found); err != nil {
		return webACL{}, err
	}
	if len(found) != 1 {
		return webACL{}, fmt.Errorf("%d web ACLs have a name that begins with %s, want 1", len(found), name)
	}
	return found[0], nil
}

// distribution is an item of the answer of ListDistributionsByWebACLId.
type distribution struct {
	DomainName string
	Aliases    struct{ Items []string }
}

// firewallAttached returns "attached" if the distribution of the site has the web ACL of the stack.
func firewallAttached(ctx context.Context, v *verifier) (string, error) {
	acl, err := v.webACL(ctx)
	if err != nil {
		return "", err
	}
	// For a web ACL of WAFV2, the ID is its ARN (API reference of CloudFront, ListDistributionsByWebACLId).
	out, err := v.aws(ctx, "cloudfront", "list-distributions-by-web-acl-id", "--web-acl-id", acl.ARN, "--query", "DistributionList.Items", "--output", "json")
	if err != nil {
		return "", err
	}
	var found []distribution // null, if the list is empty
	if err := decode(out, &found); err != nil {
		return "", err
	}
	host := v.host("siteUrl")
	if !slices.ContainsFunc(found, func(d distribution) bool { return d.DomainName == host || slices.Contains(d.Aliases.Items, host) }) {
		return "the distribution of the site does not have the web ACL", nil
	}
	return "attached", nil
}

// firewallRate compares the rule for the rate with the settings.
func firewallRate(ctx context.Context, v *verifier) (string, error) {
	acl, err := v.webACL(ctx)
	if err != nil {
		return "", err
	}
	out, err := v.aws(ctx, "wafv2", "get-web-acl", "--region", firewallRegion, "--scope", "CLOUDFRONT", "--name", acl.Name, "--id", acl.Id,
		"--query", "WebACL.Rules[?Statement.RateBasedStatement]", "--output", "json")
	if err != nil {
		return "", err
	}
	var rules []struct {
		Statement struct{ RateBasedStatement struct{ Limit int } }
		Action    struct{ Block *struct{} }
	}
	if err := decode(out, &rules); err != nil {
		return "", err
	}
	switch {
	case len(rules) != 1:
		return fmt.Sprintf("%d rules for the rate of an address, want 1", len(rules)), nil
	case rules[0].Action.Block == nil:
		return "the rule blocks no request", nil
	}
	if limit := fmt.Sprint(rules[0].Statement.RateBasedStatement.Limit); limit != v.setting("firewallRate") {
		return fmt.Sprintf("%s requests, the setting firewallRate is %s", limit, v.setting("firewallRate")), nil
	}
	return "the settings", nil
}
