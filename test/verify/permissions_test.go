package main

import "testing"

// permission is an action of IAM that this program needs.
type permission struct {
	action   string
	resource string // in words, for docs/verification.md
	reason   string
}

// permissions are those that the AWS credentials need. docs/verification.md lists them. Tests
// check that list, and that they allow each call of the AWS CLI.
var permissions = []permission{
	{"cognito-idp:AdminCreateUser", "the user pool", "to create the temporary users"},
	{"cognito-idp:AdminSetUserPassword", "the user pool", "to set their passwords"},
	{"cognito-idp:AdminInitiateAuth", "the user pool", "to get their tokens"},
	{"cognito-idp:AdminDeleteUser", "the user pool", "to delete them"},
	{"lambda:InvokeFunction", "the function", "to push and to end connections, of the temporary users only"},
	{"lambda:GetFunctionConfiguration", "the function", "to compare its settings"},
	{"execute-api:ManageConnections", "the WebSocket API", "to post to the connections of the temporary users"},
	{"apigateway:GET", "the APIs", "to compare the throttles of their stages"},
	{"cloudwatch:DescribeAlarms", "all", "to find the alarms"},
	{"cloudwatch:ListDashboards", "all", "to find the dashboard"},
	{"wafv2:ListWebACLs", "all", "to find the web ACL of the firewall"},
	{"wafv2:GetWebACL", "the web ACL", "to compare its rate with the setting"},
	{"cloudfront:ListDistributionsByWebACLId", "all", "to find the site that it protects"},
	{"dynamodb:Query", "the table of channels", "to find the publications of this run"},
	{"dynamodb:BatchWriteItem", "the table of channels", "to delete them"},
}

// testPermissions checks that the permissions allow each operation that the AWS CLI called, and
// that each permission is needed. Calls of @connections do not reach the cloud.
func testPermissions(t *testing.T) {
	actions := map[string]string{
		"Invoke": "lambda:InvokeFunction", "GetStage": "apigateway:GET", "GetFunctionConfiguration": "lambda:GetFunctionConfiguration",
		"DescribeAlarms": "cloudwatch:DescribeAlarms", "ListDashboards": "cloudwatch:ListDashboards", "Query": "dynamodb:Query", "BatchWriteItem": "dynamodb:BatchWriteItem",
		"ListWebACLs": "wafv2:ListWebACLs", "GetWebACL": "wafv2:GetWebACL", "ListDistributionsByWebACLId": "cloudfront:ListDistributionsByWebACLId",
	}
	called := map[string]bool{"execute-api:ManageConnections": true}
	serviceCalls.Lock()
	defer serviceCalls.Unlock()
	for name := range serviceCalls.names {
		action, ok := actions[name]
		if !ok {
			action = "cognito-idp:" + name
		}
		called[action] = true
	}
	for _, r := range permissions {
		if !called[r.action] {
			t.Errorf("%s: got no call that needs it; calls %v", r.action, called)
		}
		delete(called, r.action)
	}
	for action := range called {
		t.Errorf("%s: got no permission for it", action)
	}
}
