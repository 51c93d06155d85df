package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/test/support"
)

// deployed are outputs of a stack with channels and tickets.
var deployed = map[string]string{
	"region": "eu-west-1", "functionName": "sallyport-dev-function-1a2b3c4", "tableName": "t", "ticketTableName": "tickets", "channelTableName": "channels",
	"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/q.fifo", "bucketName": "sallyport-dev-site-1a2b3c4", "siteUrl": "https://d1.cloudfront.net",
	"connectionsUrl": "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/live", "websocketUrl": "wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/live",
	"httpUrl": "https://f6g7h8i9j0.execute-api.eu-west-1.amazonaws.com", "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool1",
	"userPoolId": "eu-west-1_Pool1", "clientId": "console1", "toolClientId": "tools1",
}

const (
	withEmail = `{"sallyport:alarmEmail":{"value":"ops@example.com","secret":false},"aws:region":{"value":"eu-west-1","secret":false}}`
	onService = "^(sign-in|operations|unsigned)/[^c]" // without those at connectionsUrl
)

// serviceCalls are the operations that the tests of this package have seen.
var serviceCalls struct {
	sync.Mutex
	names map[string]bool
}

// note adds the calls of a cloud to serviceCalls.
func (c *cloud) note() {
	c.mu.Lock()
	defer c.mu.Unlock()
	serviceCalls.Lock()
	defer serviceCalls.Unlock()
	if serviceCalls.names == nil {
		serviceCalls.names = map[string]bool{}
	}
	maps.Copy(serviceCalls.names, c.calls)
}

// TestStack verifies a stack with the real AWS CLI. Its parts together make each call for which
// package main lists a permission.
func TestStack(t *testing.T) {
	t.Run("services", testServices)
	t.Run("firewall", testFirewall)
	t.Run("system", testSystem)
	t.Run("permissions", testPermissions)
}

// testServices verifies the parts of a stack that the local run does not have.
func testServices(t *testing.T) {
	t.Chdir(root)
	c := newCloud(t)
	r := verified(t, t.Context(), c.stack(t, deployed, withEmail), "-conformance=false", "-only", onService+"|^unsigned/channelTable")
	if r.wantPrivate(t, "ops@example.com"); r.code != 0 {
		t.Errorf("got exit code %d, want 0:\n%s", r.code, r.output)
	}
	c.wantClean(t)
	for _, text := range []string{"| Pulumi | v3.200.0 |", "| settings that are not the defaults | alarmEmail |", "## Publish this report"} {
		if !strings.Contains(r.report, text) {
			t.Errorf("the report has no %q:\n%s", text, r.report)
		}
	}
	c.note()
}

// TestServiceFaults verifies them with one fault at a time.
func TestServiceFaults(t *testing.T) {
	t.Chdir(root)
	for name, test := range map[string]struct {
		change func(c *cloud)
		only   string
		rows   []string // that differ
	}{
		"missingAlarm":  {func(c *cloud) { c.alarms = c.alarms[1:] }, "operations/alarms", []string{"operations/alarms"}},
		"silentAlarm":   {func(c *cloud) { c.silent = "errors" }, "operations/alarms", []string{"operations/alarms"}},
		"noDashboard":   {func(c *cloud) { c.dashboards = 0 }, "operations/dashboard", []string{"operations/dashboard"}},
		"otherThrottle": {func(c *cloud) { c.rate = 0 }, "operations/throttle", []string{"operations/throttle", "operations/throttleHTTP"}},
		"otherVariable": {func(c *cloud) { c.variables["TOKEN_IN_QUERY"] = "true" }, "operations/function", []string{"operations/function"}},
		"openTable":     {func(c *cloud) { c.open = "Scan" }, "unsigned/[^c]|channelTable", []string{"unsigned/channelTable", "unsigned/table", "unsigned/ticketTable"}},
		"openBucket":    {func(c *cloud) { c.open = "GetObject" }, "unsigned/[^c]", []string{"unsigned/bucket", "unsigned/bucketList"}},
		"openQueue":     {func(c *cloud) { c.open = "ReceiveMessage" }, "unsigned/[^c]", []string{"unsigned/queue"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			test.change(c)
			wantDifferences(t, verified(t, t.Context(), c.external(t, withEmail), "-conformance=false", "-only", test.only), test.rows...)
		})
	}
}

// TestOneDomainServices verifies the HTTP API of a stack with one domain. No output has its ID.
func TestOneDomainServices(t *testing.T) {
	t.Chdir(root)
	const only = "operations/throttleHTTP|refusals/httpBypass"
	c := newCloud(t)
	environ := c.external(t, withEmail, "httpUrl", deployed["siteUrl"], "websocketUrl", "wss://d1.cloudfront.net/live")
	r := verified(t, t.Context(), environ, "-conformance=false", "-only", only)
	if r.code != 0 || r.table("refusals/httpBypass") != "As expected" || r.table("operations/throttleHTTP") != "As expected" {
		t.Errorf("got exit code %d, want 0:\n%s", r.code, r.output)
	}
	c.mu.Lock()
	c.open = "PostTickets"
	c.mu.Unlock()
	wantDifferences(t, verified(t, t.Context(), environ, "-conformance=false", "-only", only), "refusals/httpBypass")
}

// external returns the environment for a stack with an external issuer, with the token of a user.
// others are pairs of the name and the value of other outputs.
func (c *cloud) external(t *testing.T, config string, others ...string) []string {
	t.Helper()
	outputs := maps.Clone(deployed)
	delete(outputs, "userPoolId")
	for i := 0; i+1 < len(others); i += 2 {
		outputs[others[i]] = others[i+1]
	}
	return append(c.stack(t, outputs, config), "SALLYPORT_TOKEN=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln")
}

// TestNoPermission checks that a missing permission is not a difference.
func TestNoPermission(t *testing.T) {
	t.Chdir(root)
	c := newCloud(t)
	c.fail["DescribeAlarms"] = "AccessDenied"
	r := verified(t, t.Context(), c.external(t, withEmail), "-conformance=false", "-only", "operations/alarms")
	if want := "not checked: the AWS credentials lack the permission for DescribeAlarms"; r.code != 2 || !strings.Contains(r.output, want) || r.table("operations/alarms") != "Not checked" {
		t.Errorf("got exit code %d, want 2 and %q:\n%s", r.code, want, r.output)
	}
}

// wantClean checks that no user is left.
func (c *cloud) wantClean(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.users) > 0 {
		t.Errorf("got the users %v after the run, want none", slices.Collect(maps.Keys(c.users)))
	}
}

// TestCleanUp checks that a run deletes the users, or reports them, no matter how it ends.
func TestCleanUp(t *testing.T) {
	t.Chdir(root)
	for name, test := range map[string]struct {
		fail map[string]string
		stop string // the operation during which the user presses Ctrl+C
		left bool
		want string
	}{
		"passwordRefused": {map[string]string{"AdminSetUserPassword": "InvalidPasswordException"}, "", false, "cannot sign in: InvalidPasswordException"},
		"noPermission":    {map[string]string{"AdminCreateUser": "AccessDeniedException"}, "", false, "the AWS credentials lack the permission for AdminCreateUser"},
		"early":           {nil, "AdminSetUserPassword", false, "the run was interrupted"},
		"notDeleted":      {map[string]string{"AdminDeleteUser": "InternalErrorException"}, "", true, "delete it yourself: aws cognito-idp admin-delete-user --region eu-west-1 --user-pool-id $(pulumi stack output userPoolId) --username verify-"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if test.fail != nil {
				c.fail = test.fail
			}
			c.on = func(operation string) {
				if operation == test.stop {
					cancel()
				}
			}
			r := verified(t, ctx, c.stack(t, deployed, withEmail), "-conformance=false", "-only", "^operations/alarms")
			if r.code != 2 || !strings.Contains(r.output, test.want) {
				t.Errorf("got exit code %d, want 2 and %q:\n%s", r.code, test.want, r.output)
			}
			r.wantPrivate(t)
			if !test.left {
				c.wantClean(t)
			} else if !strings.Contains(r.report, "**Not deleted**: user verify-") {
				t.Errorf("the report names no user:\n%s", r.report)
			}
		})
	}
}

// TestExternalIssuer checks that a stack with an external issuer needs a token.
func TestExternalIssuer(t *testing.T) {
	t.Chdir(root)
	environ := append(newCloud(t).external(t, `{}`), "SALLYPORT_TOKEN=")
	r := verified(t, t.Context(), environ, "-conformance=false", "-only", "^operations/")
	if want := "set SALLYPORT_TOKEN, and SALLYPORT_SECOND_TOKEN"; r.code != 2 || !strings.Contains(r.output, want) {
		t.Errorf("got exit code %d, want 2 and %q:\n%s", r.code, want, r.output)
	}
}

// TestSlowNeedsLongTokens checks that a run with -slow does not begin with a token that expires
// before its end.
func TestSlowNeedsLongTokens(t *testing.T) {
	t.Chdir(root)
	for minutes, want := range map[int]string{5: "a token expires in ", 120: "1 as expected"} {
		claims := fmt.Sprintf(`{"sub":"ann","exp":%d}`, time.Now().Add(time.Duration(minutes)*time.Minute).Unix())
		environ := append(newCloud(t).external(t, withEmail), "SALLYPORT_TOKEN=eyJhbGciOiJSUzI1NiJ9."+base64.RawURLEncoding.EncodeToString([]byte(claims))+".c2ln")
		r := verified(t, t.Context(), environ, "-conformance=false", "-slow", "-only", "operations/alarms")
		if !strings.Contains(r.output, want) || (r.code == 0) != (minutes > 5) {
			t.Errorf("%d minutes: got exit code %d and %s\nwant %q", minutes, r.code, r.output, want)
		}
	}
}

// testSystem verifies a stack whose APIs and tables are those of a local run, and deletes the
// publications from the table.
func testSystem(t *testing.T) {
	local := startLocal(t)
	c := newCloud(t)
	c.local = local
	outputs := outputsOf(t, local)
	outputs["userPoolId"], outputs["toolClientId"] = deployed["userPoolId"], deployed["toolClientId"]
	r := verified(t, t.Context(), c.stack(t, outputs, `{}`), "-conformance=false", "-only", "^(sign-in/temporaryUser|tickets/issue|push/(sub|connectionsApi)|channels/(publish|history))")
	if r.code != 0 {
		t.Errorf("got exit code %d, want 0:\n%s", r.code, r.output)
	}
	r.wantPrivate(t, local.Key.SecretAccessKey)
	c.wantClean(t)
	c.note()
	if items := scan(t, local.TableURL, outputs["channelTableName"]); strings.Contains(items, `"stream/`) || strings.Contains(items, `"batch/`) {
		t.Errorf("got the items %s, want none of the channels of the run", items)
	}
}

// scan returns the items of a table.
func scan(t *testing.T, address, table string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(`{"TableName":"`+table+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header("Content-Type", "application/x-amz-json-1.0", "X-Amz-Target", "DynamoDB_20120810.Scan",
		"X-Amz-Date", "20260101T000000Z", "Authorization", "AWS4-HMAC-SHA256 Credential=AKIALOCAL/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
	client := &http.Client{Timeout: support.HangLimit, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var body bytes.Buffer
	if _, err := io.Copy(&body, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("scan: got %s %s, error %v", resp.Status, body.String(), err)
	}
	return body.String()
}
