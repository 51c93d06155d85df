package review

import (
	"slices"

	"sallyport/infra/plan"
)

// callees returns the resources that callers call: the aliases, or the functions if the plan has no
// alias.
func callees(p plan.Plan) []plan.Resource {
	if aliases := p.OfType(plan.TypeAlias); len(aliases) > 0 {
		return aliases
	}
	return p.OfType(plan.TypeFunction)
}

// functionOf returns the function of a callee, nil for nil.
func functionOf(p plan.Plan, callee *plan.Resource) *plan.Resource {
	if callee == nil || callee.Type == plan.TypeFunction {
		return callee
	}
	functions := p.OfType(plan.TypeFunction)
	i := slices.IndexFunc(functions, func(r plan.Resource) bool { return r.Text("name") == callee.Text("functionName") })
	if i < 0 {
		return nil
	}
	return &functions[i]
}

// bypassedAliases finds callers and permissions that name a function although it has an alias. Such
// a caller would use a version that is not released, and API Gateway would have no permission to
// call the alias. It also finds an alias that the next deployment would move, and a permission
// that names an alias although the plan has none.
func bypassedAliases(p plan.Plan, f *findings) {
	qualifier, first := "", ""
	for _, alias := range p.OfType(plan.TypeAlias) {
		qualifier, first = alias.Text("name"), alias.Type+" "+alias.Name
		for _, input := range []string{"description", "functionVersion", "routingConfig"} {
			if !slices.Contains(alias.Ignores, input) {
				f.add(alias, "a deployment changes %s, without a release", input)
			}
		}
		if function := functionOf(p, &alias); function == nil || function.Get("publish") != true {
			f.add(alias, "its function publishes no versions")
		}
	}
	for _, r := range p.OfType(plan.TypePermission) {
		if got := r.Text("qualifier"); got != qualifier {
			f.add(r, "is for the alias %q, want %q", got, qualifier)
		}
		if first != "" && !slices.Contains(r.After, first) {
			f.add(r, "can be created before its alias")
		}
	}
	for _, r := range p.OfType(plan.TypeIntegration) {
		if r.Text("integrationType") == "AWS_PROXY" && !anyHas(callees(p), "invokeArn", r.Text("integrationUri")) {
			f.add(r, "calls %q, want %q", r.Text("integrationUri"), callees(p)[0].Text("invokeArn"))
		}
	}
}
