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
	messages := &strings.Builder{}
	startedWithProgress(t, messages, withPlan(file))
	for _, want := range []string{file, "the function has the route whoami, but the plan does not", "run make plan, then restart make run"} {
		if !strings.Contains(messages.String(), want) {
			t.Errorf("got the messages\n%s\nwant %q", messages, want)
		}
	}
}
