package infra

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/env"
	"sallyport/lambda/setting"
)

// The HTTP API has no CORS configuration. Otherwise API Gateway would answer OPTIONS in
// place of the function, which knows the origins.
func TestHTTPAPIForwardsPreflights(t *testing.T) {
	p := stackPlan(t, "everything")
	api := named(t, p, "aws:apigatewayv2/api:Api", "http")
	if api.Get("corsConfiguration") != nil || api.Get("disableExecuteApiEndpoint") != nil {
		t.Errorf("got CORS %v, disabled endpoint %v, want neither", api.Get("corsConfiguration"), api.Get("disableExecuteApiEndpoint"))
	}
	for _, r := range of(t, p, "HTTP", "aws:apigatewayv2/route:Route") {
		if r.Get("authorizationType") != nil || r.Get("authorizerId") != nil {
			t.Errorf("%s: has an authorizer of API Gateway, want none", r.Text("routeKey"))
		}
	}
	integration := of(t, p, "HTTP", "aws:apigatewayv2/integration:Integration")
	if len(integration) != 1 || integration[0].Get("payloadFormatVersion") != "2.0" {
		t.Errorf("got %v, want one integration with payload version 2.0", integration)
	}
}

func TestEveryEndpointHasItsPermission(t *testing.T) {
	p := stackPlan(t, "dev")
	var got []string
	for _, r := range p.OfType("aws:lambda/permission:Permission") {
		if r.Parent == "endpoints" {
			got = append(got, r.Text("sourceArn"))
		}
	}
	const api = "arn:aws:execute-api:eu-west-1:111122223333:x84nh2oh42/$default/"
	compare(t, "permissions", got, []string{api + "POST/tickets", api + "OPTIONS/tickets", api + "DELETE/connections", api + "OPTIONS/connections"})
}

func TestRateExpression(t *testing.T) {
	for minutes, want := range map[int]string{1: "rate(1 minute)", 2: "rate(2 minutes)", 60: "rate(60 minutes)"} {
		if got := rateExpression(minutes); got != want {
			t.Errorf("%d: got %q, want %q", minutes, got, want)
		}
	}
}

// The rule may call the function, and EventBridge does not retry.
func TestSweep(t *testing.T) {
	p := stackPlan(t, "dev")
	rule, target := one(t, p, "aws:cloudwatch/eventRule:EventRule"), one(t, p, "aws:cloudwatch/eventTarget:EventTarget")
	function := one(t, p, "aws:lambda/function:Function")
	permission := named(t, p, "aws:lambda/permission:Permission", "sweep")
	for name, pair := range map[string][2]any{
		"rate":     {rule.Get("scheduleExpression"), "rate(5 minutes)"},
		"rule":     {target.Get("rule"), rule.Get("name")},
		"function": {target.Get("arn"), function.Get("arn")},
		"input":    {target.Get("input"), nil}, // the function gets the event of EventBridge
		"retries":  {target.Get("retryPolicy"), map[string]any{"maximumEventAgeInSeconds": 60.0, "maximumRetryAttempts": 0.0}},
		"caller":   {permission.Get("principal"), "events.amazonaws.com"},
		"source":   {permission.Get("sourceArn"), rule.Get("arn")},
		"order":    {any(target.After), any([]string{permission.Type + " " + permission.Name})},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s: -got +want:\n%s", name, diff)
		}
	}
}

func TestTableOfTickets(t *testing.T) {
	table := named(t, stackPlan(t, "everything"), "aws:dynamodb/table:Table", "tickets")
	for name, pair := range map[string][2]any{
		"key":    {table.Get("hashKey"), "ticketHash"},
		"ttl":    {table.Get("ttl"), map[string]any{"attributeName": "expiresAt", "enabled": true}},
		"index":  {table.Get("globalSecondaryIndexes"), nil},
		"backup": {table.Get("pointInTimeRecovery"), nil}, // the table of connections has backups
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s: -got +want:\n%s", name, diff)
		}
	}
}

// A query can return the oldest connection of a user first, and the connections whose
// authorization has expired.
func TestIndexesAreByTime(t *testing.T) {
	table := named(t, stackPlan(t, "dev"), "aws:dynamodb/table:Table", "connections")
	want := []any{
		map[string]any{"name": "byUserId", "hashKey": "userId", "rangeKey": "connectedAt", "projectionType": "INCLUDE", "nonKeyAttributes": []any{"protocol", "trace"}},
		map[string]any{"name": "byUser", "hashKey": "user", "rangeKey": "connectedAt", "projectionType": "INCLUDE", "nonKeyAttributes": []any{"protocol", "trace"}},
		map[string]any{"name": "byExpiry", "hashKey": "expiryShard", "rangeKey": "authorizedUntil", "projectionType": "KEYS_ONLY"},
	}
	if diff := cmp.Diff(table.Get("globalSecondaryIndexes"), any(want)); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

// The function accepts every origin that the setting accepts. Otherwise it would not
// start.
func TestFunctionAcceptsAllowedOrigins(t *testing.T) {
	variables := environment(t, stackPlan(t, "dev"))
	for _, test := range originTests {
		if test.want != "" {
			continue
		}
		_, err := env.Parse(func(name string) string {
			switch name {
			case env.Region:
				return "eu-west-1"
			case env.AllowedOrigins:
				return "https://site.example " + test.origin
			}
			v, _ := variables[name].(string)
			return v
		})
		if err != nil {
			t.Errorf("%s: %v", test.origin, err)
		}
	}
}

// No setting and no variable of the function has the name of a secret: Pulumi's files and
// AWS's console show the values in clear text. The one exception is a setting that is
// declared as a secret. The function has its SHA-256 values only.
func TestNoSettingIsASecret(t *testing.T) {
	secret := regexp.MustCompile(`(?i)(secret|password|passwd|private|credential|apikey|api_key)`)
	for _, g := range new(setting.Stack).Groups() {
		for _, d := range g.Settings {
			if secret.MatchString(d.Name) != d.Secret {
				t.Errorf("setting %s: declared as a secret: %v", d.Name, d.Secret)
			}
		}
	}
	for _, p := range plans(t) {
		for name := range environment(t, p) {
			if secret.MatchString(name) && name != env.OriginSecrets {
				t.Errorf("%s: variable %s", p.Stack, name)
			}
			if strings.Contains(name, "TOKEN") && name != "TOKEN_IN_QUERY" && name != "TOKEN_IN_SUBPROTOCOL" {
				t.Errorf("%s: variable %s", p.Stack, name)
			}
		}
	}
}
