package review

import "sallyport/infra/plan"

const firewallRule = "the firewall protects the site and keeps no tokens"

// setRule changes a value of a rule of the firewall.
func setRule(name, key string, value any) func(*plan.Plan) {
	return func(p *plan.Plan) {
		for _, v := range p.OfType(plan.TypeWebACL)[0].Inputs["rules"].([]any) {
			if rule := v.(map[string]any); rule["name"] == name {
				rule[key] = value
				return
			}
		}
		panic("want the rule " + name)
	}
}

// firewallViolations change the plan with one domain and everything.
var firewallViolations = []violation{
	{firewallRule, set(plan.TypeWebACL, "arn", "arn:aws:wafv2:eu-west-1:111122223333:global/webacl/a/b"), "want CLOUDFRONT in us-east-1"},
	{firewallRule, set(plan.TypeWebACL, "scope", "REGIONAL"), `has the scope "REGIONAL"`},
	{firewallRule, set(plan.TypeDistribution, "webAclId", nil), "WebAcl firewall: protects no distribution"},
	{firewallRule, set(plan.TypeDistribution, "webAclId", "arn:aws:wafv2:us-east-1:1:global/webacl/a/b"), "Distribution site: has the unknown web ACL"},
	{firewallRule, setRule("rate", "action", map[string]any{"count": map[string]any{}}), "has no limit for an address"},
	{firewallRule, setRule("CommonRuleSet", "overrideAction", map[string]any{"count": map[string]any{}}), "only counts the requests that match the group CommonRuleSet"},
	{firewallRule, setRule("rate", "visibilityConfig", map[string]any{"sampledRequestsEnabled": true}), "with their tokens, in the rule rate"},
	{firewallRule, set(plan.TypeWebACL, "visibilityConfig", nil), "keeps samples of requests, with their tokens"},
}
