package infra

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigateway"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// writeLogs is AWS's policy for the role with which API Gateway writes logs.
const writeLogs = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"

// accessLogLine is a line of the access log. Each variable is chosen: none of
// them can hold the query string or a header, where a token may be
// (specification 8.1).
//
// API Gateway pastes each value into the line as it is. So none of them is a
// text that someone else writes, in which a quotation mark would end the value
// and begin a field of that person's: no user's name
// ($context.authorizer.principalId), no error's text ($context.error.message,
// $context.authorizer.error). AWS has a quoted form of the second only,
// $context.error.messageString, and does not say what stands there when there is
// no error. The kind of error is one of AWS's words. Who it was is in the
// function's log: under gatewayRequestId stands requestId, under requestId
// authorizerRequestId.
var accessLogLine = map[string]string{
	"requestId":           "$context.requestId",
	"time":                "$context.requestTime",
	"eventType":           "$context.eventType",
	"routeKey":            "$context.routeKey",
	"status":              "$context.status",
	"connectionId":        "$context.connectionId",
	"sourceIp":            "$context.identity.sourceIp",
	"latency":             "$context.integrationLatency",
	"error":               "$context.error.responseType",
	"authorizerStatus":    "$context.authorizer.status",
	"authorizerRequestId": "$context.authorizer.requestId",
}

// httpLogLine is a line of the HTTP API's access log. HTTP APIs know fewer
// variables than WebSocket APIs: no event and no connection. This one has no
// authorizer.
var httpLogLine = map[string]string{
	"requestId": "$context.requestId",
	"time":      "$context.requestTime",
	"routeKey":  "$context.routeKey",
	"status":    "$context.status",
	"sourceIp":  "$context.identity.sourceIp",
	"latency":   "$context.integrationLatency",
	"error":     "$context.error.responseType",
}

// accessLog declares the log of all connects and messages, and lets API Gateway
// write it. That takes a role, which is a setting of the whole account and
// region (specification 8). The setting stays when the stack goes, and so does
// the role: another API may rely on them by then.
func (c *webSocket) accessLog(ctx *pulumi.Context, s stack) (*apigatewayv2.StageAccessLogSettingsArgs, error) {
	logs, err := cloudwatch.NewLogGroup(ctx, "access", &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(s.LogRetentionDays),
		Tags:            s.tags,
	}, pulumi.Parent(c))
	if err != nil {
		return nil, err
	}
	stays := pulumi.RetainOnDelete(true)
	role, err := logRole(ctx, s, pulumi.Parent(c), stays)
	if err != nil {
		return nil, err
	}
	attached, err := iam.NewRolePolicyAttachment(ctx, "gateway-logs", &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String(writeLogs),
	}, pulumi.Parent(c), stays)
	if err != nil {
		return nil, err
	}
	account, err := apigateway.NewAccount(ctx, "gateway-logs", &apigateway.AccountArgs{
		CloudwatchRoleArn: role.Arn,
	}, pulumi.Parent(c), stays, pulumi.DependsOn([]pulumi.Resource{attached}))
	if err != nil {
		return nil, err
	}
	c.parts = append(c.parts, account)
	return &apigatewayv2.StageAccessLogSettingsArgs{
		DestinationArn: logs.Arn,
		Format:         pulumi.JSONMarshal(accessLogLine),
	}, nil
}

// logRole declares the role with which API Gateway writes logs. All stacks of
// the project in an account have one: since it stays, each would leave one more.
// Whoever comes later takes over the one that is there, as it is.
func logRole(ctx *pulumi.Context, s stack, opts ...pulumi.ResourceOption) (*iam.Role, error) {
	name := s.project + "-gateway-logs"
	found, err := iam.GetRoles(ctx, &iam.GetRolesArgs{NameRegex: pulumi.StringRef("^" + regexp.QuoteMeta(name) + "$")})
	if err != nil {
		return nil, fmt.Errorf("look for the role %s: %w", name, err)
	}
	if len(found.Names) > 0 {
		// The engine takes over only what is as it is declared, and does
		// nothing if the role is this stack's already.
		opts = append(opts, pulumi.Import(pulumi.ID(name)),
			pulumi.IgnoreChanges([]string{"assumeRolePolicy", "description", "permissionsBoundary", "tags", "tagsAll"}))
	}
	return iam.NewRole(ctx, "gateway-logs", &iam.RoleArgs{
		Name:                pulumi.String(name),
		Description:         pulumi.String("API Gateway writes logs, of all APIs in the account"),
		AssumeRolePolicy:    pulumi.JSONMarshal(assumeRole("apigateway.amazonaws.com")),
		PermissionsBoundary: s.boundary(),
		Tags:                s.tags,
	}, opts...)
}

// leaveAccessLog keeps the provider from taking a stage's access log away: it
// would send an empty AccessLogSettings, and AWS does not document what that
// does. The command that does it is documented: see docs/operations.md.
func (s stack) leaveAccessLog() pulumi.ResourceOption {
	if s.AccessLogs {
		return pulumi.IgnoreChanges(nil)
	}
	return pulumi.IgnoreChanges([]string{"accessLogSettings"})
}
