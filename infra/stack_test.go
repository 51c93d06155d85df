package infra

import (
	"net/url"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/plan"
	"sallyport/lambda/app"
	"sallyport/lambda/env"
	"sallyport/lambda/route"
)

// plans returns the committed plans. TestPlan compares them with the program.
func plans(t *testing.T) []plan.Plan {
	t.Helper()
	var ps []plan.Plan
	for _, s := range stacks {
		ps = append(ps, stackPlan(t, s.name))
	}
	return ps
}

// stackPlan returns the committed plan of a stack.
func stackPlan(t *testing.T, name string) plan.Plan {
	t.Helper()
	i := slices.IndexFunc(stacks, func(s committed) bool { return s.name == name })
	if i < 0 {
		t.Fatalf("the stack %s has no committed plan", name)
	}
	f, err := os.Open(stacks[i].plan)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	p, err := plan.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// one returns the only resource of a type.
func one(t *testing.T, p plan.Plan, typ string) plan.Resource {
	t.Helper()
	rs := p.OfType(typ)
	if len(rs) != 1 {
		t.Fatalf("got %d of type %s, want one", len(rs), typ)
	}
	return rs[0]
}

// of returns the resources of a type that belong to the API of a protocol, WEBSOCKET or
// HTTP.
func of(t *testing.T, p plan.Plan, protocol, typ string) []plan.Resource {
	t.Helper()
	var rs []plan.Resource
	for _, api := range p.OfType("aws:apigatewayv2/api:Api") {
		for _, r := range p.OfType(typ) {
			if api.Text("protocolType") == protocol && r.Text("apiId") == api.ID {
				rs = append(rs, r)
			}
		}
	}
	return rs
}

// named returns the resource of a type with a name.
func named(t *testing.T, p plan.Plan, typ, name string) plan.Resource {
	t.Helper()
	rs := slices.DeleteFunc(p.OfType(typ), func(r plan.Resource) bool { return r.Name != name })
	if len(rs) != 1 {
		t.Fatalf("got %d of type %s with the name %s, want one", len(rs), typ, name)
	}
	return rs[0]
}

// API Gateway can require the header with the token, unless a token may also be in the
// query string or in the session cookie.
func TestIdentitySources(t *testing.T) {
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			inQuery, cookie := environment(t, p)["TOKEN_IN_QUERY"], environment(t, p)["SESSION_COOKIE"]
			var want any
			if inQuery == "false" && cookie == "false" {
				want = []any{"route.request.header.Sec-WebSocket-Protocol"}
			}
			if diff := cmp.Diff(one(t, p, "aws:apigatewayv2/authorizer:Authorizer").Get("identitySources"), want); diff != "" {
				t.Errorf("with %s=%v: -got +want:\n%s", "TOKEN_IN_QUERY", inQuery, diff)
			}
			if got, want := inQuery == "true", p.Stack == "everything"; got != want {
				t.Errorf("got %s=%v, want %v", "TOKEN_IN_QUERY", got, want)
			}
		})
	}
}

// appRoutes returns the built-in routes and those of lambda/app.
func appRoutes(t *testing.T) []route.Route {
	t.Helper()
	table, err := app.Table()
	if err != nil {
		t.Fatal(err)
	}
	return table.All()
}

func TestEveryRouteIsDeclared(t *testing.T) {
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			var keys, wantKeys []string
			for _, r := range of(t, p, "WEBSOCKET", "aws:apigatewayv2/route:Route") {
				keys = append(keys, r.Text("routeKey"))
			}
			for _, r := range appRoutes(t) {
				wantKeys = append(wantKeys, r.Key)
			}
			compare(t, "routes", keys, wantKeys)
			keys, wantKeys = nil, nil
			for _, r := range of(t, p, "HTTP", "aws:apigatewayv2/route:Route") {
				keys = append(keys, r.Text("routeKey"))
			}
			if p.Stack != "least" {
				for _, e := range route.Endpoints(environment(t, p)["SESSION_COOKIE"] == "true") {
					wantKeys = append(wantKeys, e.Key())
				}
			}
			compare(t, "endpoints", keys, wantKeys)
		})
	}
}

// A route that replies has both a selection expression and a route response.
func TestReplies(t *testing.T) {
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			responses := map[string]string{}
			for _, r := range p.OfType("aws:apigatewayv2/routeResponse:RouteResponse") {
				responses[r.Text("routeId")] = r.Text("routeResponseKey")
			}
			replies := map[string]bool{}
			for _, r := range appRoutes(t) {
				replies[r.Key] = r.Replies()
			}
			for _, r := range of(t, p, "WEBSOCKET", "aws:apigatewayv2/route:Route") {
				want := ""
				if replies[r.Text("routeKey")] {
					want = "$default"
				}
				if r.Text("routeResponseSelectionExpression") != want || responses[r.ID] != want {
					t.Errorf("%s: got expression %q and response %q, want %q", r.Text("routeKey"), r.Text("routeResponseSelectionExpression"), responses[r.ID], want)
				}
			}
		})
	}
}

func TestStagesAreThrottledAndDeclaredLast(t *testing.T) {
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			want := map[string]any{"throttlingRateLimit": 100.0, "throttlingBurstLimit": 200.0}
			if p.Stack == "everything" {
				want = map[string]any{"throttlingRateLimit": 500.0, "throttlingBurstLimit": 1000.0}
			}
			for _, stage := range p.OfType("aws:apigatewayv2/stage:Stage") {
				if diff := cmp.Diff(stage.Get("defaultRouteSettings"), any(want)); diff != "" {
					t.Errorf("%s: -got +want:\n%s", stage.Name, diff)
				}
				if stage.Get("autoDeploy") != true {
					t.Errorf("%s: got autoDeploy %v, want true", stage.Name, stage.Get("autoDeploy"))
				}
				dependsOnParts(t, p, stage)
			}
		})
	}
}

// dependsOnParts fails the test unless a stage depends on all parts of its API.
func dependsOnParts(t *testing.T, p plan.Plan, stage plan.Resource) {
	t.Helper()
	for _, typ := range []string{
		"aws:apigatewayv2/route:Route", "aws:apigatewayv2/routeResponse:RouteResponse",
		"aws:apigatewayv2/integrationResponse:IntegrationResponse", "aws:lambda/permission:Permission",
	} {
		for _, r := range p.OfType(typ) {
			if r.Parent == stage.Parent && !slices.Contains(stage.After, typ+" "+r.Name) {
				t.Errorf("stage %s does not depend on %s %s", stage.Name, typ, r.Name)
			}
		}
	}
}

func TestFunctionAcceptsItsEnvironment(t *testing.T) {
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			variables := environment(t, p)
			e, err := env.Parse(func(name string) string {
				if name == env.Region { // set by Lambda itself
					return "eu-west-1"
				}
				v, _ := variables[name].(string)
				return v
			})
			if err != nil {
				t.Fatal(err)
			}
			if e.ConnectionsURL != p.Outputs["connectionsUrl"] || e.Issuer != p.Outputs["issuer"] || e.TableName != p.Outputs["tableName"] {
				t.Errorf("got %+v, want the addresses of the stack's outputs %v", e, p.Outputs)
			}
			if variables[env.TicketTableName] != p.Outputs["ticketTableName"] {
				t.Errorf("got tickets in %v, want %v", variables[env.TicketTableName], p.Outputs["ticketTableName"])
			}
		})
	}
}

func TestConsoleConfig(t *testing.T) {
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			got := consoleConfig(t, p)
			signOut := got["signOutUrl"]
			delete(got, "signOutUrl")
			delete(got, "regions") // see TestOtherRegions
			want := map[string]any{
				"websocketUrl": p.Outputs["websocketUrl"], "issuer": p.Outputs["issuer"],
				"clientId": p.Outputs["clientId"], "scope": "openid profile", "audience": environment(t, p)[env.Audience],
			}
			if p.Stack != "least" {
				want["httpUrl"] = p.Outputs["httpUrl"]
			}
			if p.Stack == "everything" {
				want["scope"], want["authorizationParameters"] = "openid profile email", map[string]any{"lang": "de"}
			}
			if slices.Contains([]string{"local", "local-one-domain", "alias"}, p.Stack) {
				want["idTokenHint"] = true // without the ID token, the local issuer asks the user before it signs out
			}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
			pools := p.OfType("aws:cognito/userPoolDomain:UserPoolDomain")
			if len(pools) == 0 {
				if signOut != nil {
					t.Errorf("got signOutUrl %v, want none, so that the console uses the issuer's", signOut)
				}
				return
			}
			wantSignOut := "https://" + pools[0].ID + ".auth.eu-west-1.amazoncognito.com/logout?client_id=" +
				p.Outputs["clientId"].(string) + "&logout_uri=" + url.QueryEscape(p.Outputs["siteUrl"].(string)+"/")
			if signOut != wantSignOut {
				t.Errorf("got signOutUrl %v, want %s", signOut, wantSignOut)
			}
		})
	}
}

func environment(t *testing.T, p plan.Plan) map[string]any {
	t.Helper()
	e, _ := one(t, p, "aws:lambda/function:Function").Get("environment").(map[string]any)
	v, _ := e["variables"].(map[string]any)
	return v
}

// compare compares two lists without their order.
func compare(t *testing.T, name string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("%s: -got +want:\n%s", name, diff)
	}
}
