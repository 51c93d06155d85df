// Package review checks a plan before it is deployed. It has two parts: rules that
// every plan must obey, and the IAM policy that a deployer of the plan needs.
//
// A rule is a pure function of the plan. Every rule has a test that breaks it.
package review

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sallyport/infra/plan"
)

// Rule is a requirement that every plan must meet.
type Rule struct {
	Name  string
	check check
}

// check adds the violations of a rule in a plan to the findings.
type check func(p plan.Plan, f *findings)

// Check returns the violations of the rule in a plan, or nil.
func (r Rule) Check(p plan.Plan) []string {
	var f findings
	r.check(p, &f)
	return f
}

// Rules returns all rules.
func Rules() []Rule {
	return append([]Rule{
		{"grants name actions and resources", openGrants},
		{"permissions name the caller", openCallers},
		{"every role has the same permissions boundary", differentBoundaries},
		{"$connect has the authorizer", missingAuthorizer},
		{"every route can call the function", uncallable},
		{"callers of a function with an alias use the alias", both(bypassedAliases, mustBe(form{plan.TypeAlias, "name", `live`}))},
		{"no secret is in clear text", both(secrets, mustBe(form{plan.TypeClient, "generateSecret", `false`}))}, // a page cannot keep a secret
		{"the function alone decides on origins", openOrigins},
		{"tickets are stored and deleted, but never read", readableTickets},
		{"no log can contain a token", both(tokensInLogs, loggedQueryStrings)},
		{"logs have a retention", both(lambdaLogs, mustBe(form{plan.TypeLogGroup, "retentionInDays", positive}))},
		{"no update removes an access log", removedAccessLogs},
		{"access logs of HTTP APIs do not fill a policy of the account", crowdedLogs},
		{"buckets are private", both(publicBuckets, mustBe(
			form{plan.TypeBucketBlock, "blockPublicAcls", `true`},
			form{plan.TypeBucketBlock, "blockPublicPolicy", `true`},
			form{plan.TypeBucketBlock, "ignorePublicAcls", `true`},
			form{plan.TypeBucketBlock, "restrictPublicBuckets", `true`},
		))},
		{"data is encrypted at rest", both(unencryptedBuckets, mustBe(
			// False means the key that AWS owns. Without a value, the provider does not
			// change the key.
			form{plan.TypeTable, "serverSideEncryption.enabled", `true|false`},
			form{plan.TypeEncryption, "rules.applyServerSideEncryptionByDefault.sseAlgorithm", `AES256|aws:kms`},
			form{plan.TypeQueue, "sqsManagedSseEnabled", `true`}, // a key of SQS, without requests to KMS
		))},
		{"data is encrypted in transit", both(plaintext, mustBe(
			form{plan.TypeDistribution, "defaultCacheBehavior.viewerProtocolPolicy", `redirect-to-https|https-only`},
			form{plan.TypeAPIDomain, "domainNameConfiguration.securityPolicy", `TLS_1_2`},
			form{plan.TypeHeadersPolicy, "securityHeadersConfig.strictTransportSecurity.accessControlMaxAgeSec", positive},
		))},
		{"rows expire", mustBe(
			form{plan.TypeTable, "ttl.enabled", `true`},
			form{plan.TypeTable, "ttl.attributeName", `.{1,255}`}, // DynamoDB's API reference, "TimeToLiveSpecification"
		)},
		{"indexes exist and are used", wrongIndexes},
		{"stages are throttled", mustBe(
			// AWS may treat a missing limit as no limit or as zero (api-gateway.md 9).
			form{plan.TypeStage, "defaultRouteSettings.throttlingRateLimit", positive},
			form{plan.TypeStage, "defaultRouteSettings.throttlingBurstLimit", positive},
		)},
		{"events of the sweep do not accumulate", both(unconnectedSweeps, mustBe(
			// Otherwise the events would wait for hours while the function cannot run,
			// and then arrive all at once.
			form{plan.TypeTarget, "retryPolicy.maximumRetryAttempts", `0`},
			form{plan.TypeTarget, "retryPolicy.maximumEventAgeInSeconds", `60`},
			// The form of EventBridge: the unit of one is singular.
			form{plan.TypeRule, "scheduleExpression", `rate\((1 minute|([2-9]|[1-9]\d+) minutes)\)`},
		))},
		{"the firewall protects the site and keeps no tokens", weakFirewalls},
		{"saved queries read the function's log only", wrongQueryLogs},
		{"the function gets the callback address that works", wrongCallback},
		{"the console gets addresses that it may call", wrongConsole},
		{"every endpoint has IPv6", mustBe(
			form{plan.TypeAPI, "ipAddressType", `dualstack`},
			form{plan.TypeAPIDomain, "domainNameConfiguration.ipAddressType", `dualstack`},
			form{plan.TypeDistribution, "isIpv6Enabled", `true`},
		)},
		{"resources have the stack's tags", untagged},
		{"stacks do not share names", sharedNames},
		{"destroy leaves only shared resources", both(leftovers, mustBe(form{plan.TypeBucket, "forceDestroy", `true`}))}, // for a bucket with files
		{"dependencies exist and have no cycle", brokenDependencies},
		{"protected resources have the protection of AWS and of Pulumi", halfProtected},
		{"index.html is uploaded last", earlyPage},
		{"AWS accepts the values", both(mayBe(acceptedForms...), mustBe(
			// Lambda's API reference, "CreateFunction": Code is required.
			form{plan.TypeFunction, "code.archive", `.+\.zip`},
		))},
	}, slices.Concat(monitoringRules(), queueRules(), oneDomainRules())...)
}

// both returns a check that finds the violations of two checks.
func both(a, b check) check {
	return func(p plan.Plan, f *findings) { a(p, f); b(p, f) }
}

// findings collects the violations of a rule.
type findings []string

// add adds a violation by a resource.
func (f *findings) add(r plan.Resource, format string, args ...any) {
	*f = append(*f, r.Type+" "+r.Name+": "+fmt.Sprintf(format, args...))
}

// form is the form of the values at a path such as "ttl.enabled" in all resources of a
// type. The path continues in every element of a list. "*" means every member of an
// object. The pattern must match the whole value. A missing value is "".
type form struct{ typ, path, pattern string }

const positive = `[1-9]\d*(\.\d+)?` // a number of at least one

// mustBe returns a check that finds values of another form, and resources without the
// object that should contain the values.
func mustBe(forms ...form) check {
	return func(p plan.Plan, f *findings) { compare(p, f, forms, true) }
}

// mayBe returns a check that finds values of another form. The objects on the path of a
// form may be missing.
func mayBe(forms ...form) check {
	return func(p plan.Plan, f *findings) { compare(p, f, forms, false) }
}

func compare(p plan.Plan, f *findings, forms []form, required bool) {
	for _, want := range forms {
		whole := regexp.MustCompile(`^(?:` + want.pattern + `)$`)
		for _, r := range p.OfType(want.typ) {
			all := values(r, want.path)
			if required && len(all) == 0 {
				all = []any{nil}
			}
			for _, v := range all {
				if got := text(v); !whole.MatchString(got) {
					f.add(r, "%s is %q, want %s", want.path, got, want.pattern)
				}
			}
		}
	}
}

// values returns the values at the path of a form. A value is nil if the last object of
// the path lacks it.
func values(r plan.Resource, path string) []any {
	keys := strings.Split(path, ".")
	all := elements(r.Get(keys[0]))
	for _, key := range keys[1:] {
		var next []any
		for _, v := range all {
			object, ok := v.(map[string]any)
			switch {
			case key == "*":
				for _, member := range object {
					next = append(next, elements(member)...)
				}
			case ok:
				next = append(next, elements(object[key])...)
			}
		}
		all = next
	}
	return all
}

// elements returns the elements of a list, or v if it is not a list.
func elements(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// text returns a value as text, "" for nil.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// lookup returns the first value at the path of a form, or nil.
func lookup(r plan.Resource, path string) any {
	return append(values(r, path), nil)[0]
}

// lookupText returns the first value at the path of a form if it is a string, or "".
func lookupText(r plan.Resource, path string) string {
	s, _ := lookup(r, path).(string)
	return s
}

// anyHas reports whether an attribute of one of the resources has the value.
func anyHas(resources []plan.Resource, key, value string) bool {
	return slices.ContainsFunc(resources, func(r plan.Resource) bool { return r.Text(key) == value })
}

// eachText calls do with the path and the value of every string in v.
func eachText(path string, v any, do func(path, text string)) {
	switch v := v.(type) {
	case string:
		do(path, v)
	case []any:
		for i, e := range v {
			eachText(fmt.Sprintf("%s.%d", path, i), e, do)
		}
	case map[string]any:
		for k, e := range v {
			eachText(strings.TrimPrefix(path+"."+k, "."), e, do)
		}
	}
}
