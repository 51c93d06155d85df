package review

import (
	"strings"

	"sallyport/infra/plan"
)

// weakFirewalls finds a web ACL that protects nothing, or that keeps tokens.
func weakFirewalls(p plan.Plan, f *findings) {
	for _, acl := range p.OfType(plan.TypeWebACL) {
		arn := acl.Text("arn")
		if scope := acl.Text("scope"); scope != "CLOUDFRONT" || !strings.HasPrefix(arn, "arn:aws:wafv2:us-east-1:") {
			f.add(acl, "has the scope %q and the ARN %s, want CLOUDFRONT in us-east-1", scope, arn)
		}
		if !anyHas(p.OfType(plan.TypeDistribution), "webAclId", arn) {
			f.add(acl, "protects no distribution")
		}
		limited := false
		for _, v := range values(acl, "rules") {
			rule, _ := v.(map[string]any)
			fields := plan.Resource{Inputs: rule}
			limited = limited || lookup(fields, "statement.rateBasedStatement.limit") != nil && lookup(fields, "action.block") != nil
			if lookup(fields, "statement.managedRuleGroupStatement") != nil && lookup(fields, "overrideAction.none") == nil {
				f.add(acl, "only counts the requests that match the group %s", fields.Text("name"))
			}
			if lookup(fields, "visibilityConfig.sampledRequestsEnabled") != false {
				f.add(acl, "keeps samples of requests, with their tokens, in the rule %s", fields.Text("name"))
			}
		}
		if !limited {
			f.add(acl, "has no limit for an address")
		}
		if lookup(acl, "visibilityConfig.sampledRequestsEnabled") != false {
			f.add(acl, "keeps samples of requests, with their tokens")
		}
	}
	for _, r := range p.OfType(plan.TypeDistribution) {
		if arn := r.Text("webAclId"); arn != "" && !anyHas(p.OfType(plan.TypeWebACL), "arn", arn) {
			f.add(r, "has the unknown web ACL %s", arn)
		}
	}
}
