package gateway

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// action is the action that a policy must allow (api-gateway.md 2.3).
const action = "execute-api:Invoke"

// maxResource is the length of the longest ARN in a policy (api-gateway.md 2.3).
const maxResource = 512

// verdict is the effect of a policy on an ARN.
type verdict int

const (
	noMatch verdict = iota
	allowed
	denied
)

// evaluate applies an IAM policy document to arn. A statement that denies has
// precedence over statements that allow. The error is the reason why the document is
// unusable.
func evaluate(policy value, arn string) (verdict, error) {
	statements := policy.field("Statement")
	if !policy.is('{') || !statements.is('[') && !statements.is('{') {
		return noMatch, fmt.Errorf("its policyDocument has no Statement list")
	}
	if v := policy.field("Version"); v != nil && v.text() != "2012-10-17" && v.text() != "2008-10-17" {
		return noMatch, fmt.Errorf(`its policyDocument has a Version other than "2012-10-17"`)
	}
	verdict := noMatch
	for _, statement := range listOf(statements) {
		effect, err := evaluateStatement(statement, arn)
		if err != nil {
			return noMatch, err
		}
		verdict = max(verdict, effect)
	}
	return verdict, nil
}

func evaluateStatement(statement value, arn string) (verdict, error) {
	for _, name := range []string{"Condition", "NotAction", "NotResource", "Principal"} {
		if !statement.field(name).missing() {
			return noMatch, fmt.Errorf("a statement of its policyDocument has %s, which this gateway does not evaluate", name)
		}
	}
	actions, err := patterns(statement, "Action")
	if err != nil {
		return noMatch, err
	}
	resources, err := patterns(statement, "Resource")
	if err != nil {
		return noMatch, err
	}
	effects := map[string]verdict{"Allow": allowed, "Deny": denied}
	effect, ok := effects[statement.field("Effect").text()]
	if !ok {
		return noMatch, fmt.Errorf("a statement of its policyDocument has an Effect that is neither Allow nor Deny")
	}
	isAction := func(pattern string) bool { return wildcard(strings.ToLower(pattern), strings.ToLower(action)) }
	isResource := func(pattern string) bool { return wildcard(pattern, arn) }
	if !slices.ContainsFunc(actions, isAction) || !slices.ContainsFunc(resources, isResource) {
		return noMatch, nil
	}
	return effect, nil
}

// patterns returns the strings of a member that is a string or a list of strings.
func patterns(statement value, name string) ([]string, error) {
	var patterns []string
	for _, v := range listOf(statement.field(name)) {
		if !v.is('"') || len(v) > maxResource+len(`""`) {
			return nil, fmt.Errorf("a statement of its policyDocument has something other than strings of at most %d characters in %s", maxResource, name)
		}
		patterns = append(patterns, v.text())
	}
	if len(patterns) == 0 {
		return nil, fmt.Errorf("a statement of its policyDocument has no %s", name)
	}
	return patterns, nil
}

// listOf returns the elements of an array, or v as the only element unless v is absent.
func listOf(v value) []value {
	if v == nil {
		return nil
	}
	if !v.is('[') {
		return []value{v}
	}
	var list []value
	for _, element := range v.all() {
		list = append(list, element)
	}
	return list
}

// wildcards are the regular expressions of "*", any text with slashes, and "?", one
// character.
var wildcards = strings.NewReplacer(`\*`, `.*`, `\?`, `.`)

// wildcard reports whether pattern matches all of s.
func wildcard(pattern, s string) bool {
	matched, err := regexp.MatchString("(?s)^"+wildcards.Replace(regexp.QuoteMeta(pattern))+"$", s)
	return matched && err == nil
}

// resourcesOf returns the resources of a policy for the log.
func resourcesOf(policy value) string {
	var all []string
	for _, statement := range listOf(policy.field("Statement")) {
		for _, r := range listOf(statement.field("Resource")) {
			all = append(all, r.text())
		}
	}
	return strings.Join(all, " ")
}
