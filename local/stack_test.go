package main

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
	p, err := readPlan("plan.json")
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestStackOfCommittedPlan(t *testing.T) {
	s, err := readStack(committedPlan(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.api.Routes["ping"]; got.Mock != `{"type":"pong"}` || !got.Replies {
		t.Errorf("ping: got %+v", got)
	}
	for key, replies := range map[string]bool{"$connect": false, "$disconnect": false, "$default": true, "whoami": true} {
		got, ok := s.api.Routes[key]
		if !ok || got.Replies != replies || got.Mock != "" {
			t.Errorf("%s: got %+v %v, want replies %v and no mock", key, got, ok, replies)
		}
	}
	if !s.api.HasAuthorizer || s.api.Stage == "" || s.api.RouteSelection != "$request.body.action" {
		t.Errorf("api: got %+v", s.api)
	}
	if s.function.MemoryMB == 0 || s.function.Timeout == 0 || s.function.Environment["ISSUER"] == "" {
		t.Errorf("function: got %+v", s.function)
	}
	var keys []string
	for _, table := range s.tables {
		keys = append(keys, table.HashKey)
	}
	if want := []string{"connectionId", "ticketHash"}; !slices.Equal(keys, want) || len(s.tables[0].Indexes) != 2 {
		t.Errorf("tables: got %+v", s.tables)
	}
	if s.http == nil || s.http.Stage != "$default" || s.http.HasAuthorizer || s.http.ID == s.api.ID || s.http.ThrottleRate == 0 {
		t.Errorf("HTTP API: got %+v", s.http)
	}
	for _, key := range []string{"POST /tickets", "OPTIONS /tickets", "DELETE /connections", "OPTIONS /connections"} {
		if _, ok := s.api.Routes[key]; ok || s.http.Routes[key].Function != s.function.InvokeARN {
			t.Errorf("%s: got %+v, and in the WebSocket API: %v", key, s.http.Routes[key], ok)
		}
	}
	if len(s.rules) != 1 || s.rules[0].Every != 5*time.Minute || !strings.Contains(s.rules[0].ARN, ":rule/") {
		t.Errorf("rules: got %+v", s.rules)
	}
	if !strings.Contains(s.site.headers["Content-Security-Policy"], "connect-src 'self' ") || s.site.root != "index.html" {
		t.Errorf("site: got %+v", s.site)
	}
	if got := unknownTypes(committedPlan(t)); got != nil {
		t.Errorf("types with neither a stand-in nor a reason: %v", got)
	}
}

func TestLocalize(t *testing.T) {
	p, err := localize(committedPlan(t), addresses{site: "http://127.0.0.1:1", api: "http://127.0.0.1:2", issuer: "http://127.0.0.1:3", http: "http://127.0.0.1:4"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := readStack(p)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{
		s.output("websocketUrl"), s.output("connectionsUrl"), s.output("siteUrl"), s.output("issuer"), s.output("httpUrl"),
		s.function.Environment["CONNECTIONS_URL"], s.function.Environment["ISSUER"], s.function.Environment["ALLOWED_ORIGINS"],
	}
	want := []string{
		"ws://127.0.0.1:2/live", "http://127.0.0.1:2/live", "http://127.0.0.1:1", "http://127.0.0.1:3", "http://127.0.0.1:4",
		"http://127.0.0.1:2/live", "http://127.0.0.1:3", "http://127.0.0.1:1",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("want -, got +:\n" + d)
	}
	if csp := s.site.headers["Content-Security-Policy"]; !strings.Contains(csp, "connect-src 'self' http://127.0.0.1:4 ws://127.0.0.1:2 http://127.0.0.1:3;") {
		t.Errorf("the CSP does not name the real addresses: %s", csp)
	}
	for _, o := range s.site.objects {
		if o.Key != "config.json" {
			continue
		}
		var config struct{ WebsocketURL, HTTPURL, Issuer string }
		if err := json.Unmarshal([]byte(o.Content), &config); err != nil || config.WebsocketURL != "ws://127.0.0.1:2/live" || config.HTTPURL != "http://127.0.0.1:4" || config.Issuer != "http://127.0.0.1:3" {
			t.Errorf("config.json: got %+v, %v", config, err)
		}
	}
}

// A route of the HTTP API that calls another function is found, too.
func TestOtherTargetOfHTTP(t *testing.T) {
	p := committedPlan(t)
	for _, r := range where(p, typeIntegration, "payloadFormatVersion", "2.0") {
		r.Inputs["integrationUri"] = "x"
	}
	_, err := readStack(p)
	wantError(t, err, `calls "x", which is not the stack's function`)
}

// A plan that cannot be played is refused with what is wrong in it.
func TestStackRefused(t *testing.T) {
	text, err := os.ReadFile("plan.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"noFunction":     {`"type": "aws:lambda/function:Function"`, `"type": "x"`, "the plan has 0 resources of type aws:lambda/function:Function"},
		"noIntegration":  {`"target": "integrations/`, `"target": "integrations/x`, "which the plan does not have"},
		"noMockTemplate": {`"type": "aws:apigatewayv2/integrationResponse:IntegrationResponse"`, `"type": "x"`, "the route ping: its MOCK integration has no integration response"},
		"otherTarget":    {`"integrationUri": "`, `"integrationUri": "x`, "which is not the stack's function"},
		"noFormat":       {`"payloadFormatVersion": "2.0"`, `"payloadFormatVersion": "1.0"`, "none of the type AWS_PROXY with the payload format 2.0"},
		"httpCORS":       {`"protocolType": "HTTP"`, `"protocolType": "HTTP", "corsConfiguration": {}`, "the HTTP API has a corsConfiguration, which is not played here"},
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
			_, err = readStack(p)
			wantError(t, err, c.want)
		})
	}
}
