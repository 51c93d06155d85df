package review

import (
	"encoding/json"
	"regexp"

	"sallyport/infra/plan"
)

// unthrottled finds stages without one of the two limits. AWS may understand a
// missing limit as none or as zero (api-gateway.md 9).
func unthrottled(p plan.Plan) []string {
	var f findings
	for _, r := range p.OfType(plan.TypeStage) {
		for _, key := range []string{"throttlingRateLimit", "throttlingBurstLimit"} {
			if n, _ := lookup(r, "defaultRouteSettings."+key).(float64); n <= 0 {
				f.add(r, "has no %s", key)
			}
		}
	}
	return f
}

// rate is an interval in the form of EventBridge: the unit of one is singular.
var rate = regexp.MustCompile(`^rate\((1 minute|([2-9]|[1-9]\d+) minutes)\)$`)

// repeatedSweeps finds a schedule whose events would wait for hours while the
// function cannot run, and then arrive all at once. It also finds a schedule that
// never fires.
func repeatedSweeps(p plan.Plan) []string {
	var f findings
	for _, r := range p.OfType(plan.TypeTarget) {
		if lookup(r, "retryPolicy.maximumRetryAttempts") != 0.0 || lookup(r, "retryPolicy.maximumEventAgeInSeconds") != 60.0 {
			f.add(r, "does not limit the retries of EventBridge")
		}
		if !anyHas(p.OfType(plan.TypeFunction), "arn", r.Text("arn")) {
			f.add(r, "calls %s, which does not exist", r.Text("arn"))
		}
	}
	for _, r := range p.OfType(plan.TypeRule) {
		if !rate.MatchString(r.Text("scheduleExpression")) {
			f.add(r, "has the schedule %q", r.Text("scheduleExpression"))
		}
		if !anyHas(p.OfType(plan.TypeTarget), "rule", r.Text("name")) {
			f.add(r, "calls nothing")
		}
	}
	return f
}

// freeMetrics is the largest number of metrics of a dashboard in the free tier.
const freeMetrics = 50

// expensiveDashboards finds dashboards with more metrics than are free, and without
// metrics.
func expensiveDashboards(p plan.Plan) []string {
	var f findings
	for _, r := range p.OfType(plan.TypeDashboard) {
		var body struct {
			Widgets []struct {
				Properties struct{ Metrics [][]any }
			}
		}
		if err := json.Unmarshal([]byte(r.Text("dashboardBody")), &body); err != nil {
			f.add(r, "has a body that is not JSON: %v", err)
		}
		n := 0
		for _, w := range body.Widgets {
			for _, m := range w.Properties.Metrics {
				if len(m) > 1 { // an entry with one element is an expression
					n++
				}
			}
		}
		if n == 0 || n > freeMetrics {
			f.add(r, "shows %d metrics", n)
		}
	}
	return f
}
