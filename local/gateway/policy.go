package gateway

import (
	"fmt"
	"strings"
)

// action is what a policy must allow (api-gateway.md 2.3).
const action = "execute-api:Invoke"

// maxResource is the longest ARN in a policy (api-gateway.md 2.3).
const maxResource = 512

// verdict is what a policy says about an ARN.
type verdict int

const (
	noMatch verdict = iota
	allowed
	denied
)

// evaluate reads an IAM policy document and applies it to arn. An explicit
// Deny wins over any Allow. The error says what makes the document unusable.
func evaluate(policy value, arn string) (verdict, error) {
	statements := policy.field("Statement")
	if !policy.is('{') || !statements.is('[') && !statements.is('{') {
		return noMatch, fmt.Errorf("its policyDocument has no Statement list")
	}
	if v := policy.field("Version"); v != nil && string(v.text()) != "2012-10-17" && string(v.text()) != "2008-10-17" {
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
	effect, ok := effects[string(statement.field("Effect").text())]
	if !ok {
		return noMatch, fmt.Errorf("a statement of its policyDocument has an Effect that is neither Allow nor Deny")
	}
	if !matchesAny(lower(actions), strings.ToLower(action)) || !matchesAny(resources, arn) {
		return noMatch, nil
	}
	return effect, nil
}

// patterns returns the strings of a member that is a string or a list of them.
func patterns(statement value, name string) ([]string, error) {
	var patterns []string
	for _, v := range listOf(statement.field(name)) {
		if !v.is('"') || len(v) > maxResource+len(`""`) {
			return nil, fmt.Errorf("a statement of its policyDocument has something other than strings of at most %d characters in %s", maxResource, name)
		}
		patterns = append(patterns, string(v.text()))
	}
	if len(patterns) == 0 {
		return nil, fmt.Errorf("a statement of its policyDocument has no %s", name)
	}
	return patterns, nil
}

// listOf returns the elements of an array, or v as the only element.
func listOf(v value) []value {
	if !v.is('[') {
		if v == nil {
			return nil
		}
		return []value{v}
	}
	var list []value
	for _, element := range v.all() {
		list = append(list, element)
	}
	return list
}

func lower(list []string) []string {
	for i := range list {
		list[i] = strings.ToLower(list[i])
	}
	return list
}

func matchesAny(patterns []string, s string) bool {
	for _, p := range patterns {
		if wildcard(p, s) {
			return true
		}
	}
	return false
}

// wildcard reports whether pattern matches all of s: "*" stands for any text,
// slashes too, and "?" for one character. It takes time of at most the product
// of both lengths.
func wildcard(pattern, s string) bool {
	star, retry := -1, 0 // where the last "*" stands, and what it may eat next
	p := 0
	for i := 0; i < len(s); {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, retry = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			retry++
			p, i = star+1, retry
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// resourcesOf lists the resources of a policy, for the log.
func resourcesOf(policy value) string {
	var all []string
	for _, statement := range listOf(policy.field("Statement")) {
		for _, r := range listOf(statement.field("Resource")) {
			all = append(all, string(r.text()))
		}
	}
	return strings.Join(all, " ")
}
