package run

import (
	"context"
	"strings"

	"sallyport/local/drift"
)

// reportDrift prints the differences between the routes of the plan and those of the
// Lambda's source code. Nothing else shows them: if the plan does not have the route
// of a message, API Gateway selects $default.
func (s *system) reportDrift(ctx context.Context, root string) {
	source, err := drift.ReadRoutes(ctx, root)
	switch differences := drift.Compare(s.stack, source); {
	case ctx.Err() != nil: // the run is ending
	case err != nil:
		s.progress.say(err.Error())
	case len(differences) > 0:
		s.progress.say("the plan " + s.settings.Plan + " differs from the function:\n         " + strings.Join(differences, "\n         ") +
			"\n         run make plan, then restart make run")
	}
}
