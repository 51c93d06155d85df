package infra

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/env"
)

func TestOutputs(t *testing.T) {
	tests := map[string]map[string]string{
		"dev": {
			"websocketUrl":   "wss://o7097wq2ar.execute-api.eu-west-1.amazonaws.com/live",
			"connectionsUrl": "https://o7097wq2ar.execute-api.eu-west-1.amazonaws.com/live",
			"siteUrl":        "https://dxq21qkxc2v5q2.cloudfront.net",
			"httpUrl":        "https://x84nh2oh42.execute-api.eu-west-1.amazonaws.com",
		},
		// With domains, pushes still go to AWS's own address (api-gateway.md 9).
		"domains": {
			"websocketUrl":     "wss://socket.example.com",
			"connectionsUrl":   "https://o7097wq2ar.execute-api.eu-west-1.amazonaws.com/live",
			"siteUrl":          "https://chat.example.com",
			"httpUrl":          "https://x84nh2oh42.execute-api.eu-west-1.amazonaws.com",
			"siteDomainTarget": "dxq21qkxc2v5q2.cloudfront.net",
		},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			p := stackPlan(t, name)
			for key, want := range want {
				if p.Outputs[key] != want {
					t.Errorf("%s: got %v, want %s", key, p.Outputs[key], want)
				}
			}
			// scripts/user.sh uses this output.
			if issuer := p.Outputs["issuer"].(string); p.Outputs["userPoolId"] != filepath.Base(issuer) {
				t.Errorf("userPoolId: got %v, want the pool of %s", p.Outputs["userPoolId"], issuer)
			}
			target, _ := p.Outputs["apiDomainTarget"].(string)
			if got, want := strings.HasPrefix(target, "d-"), name == "domains"; got != want {
				t.Errorf("apiDomainTarget: got %q", target)
			}
			if got := environment(t, p)[env.AllowedOrigins]; got != p.Outputs["siteUrl"] {
				t.Errorf("allowed origins: got %v, want the site's", got)
			}
		})
	}
}

// With a configured issuer, the stack has no output userPoolId, even if the issuer is a
// Cognito pool: its users are not the stack's.
func TestNoUserPoolWithIssuer(t *testing.T) {
	if got, ok := stackPlan(t, "local").Outputs["userPoolId"]; ok {
		t.Errorf("userPoolId: got %v, want no such output", got)
	}
}

func TestDomains(t *testing.T) {
	p := stackPlan(t, "domains")
	mapping := one(t, p, "aws:apigatewayv2/apiMapping:ApiMapping")
	stage := named(t, p, "aws:apigatewayv2/stage:Stage", "stage")
	if mapping.Get("domainName") != "socket.example.com" || mapping.Get("stage") != stage.ID || mapping.Get("apiMappingKey") != nil {
		t.Errorf("mapping: got %v", mapping.Inputs)
	}
	got := one(t, p, "aws:cloudfront/distribution:Distribution").Inputs
	want := map[string]any{
		"acmCertificateArn":      "arn:aws:acm:us-east-1:111122223333:certificate/99998888-7777-6666-5555-444433332222",
		"minimumProtocolVersion": "TLSv1.2_2021", "sslSupportMethod": "sni-only",
	}
	if diff := cmp.Diff(got["viewerCertificate"], any(want)); diff != "" {
		t.Errorf("certificate: -got +want:\n%s", diff)
	}
}

// The console tries the stack's own addresses first, then the others in their order, and its
// Content-Security-Policy allows all of them.
func TestOtherRegions(t *testing.T) {
	p := stackPlan(t, "everything")
	want := []any{
		map[string]any{"region": "eu-west-1", "websocketUrl": "wss://socket.example.com", "httpUrl": p.Outputs["httpUrl"]},
		map[string]any{
			"region": "eu-central-1", "websocketUrl": "wss://socket2.example.com",
			"httpUrl": "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
		},
		map[string]any{
			"region": "us-east-1", "websocketUrl": "wss://f6g7h8i9j0.execute-api.us-east-1.amazonaws.com/production",
			"httpUrl": "https://k1l2m3n4o5.execute-api.us-east-1.amazonaws.com",
		},
	}
	if diff := cmp.Diff(consoleConfig(t, p)["regions"], any(want)); diff != "" {
		t.Errorf("regions: -got +want:\n%s", diff)
	}
	headers := one(t, p, "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy")
	policy := headers.Inputs["securityHeadersConfig"].(map[string]any)["contentSecurityPolicy"].(map[string]any)["contentSecurityPolicy"].(string)
	const others = " wss://socket2.example.com https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com" +
		" wss://f6g7h8i9j0.execute-api.us-east-1.amazonaws.com https://k1l2m3n4o5.execute-api.us-east-1.amazonaws.com;"
	if !strings.Contains(policy, others) {
		t.Errorf("connect-src: got %s, want %q in it", policy, others)
	}
	if got := consoleConfig(t, stackPlan(t, "dev"))["regions"]; got != nil {
		t.Errorf("without otherRegions: got regions %v, want none", got)
	}
}

func TestEverythingIsOn(t *testing.T) {
	p := stackPlan(t, "everything")
	function, table := one(t, p, "aws:lambda/function:Function"), named(t, p, "aws:dynamodb/table:Table", "connections")
	client := named(t, p, "aws:cognito/userPoolClient:UserPoolClient", "console")
	variables := environment(t, p)
	for name, pair := range map[string][2]any{
		"required scope":  {variables["REQUIRED_SCOPE"], "openid"},
		"scope":           {client.Get("allowedOauthScopes"), []any{"openid", "profile", "email"}},
		"claims":          {variables["CLAIMS"], "email,cognito:groups"},
		"missing origin":  {variables["MISSING_ORIGIN"], "refuse"},
		"second issuer":   {variables["SECOND_ISSUER"], "https://id.example.com/realms/old"},
		"second audience": {variables["SECOND_AUDIENCE"], "chat"},
		"cap":             {variables["CONNECTIONS_PER_USER"], "5"},
		"over cap":        {variables["OVER_CAP"], "newest"},
		"bytes":           {variables["MESSAGE_BYTES"], "4096"},
		"per minute":      {variables["MESSAGES_PER_MINUTE"], "120"},
		"sweep":           {one(t, p, "aws:cloudwatch/eventRule:EventRule").Get("scheduleExpression"), "rate(1 minute)"},
		"concurrency":     {function.Get("reservedConcurrentExecutions"), 50.0},
		"memory":          {function.Get("memorySize"), 512.0},
		"tracing":         {function.Get("tracingConfig"), map[string]any{"mode": "Active"}},
		"metrics":         {variables[env.Metrics], "sallyport-everything-o7097wq2ar"},
		"origins":         {variables[env.AllowedOrigins], "https://chat.example.com https://app.example.com"},
		"protection":      {table.Get("deletionProtectionEnabled"), true},
		"protected":       {table.Protected, true},
		"encryption":      {table.Get("serverSideEncryption"), map[string]any{"enabled": true}},
		"pool":            {one(t, p, "aws:cognito/userPool:UserPool").Get("deletionProtection"), "ACTIVE"},
		"pool protected":  {one(t, p, "aws:cognito/userPool:UserPool").Protected, true},
		"boundary":        {named(t, p, "aws:iam/role:Role", "function").Get("permissionsBoundary"), "arn:aws:iam::111122223333:policy/boundary"},
		"boundary, logs":  {named(t, p, "aws:iam/role:Role", "gateway-logs").Get("permissionsBoundary"), "arn:aws:iam::111122223333:policy/boundary"},
		"backups":         {table.Get("pointInTimeRecovery"), map[string]any{"enabled": true}},
		"minutes":         {client.Get("accessTokenValidity"), 15.0},
		"days":            {client.Get("refreshTokenValidity"), 30.0},
		"tags":            {table.Get("tags"), map[string]any{"Project": "sallyport", "Stack": "everything", "Team": "chat", "CostCenter": "4711"}},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s: -got +want:\n%s", name, diff)
		}
	}
	var names []string
	for _, r := range p.OfType("aws:cloudwatch/metricAlarm:MetricAlarm") {
		names = append(names, r.Name)
	}
	compare(t, "alarms", names, []string{"errors", "crashes", "throttles", "slow", "authorizer", "push", "tickets", "dead-letters", "queue"})
	account := one(t, p, "aws:apigateway/account:Account")
	stage := named(t, p, "aws:apigatewayv2/stage:Stage", "stage")
	if !account.Stays || !slices.Contains(stage.After, account.Type+" "+account.Name) {
		t.Errorf("got an account setting that stays: %v, and a stage after %v, want the setting to stay, and the stage after it", account.Stays, stage.After)
	}
}

// By default, the optional parts do not exist.
func TestOptionsAreOffByDefault(t *testing.T) {
	p := stackPlan(t, "dev")
	for _, typ := range []string{
		"aws:apigateway/account:Account", "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:sns/topic:Topic",
		"aws:budgets/budget:Budget", "aws:apigatewayv2/domainName:DomainName", "aws:apigatewayv2/apiMapping:ApiMapping",
	} {
		if rs := p.OfType(typ); len(rs) > 0 {
			t.Errorf("got %d of type %s, want none", len(rs), typ)
		}
	}
	for _, r := range p.Resources {
		if r.Stays || r.Protected {
			t.Errorf("%s %s remains when the stack is destroyed, or prevents it", r.Type, r.Name)
		}
		if r.Get("permissionsBoundary") != nil {
			t.Errorf("%s %s has a boundary", r.Type, r.Name)
		}
	}
	// The plan has the value false, so that a stack can go back to the free key.
	for _, r := range p.OfType("aws:dynamodb/table:Table") {
		if diff := cmp.Diff(r.Get("serverSideEncryption"), any(map[string]any{"enabled": false})); diff != "" {
			t.Errorf("%s: encryption: -got +want:\n%s", r.Name, diff)
		}
	}
}

// A part that is off has no address, permission or variable.
func TestLeast(t *testing.T) {
	p := stackPlan(t, "least")
	for _, typ := range []string{
		"aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget", "aws:cloudwatch/dashboard:Dashboard",
		"sallyport:infra:HTTPAPI", "sallyport:infra:Endpoints", "sallyport:infra:Tickets", "sallyport:infra:Sweep",
	} {
		if rs := p.OfType(typ); len(rs) > 0 {
			t.Errorf("got %d of type %s, want none", len(rs), typ)
		}
	}
	one(t, p, "aws:apigatewayv2/api:Api")
	one(t, p, "aws:apigatewayv2/stage:Stage")
	var tables []string
	for _, r := range p.OfType("aws:dynamodb/table:Table") {
		tables = append(tables, r.Name)
	}
	compare(t, "tables", tables, []string{"connections", "channels"})    // lambda/app has namespaces
	s := strings.ReplaceAll(string(encode(t, p)), "TICKET_IN_QUERY", "") // this setting is off
	if strings.Contains(strings.ToLower(s), "ticket") || strings.Contains(s, "httpUrl") || strings.Contains(s, "events.amazonaws.com") || strings.Contains(s, "byExpiry") {
		t.Error("the plan mentions tickets, the HTTP API, or the sweep or its index")
	}
	if got := environment(t, p)["SECOND_ISSUER"]; got != nil {
		t.Errorf("got the second issuer %v, want none", got)
	}
}

// The program refuses settings with which a deployment would fail halfway.
func TestProgramRefuses(t *testing.T) {
	tests := map[string]struct{ stack, line, want string }{
		"stackName":   {"Dev_1", "stageName: live", `stack "Dev_1": want 1 to 30 lower-case letters`},
		"origins":     {"dev", "signInOrigins: [https://" + strings.Repeat("a", 60) + ".example.com" + strings.Repeat(", https://"+strings.Repeat("b", 60)+".example.com", 20) + "]\n  sallyport:issuer: https://id.example.com\n  sallyport:clientId: c", "the site's Content-Security-Policy may have 1783 characters, and with all origins it could have"},
		"china":       {"dev", "aws:region: cn-north-1", "region cn-north-1 belongs to the partition aws-cn: want a region of the partition aws, such as eu-west-1"},
		"government":  {"dev", "aws:region: us-gov-west-1", "region us-gov-west-1 belongs to the partition aws-us-gov"},
		"sovereign":   {"dev", "aws:region: eusc-de-east-1", "region eusc-de-east-1 belongs to the partition aws-eusc"},
		"certificate": {"dev", "siteCertificate: arn:aws:acm:eu-west-1:111122223333:certificate/1", "must be the ARN of an ACM certificate in us-east-1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "Pulumi.yaml")
			if !strings.HasPrefix(test.line, "aws:") {
				test.line = "aws:region: eu-west-1\n  sallyport:" + test.line
			}
			if err := os.WriteFile(path, []byte("config:\n  "+test.line+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := runStack(t, test.stack, path)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}
