package review

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// unscopedActions are the actions that a policy may grant on "*". AWS has no
// resources for them.
var unscopedActions = []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}

// allowedWildcards are the only forms of resources with a wildcard that a policy
// may grant something on.
var allowedWildcards = []*regexp.Regexp{
	regexp.MustCompile(`^arn:aws:logs:[^*]+:log-group:[^*]+:\*$`), // the streams of one log group
	// Connections have no fixed IDs, and the error of a denied request shows none.
	regexp.MustCompile(`^arn:aws:execute-api:[^*]+/[^*]+/(POST|DELETE)/@connections/\*$`),
	regexp.MustCompile(`^arn:aws:s3:::[^*/]+/\*$`), // the objects of one bucket
}

// logPolicy is the only policy of AWS that may be attached to a role. API Gateway needs it
// to write logs.
const logPolicy = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"

// statements returns the statements of all policy documents of a resource.
func statements(r plan.Resource) []Statement {
	var all []Statement
	for _, key := range []string{"policy", "assumeRolePolicy"} {
		var p Policy
		if s := r.Text(key); s != "" && json.Unmarshal([]byte(s), &p) == nil {
			all = append(all, p.Statement...)
		}
	}
	return all
}

// openGrants finds policies that grant unnamed actions, or something on unnamed
// resources.
func openGrants(p plan.Plan, f *findings) {
	for _, r := range p.Resources {
		for _, s := range statements(r) {
			if s.Effect == "Allow" {
				checkGrant(f, r, s)
			}
		}
	}
	for _, r := range p.OfType(plan.TypeAttachment) {
		if got := r.Text("policyArn"); got != logPolicy {
			f.add(r, "attaches %s", got)
		}
	}
}

func checkGrant(f *findings, r plan.Resource, s Statement) {
	if s.Principal == "*" {
		f.add(r, "grants everyone %v", s.Action)
	}
	for _, a := range s.Action {
		if strings.Contains(a, "*") {
			f.add(r, "grants the actions %s", a)
		}
		if !slices.Contains(unscopedActions, a) && slices.Contains(s.Resource, "*") {
			f.add(r, "grants %s on all resources", a)
		}
	}
	for _, arn := range s.Resource {
		allowed := slices.ContainsFunc(allowedWildcards, func(form *regexp.Regexp) bool { return form.MatchString(arn) })
		if arn != "*" && strings.Contains(arn, "*") && !allowed {
			f.add(r, "grants %v on %s", s.Action, arn)
		}
	}
}

// callers are the services that may call the function, with the form of the source
// of the call: a route or an authorizer, a rule.
var callers = map[string]*regexp.Regexp{
	"apigateway.amazonaws.com": regexp.MustCompile(`^arn:aws:execute-api:[^:*]+:\d{12}:[a-z0-9]+/[^*]+$`),
	"events.amazonaws.com":     regexp.MustCompile(`^arn:aws:events:[^:*]+:\d{12}:rule/[^*]+$`),
}

// openCallers finds permissions that let another service call, or that do not name
// the source of the call.
func openCallers(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypePermission) {
		source := callers[r.Text("principal")]
		if source == nil || r.Text("action") != "lambda:InvokeFunction" {
			f.add(r, "lets %s do %s", r.Text("principal"), r.Text("action"))
		}
		if arn := r.Text("sourceArn"); source == nil || !source.MatchString(arn) {
			f.add(r, "has the source %q", arn)
		}
	}
}

// differentBoundaries finds roles whose permissions boundaries differ.
func differentBoundaries(p plan.Plan, f *findings) {
	roles := p.OfType(plan.TypeRole)
	for _, r := range roles {
		for _, other := range roles {
			if got, want := r.Text("permissionsBoundary"), other.Text("permissionsBoundary"); got != want {
				f.add(r, "has the permissions boundary %q, but %s has %q", got, other.Name, want)
			}
		}
	}
}
