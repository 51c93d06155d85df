package review

import "sallyport/infra/plan"

const callersUseAlias = "callers of a function with an alias use the alias"

// ignore sets the ignored inputs of the resources of a type.
func ignore(typ string, inputs ...string) func(*plan.Plan) {
	return func(p *plan.Plan) {
		for i := range p.Resources {
			if p.Resources[i].Type == typ {
				p.Resources[i].Ignores = inputs
			}
		}
	}
}

// independent removes the explicit dependencies of the resources of a type.
func independent(typ string) func(*plan.Plan) {
	return func(p *plan.Plan) {
		for i := range p.Resources {
			if p.Resources[i].Type == typ {
				p.Resources[i].After = nil
			}
		}
	}
}

// aliasViolations are violations in the plan with an alias.
var aliasViolations = []violation{
	{callersUseAlias, set(plan.TypePermission, "qualifier", nil), `Permission connect: is for the alias "", want "live"`},
	{callersUseAlias, only(plan.TypePermission, "sweep", set, "qualifier", "other"), `Permission sweep: is for the alias "other", want "live"`},
	{callersUseAlias, replace(plan.TypeIntegration, ":live/invocations", "/invocations"), "Integration function: calls"},
	{callersUseAlias, only(plan.TypeIntegration, "http", set, "integrationUri", "other"), `Integration http: calls "other"`},
	{callersUseAlias, ignore(plan.TypeAlias, "functionVersion", "description"), "Alias live: a deployment changes routingConfig, without a release"},
	{callersUseAlias, ignore(plan.TypeAlias), "Alias live: a deployment changes functionVersion"},
	{callersUseAlias, independent(plan.TypePermission), "Permission sweep: can be created before its alias"},
	{callersUseAlias, set(plan.TypeFunction, "publish", nil), "Alias live: its function publishes no versions"},
	{callersUseAlias, set(plan.TypeAlias, "name", "other"), `name is "other", want live`},
	{callersUseAlias, remove(plan.TypeAlias), `Permission connect: is for the alias "live", want ""`},
	{"$connect has the authorizer", replace(plan.TypeAuthorizer, ":live/", "/"), "is a REQUEST authorizer that calls"},
	{"events of the sweep do not accumulate", replace(plan.TypeTarget, ":live", ""), "which does not exist"},
	{"a queue waits for the function", replace(plan.TypeEventSource, ":live", ""), "EventSourceMapping channels: has the source"},
	{"a queue waits for the function", set(plan.TypeFunction, "timeout", 21.0), "want six times the timeout of the function, 21"},
}
