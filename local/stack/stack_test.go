package stack

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/plan"
)

func committedPlan(tb testing.TB) plan.Plan {
	tb.Helper()
	p, err := ReadPlan("../plan.json")
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestReadCommittedPlan(t *testing.T) {
	s, err := Read(committedPlan(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.API.Routes["ping"]; got.Mock != `{"type":"pong"}` || !got.Replies {
		t.Errorf("ping: got %+v", got)
	}
	for key, replies := range map[string]bool{"$connect": false, "$disconnect": false, "$default": true, "whoami": true} {
		got, ok := s.API.Routes[key]
		if !ok || got.Replies != replies || got.Mock != "" {
			t.Errorf("%s: got %+v %v, want replies %v and no mock", key, got, ok, replies)
		}
	}
	if !s.API.HasAuthorizer || s.API.Stage == "" || s.API.RouteSelection != "$request.body.action" {
		t.Errorf("api: got %+v", s.API)
	}
	if s.Function.MemoryMB == 0 || s.Function.Timeout == 0 || s.Function.Environment["ISSUER"] == "" {
		t.Errorf("function: got %+v", s.Function)
	}
	var keys []string
	for _, table := range s.Tables {
		keys = append(keys, table.HashKey)
	}
	if want := []string{"partition", "connectionId", "ticketHash"}; !slices.Equal(keys, want) || len(s.Tables[1].Indexes) != 3 {
		t.Errorf("tables: got %+v", s.Tables)
	}
	if q := s.Queues; len(q) != 2 || q[0].DeadLetters != q[1].ARN || q[0].MaxReceives != 50 || q[0].BatchSize != 10 || q[0].Concurrency != 4 || q[0].Visibility != time.Minute || q[1].BatchSize != 0 {
		t.Errorf("queues: got %+v", q)
	}
	if s.HTTP == nil || s.HTTP.Stage != "$default" || s.HTTP.HasAuthorizer || s.HTTP.ID == s.API.ID || s.HTTP.ThrottleRate == 0 {
		t.Errorf("HTTP API: got %+v", s.HTTP)
	}
	for _, key := range []string{"POST /tickets", "OPTIONS /tickets", "DELETE /connections", "OPTIONS /connections"} {
		if _, ok := s.API.Routes[key]; ok || s.HTTP.Routes[key].Function != s.Function.InvokeARN {
			t.Errorf("%s: got %+v, and in the WebSocket API: %v", key, s.HTTP.Routes[key], ok)
		}
	}
	if len(s.Rules) != 1 || s.Rules[0].Every != 5*time.Minute || !strings.Contains(s.Rules[0].ARN, ":rule/") {
		t.Errorf("rules: got %+v", s.Rules)
	}
	if !strings.Contains(s.Site.Default.Headers["Content-Security-Policy"], "connect-src 'self' ") || s.Site.Root != "index.html" {
		t.Errorf("site: got %+v", s.Site)
	}
	if got := s.Site.Default.Headers["Cross-Origin-Opener-Policy"]; got != "same-origin" {
		t.Errorf("Cross-Origin-Opener-Policy: got %q, want same-origin", got)
	}
	if got := UnknownTypes(committedPlan(t)); got != nil {
		t.Errorf("unknown types: got %v, want none", got)
	}
}

func TestLocalize(t *testing.T) {
	p, err := Localize(committedPlan(t), Addresses{Site: "http://127.0.0.1:1", API: "http://127.0.0.1:2", Issuer: "http://127.0.0.1:3", HTTP: "http://127.0.0.1:4"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Read(p)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{
		s.Output("websocketUrl"), s.Output("connectionsUrl"), s.Output("siteUrl"), s.Output("issuer"), s.Output("httpUrl"),
		s.Function.Environment["CONNECTIONS_URL"], s.Function.Environment["ISSUER"], s.Function.Environment["ALLOWED_ORIGINS"],
	}
	want := []string{
		"ws://127.0.0.1:2/live", "http://127.0.0.1:2/live", "http://127.0.0.1:1", "http://127.0.0.1:3", "http://127.0.0.1:4",
		"http://127.0.0.1:2/live", "http://127.0.0.1:3", "http://127.0.0.1:1",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("want -, got +:\n" + d)
	}
	if csp := s.Site.Default.Headers["Content-Security-Policy"]; !strings.Contains(csp, "connect-src 'self' http://127.0.0.1:4 ws://127.0.0.1:2 http://127.0.0.1:3;") {
		t.Errorf("got a CSP without the local addresses: %s", csp)
	}
	for _, o := range s.Site.Objects {
		if o.Key != "config.json" {
			continue
		}
		var config struct{ WebsocketURL, HTTPURL, Issuer string }
		if err := json.Unmarshal([]byte(o.Content), &config); err != nil || config.WebsocketURL != "ws://127.0.0.1:2/live" || config.HTTPURL != "http://127.0.0.1:4" || config.Issuer != "http://127.0.0.1:3" {
			t.Errorf("config.json: got %+v, %v", config, err)
		}
	}
}

// The sign-in of the run has no path. An issuer that runs already keeps its own.
func TestLocalizeIssuer(t *testing.T) {
	for declared, want := range map[string]string{
		"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_nHqQtWyXC": "http://127.0.0.1:3",
		"https://tenant.auth.example/":                                    "http://127.0.0.1:3",
		"http://127.0.0.1:3/tenant/v2.0":                                  "http://127.0.0.1:3/tenant/v2.0",
	} {
		p := committedPlan(t)
		p.Outputs["issuer"] = declared
		p.OfType(plan.TypeFunction)[0].Inputs["environment"] = map[string]any{"variables": map[string]any{"ISSUER": declared}}
		p, err := Localize(p, Addresses{Site: "http://127.0.0.1:1", API: "http://127.0.0.1:2", Issuer: "http://127.0.0.1:3", HTTP: "http://127.0.0.1:4"})
		if err != nil {
			t.Fatal(err)
		}
		s, err := Read(p)
		if err != nil {
			t.Fatal(err)
		}
		if s.Output("issuer") != want || s.Function.Environment["ISSUER"] != want {
			t.Errorf("%s: got %s and ISSUER=%s, want %s", declared, s.Output("issuer"), s.Function.Environment["ISSUER"], want)
		}
	}
}

// A domain of the socket has no path. The local socket has the path of the stage.
func TestLocalizeDomain(t *testing.T) {
	p, err := ReadPlan("../../infra/testdata/domains.json")
	if err != nil {
		t.Fatal(err)
	}
	if p, err = Localize(p, Addresses{Site: "http://127.0.0.1:1", API: "http://127.0.0.1:2", Issuer: "http://127.0.0.1:3", HTTP: "http://127.0.0.1:4"}); err != nil {
		t.Fatal(err)
	}
	s, err := Read(p)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{s.Output("websocketUrl"), s.Output("issuer"), s.Function.Environment["ISSUER"]}
	if want := []string{"ws://127.0.0.1:2/live", "http://127.0.0.1:3", "http://127.0.0.1:3"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	csp := s.Site.Default.Headers["Content-Security-Policy"]
	if !strings.Contains(csp, " ws://127.0.0.1:2/live ") || !strings.Contains(csp, " http://127.0.0.1:3") {
		t.Errorf("got a CSP without the local addresses: %s", csp)
	}
}

// Read also checks the functions that the routes of the HTTP API call.
func TestHTTPRouteOfOtherFunction(t *testing.T) {
	p := committedPlan(t)
	for _, r := range where(p, plan.TypeIntegration, "payloadFormatVersion", "2.0") {
		r.Inputs["integrationUri"] = "x"
	}
	_, err := Read(p)
	wantError(t, err, `calls "x", which is not the stack's function`)
}

// Read names the part of a plan that cannot be emulated.
func TestReadErrors(t *testing.T) {
	text, err := os.ReadFile("../plan.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"noFunction":     {`"type": "aws:lambda/function:Function"`, `"type": "x"`, "the plan has 0 resources of type aws:lambda/function:Function"},
		"noIntegration":  {`"target": "integrations/`, `"target": "integrations/x`, "which the plan does not have"},
		"noMockTemplate": {`"type": "aws:apigatewayv2/integrationResponse:IntegrationResponse"`, `"type": "x"`, "the route ping: its MOCK integration has no integration response"},
		"otherTarget":    {`"integrationUri": "`, `"integrationUri": "x`, "which is not the stack's function"},
		"noFormat":       {`"payloadFormatVersion": "2.0"`, `"payloadFormatVersion": "1.0"`, "must have the type AWS_PROXY and the payload format 2.0"},
		"httpCORS":       {`"protocolType": "HTTP"`, `"protocolType": "HTTP", "corsConfiguration": {}`, "the HTTP API has a corsConfiguration, which is not emulated here"},
		"httpAuthorizer": {`"routeKey": "POST /tickets"`, `"authorizationType": "JWT", "routeKey": "POST /tickets"`, "the route POST /tickets of the HTTP API has an authorizer"},
		"noSocket":       {`"protocolType": "WEBSOCKET"`, `"protocolType": "X"`, "the plan has 0 resources of type aws:apigatewayv2/api:Api"},
		"otherSchedule":  {`"rate(5 minutes)"`, `"cron(0 0 * * ? *)"`, "the rule sweep: its schedule is \"cron(0 0 * * ? *)\""},
		"noTarget":       {`"type": "aws:cloudwatch/eventTarget:EventTarget"`, `"type": "x"`, "the rule sweep has 0 targets: want one, the stack's function"},
		"noAuthorizer":   {`"type": "aws:apigatewayv2/authorizer:Authorizer"`, `"type": "x"`, "the route $connect names the authorizer"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.ReplaceAll(string(text), c.old, c.new)
			if changed == string(text) {
				t.Fatalf("the plan has no %s", c.old)
			}
			p, err := plan.Read(strings.NewReader(changed))
			if err != nil {
				t.Fatal(err)
			}
			_, err = Read(p)
			wantError(t, err, c.want)
		})
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
}

// If the function has an alias, API Gateway, the sweep and the queue call the alias.
func TestReadPlanWithAlias(t *testing.T) {
	text, err := os.ReadFile("../../infra/testdata/alias.json")
	if err != nil {
		t.Fatal(err)
	}
	read := func(text string) (Stack, error) {
		p, err := plan.Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return Read(p)
	}
	s, err := read(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if f := s.Function; f.ARN != "arn:aws:lambda:eu-west-1:111122223333:function:"+f.Name+":live" || !strings.Contains(f.InvokeARN, f.ARN) || s.Output("functionName") != f.Name+":live" {
		t.Errorf("got the function %s, %s and %s, want the ARNs of the alias", f.Name, f.ARN, f.InvokeARN)
	}
	if len(s.Rules) != 1 || len(s.Queues) != 2 {
		t.Errorf("got %d rules and %d queues, want 1 and 2", len(s.Rules), len(s.Queues))
	}
	_, err = read(strings.ReplaceAll(string(text), `"type": "aws:lambda/alias:Alias"`, `"type": "x"`))
	wantError(t, err, "which is not the stack's function")
	_, err = read(strings.ReplaceAll(string(text), `"functionName": "`+s.Function.Name+`"`, `"functionName": "other"`))
	wantError(t, err, "the plan has 1 aliases: want one, of the stack's function")
}
