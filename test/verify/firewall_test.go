package main

import (
	"maps"
	"testing"
)

// Answers in the shapes of AWS WAF and CloudFront for a stack with the firewall.
const (
	withFirewallSetting = `{"sallyport:firewall":{"value":"true"}}`
	webACLs             = `{"WebACLs":[{"Name":"other-firewall-1a2b3c4","Id":"1","ARN":"arn:aws:wafv2:us-east-1:111122223333:global/webacl/other-firewall-1a2b3c4/1"},
		{"Name":"sallyport-dev-firewall-1a2b3c4","Id":"2","ARN":"arn:aws:wafv2:us-east-1:111122223333:global/webacl/sallyport-dev-firewall-1a2b3c4/2"}]}`
	rateRule = `{"WebACL":{"Name":"sallyport-dev-firewall-1a2b3c4","Rules":[{"Name":"rate","Priority":0,"Action":{"Block":{"CustomResponse":{"ResponseCode":429}}},
		"Statement":{"RateBasedStatement":{"Limit":2000,"EvaluationWindowSec":300,"AggregateKeyType":"IP"}}},
		{"Name":"CommonRuleSet","Priority":3,"OverrideAction":{"None":{}},"Statement":{"ManagedRuleGroupStatement":{"VendorName":"AWS","Name":"AWSManagedRulesCommonRuleSet"}}}]}}`
	countedRate = `{"WebACL":{"Rules":[{"Name":"rate","Action":{"Count":{}},"Statement":{"RateBasedStatement":{"Limit":2000}}}]}}`
	otherRate   = `{"WebACL":{"Rules":[{"Name":"rate","Action":{"Block":{}},"Statement":{"RateBasedStatement":{"Limit":5000}}}]}}`
	noRules     = `{"WebACL":{"Rules":[]}}`
	attached    = `<DistributionList><Quantity>1</Quantity><Items><DistributionSummary><DomainName>d1.cloudfront.net</DomainName><Aliases><Quantity>0</Quantity></Aliases></DistributionSummary></Items></DistributionList>`
	withAlias   = `<DistributionList><Quantity>1</Quantity><Items><DistributionSummary><DomainName>d9.cloudfront.net</DomainName><Aliases><Quantity>1</Quantity><Items><CNAME>chat.example.com</CNAME></Items></Aliases></DistributionSummary></Items></DistributionList>`
	notAttached = `<DistributionList><Quantity>0</Quantity></DistributionList>`
)

// firewalled returns a cloud with the firewall.
func firewalled(t *testing.T, changed map[string]string) *cloud {
	t.Helper()
	c := newCloud(t)
	c.answers = map[string]string{"ListWebACLs": webACLs, "GetWebACL": rateRule, "ListDistributionsByWebACLId": attached}
	maps.Copy(c.answers, changed)
	return c
}

const onlyFirewall = "^operations/firewall"

// testFirewall verifies the firewall of a stack, with CloudFront's domain and with a domain of its
// own.
func testFirewall(t *testing.T) {
	t.Chdir(root)
	c := firewalled(t, nil)
	other := firewalled(t, map[string]string{"ListDistributionsByWebACLId": withAlias})
	for _, r := range []result{
		verified(t, t.Context(), c.external(t, withFirewallSetting), "-conformance=false", "-only", onlyFirewall),
		verified(t, t.Context(), other.external(t, withFirewallSetting, "siteUrl", "https://chat.example.com"), "-conformance=false", "-only", onlyFirewall),
	} {
		if r.code != 0 || r.table("operations/firewall") != "As expected" || r.table("operations/firewallRate") != "As expected" {
			t.Errorf("got exit code %d, want 0:\n%s", r.code, r.output)
		}
		r.wantPrivate(t)
	}
	c.note()
}

// TestFirewallFaults verifies a firewall with one fault at a time.
func TestFirewallFaults(t *testing.T) {
	t.Chdir(root)
	for name, test := range map[string]struct {
		changed map[string]string
		rows    []string // that differ
	}{
		"notAttached": {map[string]string{"ListDistributionsByWebACLId": notAttached}, []string{"operations/firewall"}},
		"otherSite":   {map[string]string{"ListDistributionsByWebACLId": withAlias}, []string{"operations/firewall"}},
		"noWebACL":    {map[string]string{"ListWebACLs": `{"WebACLs":[]}`}, []string{"operations/firewall", "operations/firewallRate"}},
		"noRule":      {map[string]string{"GetWebACL": noRules}, []string{"operations/firewallRate"}},
		"onlyCounts":  {map[string]string{"GetWebACL": countedRate}, []string{"operations/firewallRate"}},
		"otherRate":   {map[string]string{"GetWebACL": otherRate}, []string{"operations/firewallRate"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := firewalled(t, test.changed)
			wantDifferences(t, verified(t, t.Context(), c.external(t, withFirewallSetting), "-conformance=false", "-only", onlyFirewall), test.rows...)
		})
	}
}
