package run

import (
	"slices"
	"strings"
	"testing"

	"sallyport/infra/plan"
)

// If the plan lacks a route, the run reports it at its start, with the command that renews
// the plan.
func TestDriftIsReportedAtStart(t *testing.T) {
	p := committedPlan(t)
	p.Resources = slices.DeleteFunc(p.Resources, func(r plan.Resource) bool {
		return r.Type == "aws:apigatewayv2/route:Route" && r.Text("routeKey") == "whoami"
	})
	file := planFile(t, p)
	told := &strings.Builder{}
	startedWithProgress(t, told, withPlan(file))
	for _, want := range []string{file, "the Lambda has the route whoami, but the plan does not", "run make plan, then start make run again"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("want %q in what is told:\n%s", want, told)
		}
	}
}
