package review

import (
	"regexp"
	"slices"
	"strings"

	"sallyport/infra/origin"
	"sallyport/infra/plan"
	"sallyport/lambda/env"
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

var (
	secretName  = regexp.MustCompile(`(?i)(secret|password|passwd|private_?key|credential|api_?key)`)
	secretValue = regexp.MustCompile(`AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}`)
)

// secrets finds values that look like secrets: by name in the function's
// environment and in the outputs, by form everywhere.
func secrets(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeFunction) {
		eachText("", lookup(r, "environment.variables"), func(path, text string) {
			if secretName.MatchString(path) && (path != env.OriginSecrets || !secretSums.MatchString(text)) {
				f.add(r, "has a variable %s in clear text", path)
			}
		})
	}
	for _, r := range p.Resources {
		for _, values := range []map[string]any{r.Inputs, r.Outputs} {
			eachText("", values, func(path, text string) {
				if secretValue.MatchString(text) {
					f.add(r, "has a secret in %s", path)
				}
			})
		}
	}
	eachText("", p.Outputs, func(path, text string) {
		if secretName.MatchString(path) || secretValue.MatchString(text) {
			*f = append(*f, "output "+path+": is a secret")
		}
	})
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

// readableTickets finds policies that allow reading tickets, and copies that exist
// longer than the tickets.
func readableTickets(p plan.Plan, f *findings) {
	for _, table := range p.OfType(plan.TypeTable) {
		if table.Text("hashKey") != "ticketHash" {
			continue
		}
		if lookup(table, "pointInTimeRecovery.enabled") == true || table.Get("streamEnabled") == true || table.Get("globalSecondaryIndexes") != nil {
			f.add(table, "keeps copies of tickets")
		}
		for _, r := range p.Resources {
			for _, s := range statements(r) {
				more := slices.ContainsFunc(s.Action, func(a string) bool { return a != "dynamodb:PutItem" && a != "dynamodb:DeleteItem" })
				if more && slices.ContainsFunc(s.Resource, func(arn string) bool { return strings.HasPrefix(arn, table.Text("arn")) }) {
					f.add(r, "grants %v on tickets", s.Action)
				}
			}
		}
	}
}
