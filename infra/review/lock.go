package review

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// defaultStage is the stage of an HTTP API. A WebSocket API cannot have it.
const defaultStage = "$default"

// openOrigins finds a function that is not told exactly which pages may
// connect, and an HTTP API that would answer for it.
func openOrigins(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeAPI) {
		if r.Get("corsConfiguration") != nil {
			f.add(r, "answers OPTIONS in the function's place")
		}
	}
	for _, r := range p.OfType(typeFunction) {
		origins := strings.Fields(text(r, "environment.variables.ALLOWED_ORIGINS"))
		if site, _ := p.Outputs["siteUrl"].(string); !slices.Contains(origins, site) {
			f.add(r, "refuses the site, %s", site)
		}
		for _, o := range origins {
			if !safeOrigin(o) {
				f.add(r, "lets pages of %s in", o)
			}
		}
	}
	return f
}

// safeOrigin tells whether an origin is one host, whose pages nobody on the way
// can change.
func safeOrigin(o string) bool {
	u, err := url.Parse(o)
	if err != nil || u.Host == "" || strings.Contains(u.Host, "*") || u.Path != "" {
		return false
	}
	a, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || err == nil && a.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && local
}

// readableTickets finds rights by which someone could look at tickets, and
// copies of them that would outlive them.
func readableTickets(p plan.Plan) []string {
	var f found
	for _, table := range p.OfType(typeTable) {
		if table.Text("hashKey") != "ticketHash" {
			continue
		}
		if at(table, "pointInTimeRecovery.enabled") == true || at(table, "streamEnabled") == true || at(table, "globalSecondaryIndexes") != nil {
			f.add(table, "keeps copies of tickets")
		}
		for _, r := range p.Resources {
			for _, d := range documents(r) {
				for _, s := range d.Statement {
					more := slices.ContainsFunc(s.Action, func(a string) bool { return a != "dynamodb:PutItem" && a != "dynamodb:DeleteItem" })
					if more && slices.ContainsFunc(s.Resource, func(arn string) bool { return strings.HasPrefix(arn, table.Text("arn")) }) {
						f.add(r, "grants %v on tickets", s.Action)
					}
				}
			}
		}
	}
	return f
}

// rate is what EventBridge takes for an interval: the unit is singular for one.
var rate = regexp.MustCompile(`^rate\((1 minute|([2-9]|[1-9]\d+) minutes)\)$`)

// repeatedSweeps finds a schedule whose events would wait for hours while the
// function cannot run, and then come all at once; and one that fires never.
func repeatedSweeps(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeTarget) {
		if at(r, "retryPolicy.maximumRetryAttempts") != 0.0 || at(r, "retryPolicy.maximumEventAgeInSeconds") != 60.0 {
			f.add(r, "is tried again for as long as EventBridge likes")
		}
		if !slices.ContainsFunc(p.OfType(typeFunction), func(fn plan.Resource) bool { return fn.Text("arn") == r.Text("arn") }) {
			f.add(r, "calls %s, which is not there", r.Text("arn"))
		}
	}
	for _, r := range p.OfType(typeRule) {
		if !rate.MatchString(r.Text("scheduleExpression")) {
			f.add(r, "has the schedule %q", r.Text("scheduleExpression"))
		}
		if !slices.ContainsFunc(p.OfType(typeTarget), func(t plan.Resource) bool { return t.Text("rule") == r.Text("name") }) {
			f.add(r, "calls nothing")
		}
	}
	return f
}
