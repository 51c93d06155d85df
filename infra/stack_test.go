package infra

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/plan"
	"sallyport/lambda/env"
	"sallyport/lambda/route"
)

// plans makes the plan of every stack that is kept.
func plans(t *testing.T) []plan.Plan {
	t.Helper()
	var ps []plan.Plan
	for _, s := range stacks {
		ps = append(ps, run(t, s.name, s.file))
	}
	return ps
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

func TestAuthorizerGuardsConnect(t *testing.T) {
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			authorizer := one(t, p, "aws:apigatewayv2/authorizer:Authorizer")
			if got, want := authorizer.Get("authorizerUri"), one(t, p, "aws:lambda/function:Function").Get("invokeArn"); got != want {
				t.Errorf("got authorizer %v, want the function's invoke ARN %v", got, want)
			}
			if diff := cmp.Diff(authorizer.Get("identitySources"), []any{"route.request.header.Sec-WebSocket-Protocol"}); diff != "" {
				t.Errorf("identity sources: -got +want:\n%s", diff)
			}
			for _, r := range p.OfType("aws:apigatewayv2/route:Route") {
				wantType, wantID := "", ""
				if r.Text("routeKey") == "$connect" {
					wantType, wantID = "CUSTOM", authorizer.ID
				}
				if r.Text("authorizationType") != wantType || r.Text("authorizerId") != wantID {
					t.Errorf("%s: got authorization %q by %q, want %q by %q", r.Text("routeKey"), r.Text("authorizationType"), r.Text("authorizerId"), wantType, wantID)
				}
			}
		})
	}
}

// With a token in the query allowed, no identity source may be demanded.
func TestTokenInQuery(t *testing.T) {
	p := run(t, "query", configure(t, "tokenInQuery: true"))
	if got := one(t, p, "aws:apigatewayv2/authorizer:Authorizer").Get("identitySources"); got != nil {
		t.Errorf("got identity sources %v, want none", got)
	}
	if got := environment(t, p)[env.TokenInQuery]; got != "true" {
		t.Errorf("got %s=%v, want true", env.TokenInQuery, got)
	}
}

func TestEveryRouteIsDeclaredAndMayCall(t *testing.T) {
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			api, stage := one(t, p, "aws:apigatewayv2/api:Api"), one(t, p, "aws:apigatewayv2/stage:Stage")
			var keys, wantKeys, sources []string
			for _, r := range p.OfType("aws:apigatewayv2/route:Route") {
				keys = append(keys, r.Text("routeKey"))
			}
			wantSources := []string{api.Text("executionArn") + "/authorizers/" + one(t, p, "aws:apigatewayv2/authorizer:Authorizer").ID}
			for _, r := range route.All() {
				wantKeys = append(wantKeys, r.Key)
				if r.Mock == "" {
					wantSources = append(wantSources, stage.Text("executionArn")+"/"+r.Key)
				}
			}
			name := one(t, p, "aws:lambda/function:Function").Text("name")
			for _, r := range p.OfType("aws:lambda/permission:Permission") {
				sources = append(sources, r.Text("sourceArn"))
				got := []string{r.Text("function"), r.Text("principal"), r.Text("action")}
				if diff := cmp.Diff(got, []string{name, "apigateway.amazonaws.com", "lambda:InvokeFunction"}); diff != "" {
					t.Errorf("permission %s: -got +want:\n%s", r.Name, diff)
				}
			}
			compare(t, "routes", keys, wantKeys)
			compare(t, "permissions", sources, wantSources)
		})
	}
}

// A reply takes both the expression on the route and the route response.
func TestReplies(t *testing.T) {
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			responses := map[string]string{}
			for _, r := range p.OfType("aws:apigatewayv2/routeResponse:RouteResponse") {
				responses[r.Text("routeId")] = r.Text("routeResponseKey")
			}
			replies := map[string]bool{}
			for _, r := range route.All() {
				replies[r.Key] = r.Replies
			}
			for _, r := range p.OfType("aws:apigatewayv2/route:Route") {
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

func TestStageIsThrottledAndOpensLast(t *testing.T) {
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			stage := one(t, p, "aws:apigatewayv2/stage:Stage")
			want := map[string]any{"throttlingRateLimit": 100.0, "throttlingBurstLimit": 200.0}
			if diff := cmp.Diff(stage.Get("defaultRouteSettings"), any(want)); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
			if stage.Get("autoDeploy") != true {
				t.Errorf("got autoDeploy %v, want true", stage.Get("autoDeploy"))
			}
			for _, typ := range []string{
				"aws:apigatewayv2/route:Route", "aws:apigatewayv2/routeResponse:RouteResponse",
				"aws:apigatewayv2/integrationResponse:IntegrationResponse", "aws:lambda/permission:Permission",
			} {
				for _, r := range p.OfType(typ) {
					if !slices.Contains(stage.After, typ+" "+r.Name) {
						t.Errorf("the stage does not wait for %s %s", typ, r.Name)
					}
				}
			}
		})
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
		})
	}
}

// No grant is open-ended: neither its actions, nor what it is for.
func TestNoGrantIsOpen(t *testing.T) {
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			for _, r := range p.Resources {
				for _, key := range []string{"policy", "assumeRolePolicy"} {
					text := r.Text(key)
					if text == "" {
						continue
					}
					var d struct{ Statement []statement }
					if err := json.Unmarshal([]byte(text), &d); err != nil {
						t.Fatal(err)
					}
					for _, s := range d.Statement {
						open := slices.Contains(s.Resource, "*") || s.Principal == "*" ||
							slices.ContainsFunc(s.Action, func(a string) bool { return strings.Contains(a, "*") })
						if s.Effect == "Allow" && open {
							t.Errorf("%s %s grants too much: %+v", r.Type, r.Name, s)
						}
					}
				}
			}
		})
	}
}

func TestConsoleIsToldWhereItIs(t *testing.T) {
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			var content string
			for _, r := range p.OfType("aws:s3/bucketObjectv2:BucketObjectv2") {
				if r.Text("key") == configFile {
					content = r.Text("content")
				}
			}
			got, _ := parse(t, content).(map[string]any)
			signOut := got["signOutUrl"]
			delete(got, "signOutUrl")
			want := map[string]any{
				"websocketUrl": p.Outputs["websocketUrl"], "issuer": p.Outputs["issuer"],
				"clientId": p.Outputs["clientId"], "scope": "openid profile",
			}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
			pools := p.OfType("aws:cognito/userPoolDomain:UserPoolDomain")
			if len(pools) == 0 {
				if signOut != nil {
					t.Errorf("got signOutUrl %v, want the issuer's own", signOut)
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

func TestTags(t *testing.T) {
	untaggable := []string{
		"aws:apigatewayv2/authorizer:Authorizer", "aws:apigatewayv2/integration:Integration",
		"aws:apigatewayv2/integrationResponse:IntegrationResponse", "aws:apigatewayv2/route:Route",
		"aws:apigatewayv2/routeResponse:RouteResponse", "aws:cloudfront/originAccessControl:OriginAccessControl",
		"aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", "aws:cognito/userPoolClient:UserPoolClient",
		"aws:cognito/userPoolDomain:UserPoolDomain", "aws:iam/rolePolicy:RolePolicy", "aws:lambda/permission:Permission",
		"aws:s3/bucketOwnershipControls:BucketOwnershipControls", "aws:s3/bucketPolicy:BucketPolicy",
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
	}
	for _, p := range plans(t) {
		t.Run(p.Stack, func(t *testing.T) {
			want := map[string]any{"Project": "sallyport", "Stack": p.Stack}
			for _, r := range p.Resources {
				if r.ID == "" || slices.Contains(untaggable, r.Type) {
					continue
				}
				if diff := cmp.Diff(r.Get("tags"), any(want)); diff != "" {
					t.Errorf("%s %s: -got +want:\n%s", r.Type, r.Name, diff)
				}
			}
		})
	}
}

// configure writes a stack's configuration: lines of "key: value".
func configure(t *testing.T, lines ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "Pulumi.test.yaml")
	text := "config:\n  aws:region: eu-west-1\n"
	for _, l := range lines {
		text += "  sallyport:" + l + "\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func environment(t *testing.T, p plan.Plan) map[string]any {
	t.Helper()
	e, _ := one(t, p, "aws:lambda/function:Function").Get("environment").(map[string]any)
	v, _ := e["variables"].(map[string]any)
	return v
}

// compare compares two lists without their order.
func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("%s: -got +want:\n%s", what, diff)
	}
}
