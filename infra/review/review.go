// Package review checks a plan before it is deployed. It has two parts: rules that
// every plan must obey, and the IAM policy that a deployer of the plan needs.
//
// A rule is a pure function of the plan. Every rule has a test that breaks it.
package review

import (
	"fmt"
	"strings"

	"sallyport/infra/plan"
)

// Rule is a requirement that every plan must meet.
type Rule struct {
	Name string
	// Check returns the violations of the rule in a plan, or nil.
	Check func(plan.Plan) []string
}

// Rules returns all rules.
func Rules() []Rule {
	return []Rule{
		{"grants name actions and resources", openGrants},
		{"permissions name the caller", openCallers},
		{"every role has the same permissions boundary", differentBoundaries},
		{"$connect has the authorizer", missingAuthorizer},
		{"every route can call the function", uncallable},
		{"no secret is in clear text", secrets},
		{"the function alone decides on origins", openOrigins},
		{"tickets are stored and deleted, but never read", readableTickets},
		{"no log can contain a token", tokensInLogs},
		{"logs have a retention", unlimitedLogs},
		{"no update removes an access log", removedAccessLogs},
		{"buckets are private", publicBuckets},
		{"data is encrypted at rest", unencrypted},
		{"data is encrypted in transit", plaintext},
		{"rows expire", permanentRows},
		{"stages are throttled", unthrottled},
		{"the sweep does not pile up", repeatedSweeps},
		{"the dashboard is free", expensiveDashboards},
		{"the function gets the callback address that works", wrongCallback},
		{"the console gets addresses that it may call", wrongConsole},
		{"every endpoint has IPv6", ipv4Only},
		{"resources have the stack's tags", untagged},
		{"stacks do not share names", sharedNames},
		{"destroy leaves only shared resources", leftovers},
		{"dependencies exist and have no cycle", brokenDependencies},
		{"protected resources have the protection of AWS and of Pulumi", halfProtected},
		{"index.html is uploaded last", earlyPage},
		{"AWS accepts the values", unaccepted},
	}
}

// findings collects the violations of a rule.
type findings []string

// add adds a violation by a resource.
func (f *findings) add(r plan.Resource, format string, args ...any) {
	*f = append(*f, r.Type+" "+r.Name+": "+fmt.Sprintf(format, args...))
}

// lookup returns the attribute at a path such as "ttl.enabled", or nil. A number in
// the path is an index of a list.
func lookup(r plan.Resource, path string) any {
	first, rest, deep := strings.Cut(path, ".")
	v := r.Get(first)
	for deep {
		first, rest, deep = strings.Cut(rest, ".")
		switch parent := v.(type) {
		case map[string]any:
			v = parent[first]
		case []any:
			i := -1
			if _, err := fmt.Sscanf(first, "%d", &i); err != nil || i < 0 || i >= len(parent) {
				return nil
			}
			v = parent[i]
		default:
			return nil
		}
	}
	return v
}

// lookupText returns the string at a path, or "".
func lookupText(r plan.Resource, path string) string {
	s, _ := lookup(r, path).(string)
	return s
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
