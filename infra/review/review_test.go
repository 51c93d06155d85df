package review

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/infra/plan"
)

// kept are the plans that the program's tests keep true.
var kept = []string{"../../local/plan.json", "../testdata/dev.json", "../testdata/least.json", "../testdata/domains.json", "../testdata/everything.json"}

func readPlan(tb testing.TB, path string) plan.Plan {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	p, err := plan.Read(f)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func everything(tb testing.TB) plan.Plan {
	tb.Helper()
	return readPlan(tb, "../testdata/everything.json")
}

func TestPlansKeepTheRules(t *testing.T) {
	for _, path := range kept {
		p := readPlan(t, path)
		for _, rule := range Rules() {
			t.Run(filepath.Base(path)+"/"+rule.Name, func(t *testing.T) {
				for _, s := range rule.Broken(p) {
					t.Error(s)
				}
			})
		}
	}
}

// violation changes the plan of everything so that it breaks a rule.
type violation struct {
	rule string
	do   func(p *plan.Plan)
	want string // in what the rule finds
}

// set changes an input, or an output that stands for it, of the resources of a
// type.
func set(typ, key string, value any) func(*plan.Plan) {
	return func(p *plan.Plan) {
		for i, r := range p.Resources {
			if r.Type != typ {
				continue
			}
			p.Resources[i].Inputs[key] = value
			if _, ok := r.Outputs[key]; ok {
				r.Outputs[key] = value
			}
		}
	}
}

// only changes the one resource of a type that has a name.
func only(typ, name string, do func(typ, key string, value any) func(*plan.Plan), key string, value any) func(*plan.Plan) {
	return func(p *plan.Plan) {
		one := plan.Plan{}
		for _, r := range p.Resources {
			if r.Type == typ && r.Name == name {
				one.Resources = append(one.Resources, r)
			}
		}
		if len(one.Resources) != 1 {
			panic("no " + typ + " is called " + name)
		}
		do(typ, key, value)(&one) // its maps are those of the plan
	}
}

// replace changes text in every string of the inputs of the resources of a
// type. It must be there.
func replace(typ, old, now string) func(*plan.Plan) {
	return func(p *plan.Plan) {
		done := false
		for i, r := range p.Resources {
			if r.Type == typ {
				p.Resources[i].Inputs = replaced(r.Inputs, old, now, &done).(map[string]any)
			}
		}
		if !done {
			panic("no " + typ + " has " + old)
		}
	}
}

func replaced(v any, old, now string, done *bool) any {
	switch v := v.(type) {
	case string:
		*done = *done || strings.Contains(v, old)
		return strings.ReplaceAll(v, old, now)
	case []any:
		for i := range v {
			v[i] = replaced(v[i], old, now, done)
		}
	case map[string]any:
		for k := range v {
			v[k] = replaced(v[k], old, now, done)
		}
	}
	return v
}

// remove takes the resources of a type away.
func remove(typ string) func(*plan.Plan) {
	return func(p *plan.Plan) {
		var rest []plan.Resource
		for _, r := range p.Resources {
			if r.Type != typ {
				rest = append(rest, r)
			}
		}
		p.Resources = rest
	}
}

// stay keeps, or no longer keeps, the resources of a type at the end.
func stay(typ string, stays bool) func(*plan.Plan) {
	return func(p *plan.Plan) {
		for i := range p.Resources {
			if p.Resources[i].Type == typ {
				p.Resources[i].Stays = stays
			}
		}
	}
}

// protect sets the protection of the resources of a type.
func protect(typ string, on bool) func(*plan.Plan) {
	return func(p *plan.Plan) {
		for i := range p.Resources {
			if p.Resources[i].Type == typ {
				p.Resources[i].Protected = on
			}
		}
	}
}

const (
	typeRolePolicy = "aws:iam/rolePolicy:RolePolicy"
	typeAccount    = "aws:apigateway/account:Account"
)

var violations = []violation{
	{"grants name what they are for", replace(typeRolePolicy, `dynamodb:PutItem`, `dynamodb:*`), "grants the actions dynamodb:*"},
	{"grants name what they are for", replace(typeRolePolicy, `"logs:PutLogEvents"],"Resource":["arn:aws:logs`, `"logs:PutLogEvents"],"Resource":["*","arn:aws:logs`), "grants logs:PutLogEvents on everything"},
	{"grants name what they are for", replace(typeRolePolicy, `/production/POST/@connections/*`, `/*/POST/@connections/*`), "grants something on arn:aws:execute-api"},
	{"grants name what they are for", replace(typeBucketPolicy, `{"Service":"cloudfront.amazonaws.com"}`, `"*"`), "lets everyone in"},
	{"grants name what they are for", set(typeAttachment, "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"), "attaches arn:aws:iam::aws:policy/AdministratorAccess"},
	{"callers are named exactly", set(typePermission, "sourceArn", ""), `on behalf of ""`},
	{"callers are named exactly", replace(typePermission, "/whoami", "/*"), "/*"},
	{"callers are named exactly", set(typePermission, "principal", "*"), "lets * do"},
	{"callers are named exactly", only(typePermission, "post-tickets", set, "principal", "*"), "Permission post-tickets: lets * do"},
	{"callers are named exactly", only(typePermission, "sweep", set, "principal", "apigateway.amazonaws.com"), "Permission sweep: may be used on behalf of"},
	{"callers are named exactly", only(typePermission, "sweep", set, "sourceArn", "arn:aws:events:eu-west-1:111122223333:rule/*"), "Permission sweep: may be used on behalf of"},
	{"callers are named exactly", only(typePermission, "post-tickets", set, "action", "lambda:InvokeFunctionUrl"), "do lambda:InvokeFunctionUrl"},
	{"$connect is guarded", set(typeRoute, "authorizationType", "NONE"), "Route connect: is guarded: false"},
	{"$connect is guarded", set(typeRoute, "authorizerId", "another"), "Route connect: is guarded: false"},
	{"$connect is guarded", replace(typeAuthorizer, "/invocations", ""), "is a REQUEST that calls"},
	{"every route can call the function", replace(typePermission, "/$disconnect", "/$connect"), "Route disconnect: may not call"},
	{"every route can call the function", replace(typePermission, "/authorizers/", "/"), "Authorizer authorizer: may not call"},
	{"every route can call the function", replace(typePermission, "/$default/POST/tickets", "/$default/POST/ticket"), "Route post-tickets: may not call"},
	{"every route can call the function", replace(typePermission, "/$default/DELETE/", "/production/DELETE/"), "Route delete-connections: may not call"},
	{"every route can call the function", replace(typePermission, ":rule/", ":rule/x"), "EventTarget sweep: may not call"},
	{"no secret is in clear text", replace(typeFunction, "sallyport-everything-connections", "AKIAABCDEFGHIJKLMNOP"), "has a secret in environment.variables.TABLE_NAME"},
	{"no secret is in clear text", set(typeFunction, "environment", map[string]any{"variables": map[string]any{"DB_PASSWORD": "x"}}), "variable DB_PASSWORD"},
	{"no secret is in clear text", set(typeClient, "generateSecret", true), "which a page cannot keep"},
	{"no secret is in clear text", func(p *plan.Plan) { p.Outputs["clientSecret"] = "x" }, "output clientSecret"},
	{"no log can hold a token", replace(typeStage, "$context.routeKey", "$context.requestOverride.querystring.token"), "logs $context.requestOverride"},
	{"no log can hold a token", replace(typeStage, "$context.status", "$context.authorizer.principalId"), "logs $context.authorizer.principalId"},
	{"no log can hold a token", replace(typeStage, "$context.error.responseType", "$context.error.message"), "logs $context.error.message"},
	{"no log can hold a token", replace(typeStage, "$context.authorizer.status", "$context.authorizer.error"), "logs $context.authorizer.error"},
	{"no log can hold a token", set(typeStage, "defaultRouteSettings", map[string]any{"dataTraceEnabled": true}), "logs whole requests"},
	{"no log can hold a token", only(typeStage, "http", set, "accessLogSettings", map[string]any{"format": `{"requestId":"$context.requestId","c":"$context.connectionId"}`}), "which an HTTP API does not know"},
	{"buckets are private", set(typeBucketBlock, "blockPublicPolicy", false), "can be made public"},
	{"buckets are private", remove(typeBucketBlock), "can be made public"},
	{"buckets are private", replace(typeBucketPolicy, "distribution/", "distribution/x"), "read on behalf of"},
	{"data is encrypted at rest", set(typeTable, "serverSideEncryption", nil), "does not set the key"},
	{"data is encrypted at rest", remove(typeEncryption), "is not declared to be encrypted"},
	{"data is encrypted on its way", replace(typeBucketPolicy, "aws:SecureTransport", "aws:Referer"), "without TLS"},
	{"data is encrypted on its way", replace(typeDistribution, "redirect-to-https", "allow-all"), "answers without TLS (allow-all)"},
	{"data is encrypted on its way", replace(typeDistribution, "TLSv1.2_2021", "TLSv1"), `speaks TLS from "TLSv1" on`},
	{"data is encrypted on its way", set(typeAPIDomain, "domainNameConfiguration", map[string]any{"securityPolicy": "TLS_1_0"}), `speaks TLS from "TLS_1_0" on`},
	{"data is encrypted on its way", set(typeHeaders, "securityHeadersConfig", nil), "does not tell browsers"},
	{"stages are throttled", set(typeStage, "defaultRouteSettings", nil), "has no throttlingRateLimit"},
	{"stages are throttled", set(typeStage, "defaultRouteSettings", map[string]any{"throttlingRateLimit": 1.0}), "has no throttlingBurstLimit"},
	{"stages are throttled", only(typeStage, "http", set, "defaultRouteSettings", nil), "Stage http: has no throttlingRateLimit"},
	{"logs do not grow for ever", set(typeLogGroup, "retentionInDays", 0.0), "keeps everything for ever"},
	{"logs do not grow for ever", set(typeFunction, "loggingConfig", nil), "logs to a group of Lambda's own"},
	{"rows expire", set(typeTable, "ttl", map[string]any{"enabled": false}), "keeps its rows for ever"},
	{"rows expire", only(typeTable, "tickets", set, "ttl", nil), "Table tickets: keeps its rows for ever"},
	{"data is encrypted at rest", only(typeTable, "tickets", set, "serverSideEncryption", nil), "Table tickets: does not set the key that encrypts it"},
	{"the function is told the callback address that works", func(p *plan.Plan) {
		set(typeFunction, "environment", map[string]any{"variables": map[string]any{"CONNECTIONS_URL": "https://socket.example.com/production"}})(p)
		p.Outputs["connectionsUrl"] = "https://socket.example.com/production"
	}, `pushes to "https://socket.example.com/production"`},
	{"the console is told the addresses that it may call", func(p *plan.Plan) { p.Outputs["websocketUrl"] = "wss://other.example" }, "want the stack's outputs"},
	{"the console is told the addresses that it may call", replace(typeHeaders, "wss://socket.example.com", ""), "keeps the console from wss://socket.example.com"},
	{"the console is told the addresses that it may call", replace(typeClient, "https://chat.example.com/", "https://chat.example.com"), "returns to"},
	{"the console is told the addresses that it may call", func(p *plan.Plan) { p.Outputs["httpUrl"] = "https://other.example" }, "want https://other.example"},
	{"the console is told the addresses that it may call", replace(typeHeaders, "https://x84nh2oh42.execute-api.eu-west-1.amazonaws.com", ""), "keeps the console from https://x84nh2oh42"},
	{"the function alone decides on origins", only(typeAPI, "http", set, "corsConfiguration", map[string]any{"allowOrigins": []any{"*"}}), "Api http: answers OPTIONS"},
	{"the function alone decides on origins", replace(typeFunction, "https://chat.example.com ", ""), "refuses the site"},
	{"the function alone decides on origins", replace(typeFunction, "https://app.example.com", "http://app.example.com"), "lets pages of http://app.example.com in"},
	{"the function alone decides on origins", replace(typeFunction, "https://app.example.com", "https://*.example.com"), "lets pages of https://*.example.com in"},
	{"the function alone decides on origins", replace(typeFunction, "https://app.example.com", "*"), "lets pages of * in"},
	{"tickets are given and taken, never looked at", replace(typeRolePolicy, `"Tickets","Effect":"Allow","Action":["dynamodb:PutItem"`, `"Tickets","Effect":"Allow","Action":["dynamodb:GetItem"`), "grants [dynamodb:GetItem dynamodb:DeleteItem] on tickets"},
	{"tickets are given and taken, never looked at", only(typeTable, "tickets", set, "pointInTimeRecovery", map[string]any{"enabled": true}), "keeps copies"},
	{"the sweep does not pile up", set(typeTarget, "retryPolicy", nil), "is tried again"},
	{"the sweep does not pile up", set(typeTarget, "arn", "arn:aws:lambda:eu-west-1:111122223333:function:other"), "function:other, which is not there"},
	{"the sweep does not pile up", set(typeRule, "scheduleExpression", "rate(1 minutes)"), `has the schedule "rate(1 minutes)"`},
	{"the sweep does not pile up", remove(typeTarget), "calls nothing"},
	{"the dashboard is free", set(typeDashboard, "dashboardBody", `{"widgets":[{"properties":{"metrics":[["expression"]`+strings.Repeat(`,["a","b"]`, 51)+`]}}]}`), "shows 51 metrics"},
	{"the dashboard is free", set(typeDashboard, "dashboardBody", "{}"), "shows 0 metrics"},
	{"everything that can be is tagged", set(typeTable, "tags", map[string]any{"Project": "sallyport"}), "Table connections: has tags"},
	{"stacks do not share names", set(typeRole, "name", "sallyport-function"), "which says nothing of its stack"},
	{"stacks do not share names", set(typeDashboard, "dashboardName", "sallyport-everything-screen"), "as in another stack of the same name"},
	{"stacks do not share names", set(typeTable, "name", "sallyport-everything-connections"), "as in another stack of the same name"},
	{"stacks do not share names", set(typeFunction, "environment", map[string]any{"variables": map[string]any{"METRICS": "sallyport-everything"}}), "writes metrics into"},
	{"stacks do not share names", set(typeLogGroup, "name", "sallyport-everything-logs"), "like "},
	{"destroy leaves only what it says", stay(typeTable, true), "Table connections: stays"},
	{"destroy leaves only what it says", stay(typeAccount, false), "taken away from all other APIs"},
	{"destroy leaves only what it says", set(typeBucket, "forceDestroy", nil), "keeps the stack from being destroyed"},
	{"destroy leaves only what it says", set(typeLogGroup, "skipDestroy", true), "is not destroyed"},
	{"protected resources have the protection of AWS and of Pulumi", protect(typeTable, false), "Table connections: has deletion protection of AWS: true, of Pulumi: false"},
	{"protected resources have the protection of AWS and of Pulumi", protect("aws:cognito/userPool:UserPool", false), "UserPool users: has deletion protection of AWS: true"},
	{"protected resources have the protection of AWS and of Pulumi", set(typeTable, "deletionProtectionEnabled", false), "of AWS: false, of Pulumi: true"},
	{"every role has the same permissions boundary", only(typeRole, "gateway-logs", set, "permissionsBoundary", nil), `Role gateway-logs: has the permissions boundary ""`},
	{"every endpoint has IPv6", set(typeAPI, "ipAddressType", nil), "Api http: has no IPv6"},
	{"every endpoint has IPv6", set(typeAPIDomain, "domainNameConfiguration", map[string]any{"ipAddressType": "ipv4"}), "DomainName api: has no IPv6"},
	{"every endpoint has IPv6", set(typeDistribution, "isIpv6Enabled", false), "Distribution site: has no IPv6"},
	{"index.html is uploaded last", func(p *plan.Plan) {
		for i, r := range p.Resources {
			if r.Type == typeObject {
				p.Resources[i].After = nil
			}
		}
	}, "index.html: does not depend on config.json"},
	{"no update removes an access log", set(typeStage, "accessLogSettings", nil), "Stage http: would get empty access log settings"},
	{"everything waits for what is there", remove(typePermission), "which is not there"},
	{"everything waits for what is there", func(p *plan.Plan) {
		for i, r := range p.Resources {
			if r.Type == typeRoute && r.Name == "ping" {
				p.Resources[i].After = []string{typeStage + " stage"}
			}
		}
	}, "which waits for it"},
}

// Each rule finds what it is there for, and each has a violation.
func TestRulesFindViolations(t *testing.T) {
	rules, tried := map[string]Rule{}, map[string]bool{}
	for _, r := range Rules() {
		rules[r.Name] = r
	}
	for _, v := range violations {
		t.Run(v.rule+"/"+v.want, func(t *testing.T) {
			p := everything(t)
			v.do(&p)
			got := rules[v.rule].Broken(p)
			if !strings.Contains(strings.Join(got, "\n"), v.want) {
				t.Errorf("got %q, want %q among it", got, v.want)
			}
		})
		tried[v.rule] = true
	}
	for name := range rules {
		if !tried[name] {
			t.Errorf("no violation of %q is tried", name)
		}
	}
}
