package review

import (
	"slices"
	"strings"

	"sallyport/infra/origin"
	"sallyport/infra/plan"
)

// missingAuthorizer finds a $connect route without the authorizer, and other routes
// with one: AWS supports an authorizer on $connect only.
func missingAuthorizer(p plan.Plan, f *findings) {
	authorizers := map[string]bool{}
	for _, r := range p.OfType(plan.TypeAuthorizer) {
		authorizers[r.ID] = true
		if r.Text("authorizerType") != "REQUEST" || !anyHas(callees(p), "invokeArn", r.Text("authorizerUri")) {
			f.add(r, "is a %s authorizer that calls %q", r.Text("authorizerType"), r.Text("authorizerUri"))
		}
	}
	for _, r := range p.OfType(plan.TypeRoute) {
		has := r.Text("authorizationType") == "CUSTOM" && authorizers[r.Text("authorizerId")]
		if needs := r.Text("routeKey") == "$connect"; needs != has {
			f.add(r, "needs an authorizer: %v, has one: %v", needs, has)
		}
	}
}

// uncallable finds routes, authorizers and rules that have no permission to call
// the function.
func uncallable(p plan.Plan, f *findings) {
	permissions := p.OfType(plan.TypePermission)
	check := func(r plan.Resource, source string) {
		if !anyHas(permissions, "sourceArn", source) {
			f.add(r, "has no permission to call the function")
		}
	}
	for _, api := range p.OfType(plan.TypeAPI) {
		for _, r := range ofAPI(p, api, plan.TypeAuthorizer) {
			check(r, api.Text("executionArn")+"/authorizers/"+r.ID)
		}
		calling := map[string]bool{}
		for _, r := range ofAPI(p, api, plan.TypeIntegration) {
			calling["integrations/"+r.ID] = r.Text("integrationType") == "AWS_PROXY"
		}
		for _, r := range ofAPI(p, api, plan.TypeRoute) {
			for _, stage := range ofAPI(p, api, plan.TypeStage) {
				if calling[r.Text("target")] {
					check(r, stage.Text("executionArn")+"/"+routeSource(r))
				}
			}
		}
	}
	for _, r := range p.OfType(plan.TypeTarget) {
		source := "no rule"
		for _, rule := range p.OfType(plan.TypeRule) {
			if rule.Text("name") == r.Text("rule") {
				source = rule.Text("arn")
			}
		}
		check(r, source)
	}
}

// ofAPI returns the resources of a type that belong to an API.
func ofAPI(p plan.Plan, api plan.Resource, typ string) []plan.Resource {
	return slices.DeleteFunc(p.OfType(typ), func(r plan.Resource) bool { return r.Text("apiId") != api.ID })
}

// routeSource returns the part of a source ARN that names a route: its key, or
// method and path of an HTTP API's route, POST/tickets for "POST /tickets".
func routeSource(route plan.Resource) string {
	return strings.Replace(route.Text("routeKey"), " /", "/", 1)
}

// openOrigins finds a function without an exact list of the origins that may
// connect, and an HTTP API that answers CORS requests itself.
func openOrigins(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeAPI) {
		if r.Get("corsConfiguration") != nil {
			f.add(r, "answers OPTIONS in place of the function")
		}
	}
	for _, r := range p.OfType(plan.TypeFunction) {
		origins := strings.Fields(lookupText(r, "environment.variables.ALLOWED_ORIGINS"))
		if site, _ := p.Outputs["siteUrl"].(string); !slices.Contains(origins, site) {
			f.add(r, "refuses the site, %s", site)
		}
		for _, o := range origins {
			if want := origin.Check(o); want != "" {
				f.add(r, "allows pages of %s, want %s", o, want)
			}
		}
	}
}
