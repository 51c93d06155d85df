package infra

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sallyport/infra/plan"
	"sallyport/lambda/setting"
)

// replacing has the inputs that settings can change, directly or because another resource is
// replaced, and whether a change replaces the resource. The keys are the type without its
// prefix, and the input.
//
// The source is the provider on which pulumi-aws is built,
// github.com/hashicorp/terraform-provider-aws: whether the attribute has ForceNew, or
// RequiresReplace in user_pool_client.go. Each line has the file in internal/service;
// docs/upgrades.md has the versions. provider/resource_overrides.go of pulumi-aws sets ForceNew
// for none of these types. The functions CustomizeDiff of these files replace a resource for
// other attributes only, such as restore_source_name of a table.
var replacing = map[string]bool{
	// apigatewayv2/{api_mapping,authorizer,domain_name,integration,stage}.go
	"ApiMapping domainName": true, "Authorizer authorizerUri": false, "Authorizer identitySources": false, "DomainName domainName": true,
	"DomainName domainNameConfiguration": false, "Integration integrationUri": false, "Stage accessLogSettings": false,
	"Stage defaultRouteSettings": false, "Stage name": true,
	// lambda/{event_source_mapping,function,permission}.go
	"EventSourceMapping functionName": false, "EventSourceMapping scalingConfig": false, "Function environment": false,
	"Function memorySize": false, "Function publish": false, "Function reservedConcurrentExecutions": false, "Function timeout": false,
	"Function tracingConfig": false, "Permission qualifier": true, "Permission sourceArn": true,
	// cognitoidp/{user_pool,user_pool_client,user_pool_domain}.go
	"UserPool accountRecoverySetting": false, "UserPool adminCreateUserConfig": false, "UserPool autoVerifiedAttributes": false,
	"UserPool deletionProtection": false, "UserPoolClient accessTokenValidity": false, "UserPoolClient allowedOauthScopes": false,
	"UserPoolClient callbackUrls": false, "UserPoolClient idTokenValidity": false, "UserPoolClient logoutUrls": false,
	"UserPoolClient refreshTokenValidity": false, "UserPoolClient userPoolId": true, "UserPoolDomain domain": true,
	"UserPoolDomain userPoolId": true,
	// cloudfront/{distribution,response_headers_policy}.go and wafv2/web_acl.go
	"Distribution aliases": false, "Distribution customErrorResponses": false, "Distribution orderedCacheBehaviors": false,
	"Distribution origins": false, "Distribution priceClass": false, "Distribution viewerCertificate": false, "Distribution webAclId": false,
	"ResponseHeadersPolicy securityHeadersConfig": false, "WebAcl rules": false,
	// dynamodb/table.go, s3/{bucket_policy,object}.go and sqs/queue.go
	"BucketObjectv2 content": false, "BucketPolicy policy": false, "Queue visibilityTimeoutSeconds": false, "Table attributes": false,
	"Table deletionProtectionEnabled": false, "Table globalSecondaryIndexes": false, "Table pointInTimeRecovery": false,
	"Table serverSideEncryption": false,
	// budgets/budget.go, cloudwatch/dashboard.go, events/target.go, logs/group.go and
	// sns/topic_subscription.go
	"Budget limitAmount": false, "Dashboard dashboardBody": false, "EventTarget arn": false, "LogGroup retentionInDays": false,
	"TopicSubscription endpoint": true,
	// iam/{role,role_policy}.go
	"Role permissionsBoundary": false, "RolePolicy policy": false,
}

// change is a change of one setting. with has the other settings that it needs.
type change struct{ with, from, to string }

const (
	ownIssuer = "issuer: https://id.example.com; clientId: c; signInOrigins: [https://id.example.com]"
	aSecret   = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	oneDomain = "oneDomain: true; originSecrets: [" + aSecret + "]"
	first     = "arn:aws:acm:eu-west-1:111122223333:certificate/1"
	second    = "arn:aws:acm:eu-west-1:111122223333:certificate/2"
)

// changes are the changes of the settings whose second value does not follow from the
// default, or that need other settings.
var changes = map[string]change{
	"allowedOrigins":          {to: "[https://app.example.com]"},
	"issuer":                  {with: "", from: "", to: "https://id.example.com; clientId: c; signInOrigins: [https://id.example.com]"},
	"clientId":                {with: "issuer: https://id.example.com; signInOrigins: [https://id.example.com]", from: "c", to: "d"},
	"audience":                {with: ownIssuer, from: "a", to: "b"},
	"scope":                   {to: "openid email"},
	"authorizationParameters": {to: "{lang: de}"},
	"signOutUrl":              {with: ownIssuer, to: "https://id.example.com/logout"},
	"signOutIdToken":          {with: ownIssuer, to: "true"},
	"signInOrigins":           {with: "issuer: https://id.example.com; clientId: c", from: "[https://id.example.com]", to: "[https://x.example.com]"},
	"requiredScope":           {to: "openid"},
	"claims":                  {to: "[email]"},
	"secondIssuer":            {with: "secondAudience: a", from: "https://id.example.com", to: "https://x.example.com"},
	"secondAudience":          {with: "secondIssuer: https://x.example.com", from: "a", to: "b"},
	"alarmEmail":              {from: "ops@example.com", to: "other@example.com"},
	"monthlyBudget":           {with: "alarmEmail: ops@example.com", from: "10", to: "20"},
	"stageName":               {to: "production"},
	"apiDomain":               {with: "apiCertificate: " + first, from: "a.example.com", to: "b.example.com"},
	"apiCertificate":          {with: "apiDomain: a.example.com", from: first, to: second},
	"siteDomain":              {with: "siteCertificate: " + inCloudFront(first), from: "a.example.com", to: "b.example.com"},
	"siteCertificate":         {with: "siteDomain: a.example.com", from: inCloudFront(first), to: inCloudFront(second)},
	"permissionsBoundary":     {to: "arn:aws:iam::111122223333:policy/boundary"},
	"missingOrigin":           {to: "refuse"},
	"connectionsOverCap":      {to: "newest"},
	"logLevel":                {to: "warn"},
	"logRetentionDays":        {to: "60"},
	"priceClass":              {to: "PriceClass_All"},
	"tableEncryption":         {to: "aws-managed"},
	"sweepMinutes":            {to: "0"},
	"messageBytes":            {to: "4096"},
	"reservedConcurrency":     {to: "50"},
	"tags":                    {to: "{Team: chat}"},
	"otherRegions":            {to: "[eu-central-1 wss://b.example.com https://c.example.com]"},
	"oneDomain":               {to: strings.TrimPrefix(oneDomain, "oneDomain: ")},
	"originSecrets":           {with: "oneDomain: true", from: "[" + aSecret + "]", to: "[" + aSecret + ", " + aSecret + "B]"},
	"sessionCookie":           {with: oneDomain, to: "true"},
	"firewall":                {with: oneDomain, to: "true"},
	"firewallRate":            {with: oneDomain + "; firewall: true", from: "1000", to: "2000"},
}

func inCloudFront(certificate string) string {
	return strings.Replace(certificate, "eu-west-1", "us-east-1", 1)
}

// changeOf returns the change of a setting.
func changeOf(t *testing.T, name, value string) change {
	t.Helper()
	if c, ok := changes[name]; ok {
		return c
	}
	switch n, err := strconv.Atoi(value); {
	case value == "true":
		return change{to: "false"}
	case value == "false":
		return change{to: "true"}
	case err == nil:
		return change{to: strconv.Itoa(n + 1)}
	}
	t.Fatalf("the setting %s has the default %q: add a change of it to changes", name, value)
	return change{}
}

// planWith returns the plan of a stack with settings: "name: value; name: value".
func planWith(t *testing.T, settings ...string) plan.Plan {
	t.Helper()
	text := "config:\n  aws:region: eu-west-1\n"
	for _, line := range strings.Split(strings.Join(settings, "; "), "; ") {
		if line != "" {
			text += "  sallyport:" + line + "\n"
		}
	}
	path := filepath.Join(t.TempDir(), "Pulumi.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return run(t, "dev", path)
}

// effect is the effect of a change: the types of the resources that are replaced and deleted.
type effect struct{ replaced, deleted []string }

// effectOf compares two plans.
func effectOf(t *testing.T, before, after plan.Plan) effect {
	t.Helper()
	key := func(r plan.Resource) string { return r.Type + " " + r.Name }
	now := map[string]plan.Resource{}
	for _, r := range after.Resources {
		now[key(r)] = r
	}
	var e effect
	gone := map[string]bool{} // IDs that change
	for _, old := range before.Resources {
		r, ok := now[key(old)]
		switch {
		case !ok && old.ID != "":
			e.deleted = append(e.deleted, short(old.Type))
		case ok && replaces(t, old, r):
			e.replaced = append(e.replaced, short(old.Type))
			gone[old.ID] = true
		}
	}
	// A resource that uses the ID of a replaced one changes, too, and perhaps is replaced.
	for again := true; again; {
		again = false
		for _, r := range after.Resources {
			if r.ID != "" && !gone[r.ID] && usesReplaced(t, r, gone) {
				e.replaced = append(e.replaced, short(r.Type))
				gone[r.ID], again = true, true
			}
		}
	}
	return effect{unique(e.replaced), unique(e.deleted)}
}

func unique(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }

func short(typ string) string { return typ[strings.LastIndex(typ, ":")+1:] }

// replaces reports whether the provider replaces a resource to change its inputs.
func replaces(t *testing.T, old, now plan.Resource) bool {
	t.Helper()
	all := maps.Clone(old.Inputs)
	if all == nil {
		return false
	}
	maps.Copy(all, now.Inputs)
	found := false
	for input := range all {
		if !reflect.DeepEqual(old.Inputs[input], now.Inputs[input]) {
			found = inputReplaces(t, now, input) || found
		}
	}
	return found
}

func inputReplaces(t *testing.T, r plan.Resource, input string) bool {
	t.Helper()
	if input == "tags" || slices.Contains(r.ReplacedBy, input) {
		return input != "tags" // no resource is replaced for its tags
	}
	name := short(r.Type) + " " + input
	replaced, ok := replacing[name]
	if !ok {
		t.Errorf("a setting can change %s, which is not in replacing: look in the source of the provider, whether the attribute has ForceNew, and add it", name)
	}
	return replaced
}

// usesReplaced reports whether a resource is replaced because it uses the ID of another
// resource that is replaced.
func usesReplaced(t *testing.T, r plan.Resource, gone map[string]bool) bool {
	t.Helper()
	found := false
	for input, value := range r.Inputs {
		text := string(encode(t, plan.Plan{Outputs: map[string]any{"value": value}}))
		for id := range gone {
			if len(id) >= 9 && strings.Contains(text, id) { // a shorter one is a name, whose change the inputs show
				found = inputReplaces(t, r, input) || found
			}
		}
	}
	return found
}

var upgradeRow = regexp.MustCompile("(?m)^\\| `(\\w+)`[^|]* \\| ([^|]+) \\| ([^|]+) \\|")

// documented returns the rows of the table in docs/upgrades.md.
func documented(t *testing.T) map[string]effect {
	t.Helper()
	text, err := os.ReadFile("../docs/upgrades.md")
	if err != nil {
		t.Fatal(err)
	}
	names := func(cell string) []string {
		if cell == "none" {
			return nil
		}
		return strings.Split(cell, ", ")
	}
	rows := map[string]effect{}
	for _, m := range upgradeRow.FindAllStringSubmatch(string(text), -1) {
		rows[m[1]] = effect{names(m[2]), names(m[3])}
	}
	return rows
}

// The table in docs/upgrades.md has every setting whose change replaces or deletes resources,
// with the types of these resources.
func TestReplacedResources(t *testing.T) {
	rows, defaults := documented(t), setting.Defaults()
	for _, name := range slices.Sorted(maps.Keys(defaults)) {
		c := changeOf(t, name, defaults[name])
		set := func(value string) string {
			if value == "" {
				return ""
			}
			return name + ": " + value
		}
		got := effectOf(t, planWith(t, c.with, set(c.from)), planWith(t, c.with, set(c.to)))
		if want := rows[name]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got replaced %v, deleted %v; docs/upgrades.md has replaced %v, deleted %v", name, got.replaced, got.deleted, want.replaced, want.deleted)
		}
		delete(rows, name)
	}
	for name := range rows {
		t.Errorf("docs/upgrades.md: there is no setting %s", name)
	}
}
