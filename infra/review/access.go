package review

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// openActions may be granted on "*", because AWS knows no resources for them.
var openActions = map[string]string{
	"xray:PutTraceSegments":    "X-Ray has no resources to name",
	"xray:PutTelemetryRecords": "X-Ray has no resources to name",
}

// ending is a form of resource that stands for many, and why it must.
type ending struct {
	resource *regexp.Regexp
	why      string
}

var openEnds = []ending{
	{regexp.MustCompile(`^arn:aws:logs:[^*]+:log-group:[^*]+:\*$`), "the streams of one log group"},
	{regexp.MustCompile(`^arn:aws:execute-api:[^*]+/[^*]+/(POST|DELETE)/@connections/\*$`), "connections come and go; a denial shows no id either"},
	{regexp.MustCompile(`^arn:aws:s3:::[^*/]+/\*$`), "the objects of one bucket"},
}

// managedPolicies of AWS's that may be attached.
var managedPolicies = map[string]string{
	"arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs": "what API Gateway asks for to write logs",
}

type document struct{ Statement []statement }

type statement struct {
	Effect    string
	Principal any
	Action    []string
	Resource  []string
	Condition map[string]map[string]any
}

// documents returns the policies that a resource carries.
func documents(r plan.Resource) []document {
	var ds []document
	for _, key := range []string{"policy", "assumeRolePolicy"} {
		var d document
		if s := r.Text(key); s != "" && json.Unmarshal([]byte(s), &d) == nil {
			ds = append(ds, d)
		}
	}
	return ds
}

// openGrants finds grants of actions or on resources that are not named.
func openGrants(p plan.Plan) []string {
	var f found
	for _, r := range p.Resources {
		for _, d := range documents(r) {
			for _, s := range d.Statement {
				if s.Effect == "Allow" {
					openGrant(&f, r, s)
				}
			}
		}
	}
	for _, r := range p.OfType(typeAttachment) {
		if managedPolicies[r.Text("policyArn")] == "" {
			f.add(r, "attaches %s", r.Text("policyArn"))
		}
	}
	return f
}

func openGrant(f *found, r plan.Resource, s statement) {
	if s.Principal == "*" {
		f.add(r, "lets everyone in")
	}
	for _, a := range s.Action {
		if strings.Contains(a, "*") {
			f.add(r, "grants the actions %s", a)
		}
		if openActions[a] == "" && slices.Contains(s.Resource, "*") {
			f.add(r, "grants %s on everything", a)
		}
	}
	for _, arn := range s.Resource {
		known := slices.ContainsFunc(openEnds, func(e ending) bool { return e.resource.MatchString(arn) })
		if arn != "*" && strings.Contains(arn, "*") && !known {
			f.add(r, "grants something on %s", arn)
		}
	}
}

// callers are the services that may call the function, with what their calls
// come on behalf of: a route or an authorizer, a rule.
var callers = map[string]*regexp.Regexp{
	"apigateway.amazonaws.com": regexp.MustCompile(`^arn:aws:execute-api:[^:*]+:\d{12}:[a-z0-9]+/[^*]+$`),
	"events.amazonaws.com":     regexp.MustCompile(`^arn:aws:events:[^:*]+:\d{12}:rule/[^*]+$`),
}

// openCallers finds permissions that do not say on whose behalf a service may
// call, or that let someone else call.
func openCallers(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typePermission) {
		behalf := callers[r.Text("principal")]
		if behalf == nil || r.Text("action") != "lambda:InvokeFunction" {
			f.add(r, "lets %s do %s", r.Text("principal"), r.Text("action"))
		}
		if arn := r.Text("sourceArn"); behalf == nil || !behalf.MatchString(arn) {
			f.add(r, "may be used on behalf of %q", arn)
		}
	}
	return f
}

// unguarded finds an API whose $connect is not guarded by the authorizer, or
// that guards what cannot be guarded.
func unguarded(p plan.Plan) []string {
	var f found
	authorizers := map[string]plan.Resource{}
	for _, r := range p.OfType(typeAuthorizer) {
		authorizers[r.ID] = r
		if r.Text("authorizerType") != "REQUEST" || !invokesFunction(p, r.Text("authorizerUri")) {
			f.add(r, "is a %s that calls %q", r.Text("authorizerType"), r.Text("authorizerUri"))
		}
	}
	for _, r := range p.OfType(typeRoute) {
		_, known := authorizers[r.Text("authorizerId")]
		guarded := r.Text("authorizationType") == "CUSTOM" && known
		if connect := r.Text("routeKey") == "$connect"; connect != guarded {
			f.add(r, "is guarded: %v", guarded)
		}
	}
	return f
}

func invokesFunction(p plan.Plan, uri string) bool {
	return slices.ContainsFunc(p.OfType(typeFunction), func(r plan.Resource) bool { return r.Text("invokeArn") == uri })
}

// uncallable finds routes, authorizers and rules that are not permitted to call
// the function.
func uncallable(p plan.Plan) []string {
	var f found
	sources := map[string]bool{}
	for _, r := range p.OfType(typePermission) {
		sources[r.Text("sourceArn")] = true
	}
	for _, api := range p.OfType(typeAPI) {
		for _, r := range of(p, api, typeAuthorizer) {
			if !sources[api.Text("executionArn")+"/authorizers/"+r.ID] {
				f.add(r, "may not call the function")
			}
		}
		calling := map[string]bool{}
		for _, r := range of(p, api, typeIntegration) {
			calling["integrations/"+r.ID] = r.Text("integrationType") == "AWS_PROXY"
		}
		for _, r := range of(p, api, typeRoute) {
			for _, stage := range of(p, api, typeStage) {
				if calling[r.Text("target")] && !sources[stage.Text("executionArn")+"/"+caller(r)] {
					f.add(r, "may not call the function")
				}
			}
		}
	}
	for _, r := range p.OfType(typeTarget) {
		rule := slices.IndexFunc(p.OfType(typeRule), func(rule plan.Resource) bool { return rule.Text("name") == r.Text("rule") })
		if rule < 0 || !sources[p.OfType(typeRule)[rule].Text("arn")] {
			f.add(r, "may not call the function")
		}
	}
	return f
}

// of returns the resources of a type that belong to an API.
func of(p plan.Plan, api plan.Resource, typ string) []plan.Resource {
	return slices.DeleteFunc(p.OfType(typ), func(r plan.Resource) bool { return r.Text("apiId") != api.ID })
}

// caller is what stands for a route in the ARN on whose behalf it calls: its
// key, and for an HTTP API method and path, POST/tickets of "POST /tickets".
func caller(route plan.Resource) string {
	return strings.Replace(route.Text("routeKey"), " /", "/", 1)
}

var (
	secretName  = regexp.MustCompile(`(?i)(secret|password|passwd|private_?key|credential|api_?key)`)
	secretValue = regexp.MustCompile(`AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}`)
)

// secrets finds what looks like a secret, by its name in the function's
// environment, by its form anywhere.
func secrets(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeFunction) {
		texts("", at(r, "environment.variables"), func(path, _ string) {
			if secretName.MatchString(path) {
				f.add(r, "has a variable %s in clear text", path)
			}
		})
	}
	for _, r := range p.Resources {
		for _, values := range []map[string]any{r.Inputs, r.Outputs} {
			texts("", values, func(path, text string) {
				if secretValue.MatchString(text) {
					f.add(r, "has a secret in %s", path)
				}
			})
		}
	}
	for _, r := range p.OfType(typeClient) {
		if r.Get("generateSecret") != false {
			f.add(r, "has a secret, which a page cannot keep")
		}
	}
	texts("", p.Outputs, func(path, text string) {
		if secretName.MatchString(path) || secretValue.MatchString(text) {
			f = append(f, "output "+path+": is a secret")
		}
	})
	return f
}
