package infra

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigateway"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// writeLogs is AWS's managed policy that lets API Gateway write logs.
const writeLogs = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"

// accessLogLine is a line of the access log. None of the variables can contain the
// query string or a header, where a token may be (api-gateway.md 8.1).
//
// API Gateway does not escape the values. A value that a client can influence could
// contain a quotation mark and forge further fields. Therefore the line has neither the
// user's name ($context.authorizer.principalId) nor the text of an error
// ($context.error.message, $context.authorizer.error). AWS has a quoted form of one of
// them, $context.error.messageString, but does not document its value without an error.
// AWS chooses error.responseType from a fixed list. The function's log has the user: its
// gatewayRequestId equals requestId, and its requestId equals authorizerRequestId.
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

// httpLogLine is a line of the HTTP API's access log. HTTP APIs have no variables for
// an event type or a connection, and this one has no authorizer.
var httpLogLine = map[string]string{
	"requestId": "$context.requestId",
	"time":      "$context.requestTime",
	"routeKey":  "$context.routeKey",
	"status":    "$context.status",
	"sourceIp":  "$context.identity.sourceIp",
	"latency":   "$context.integrationLatency",
	"error":     "$context.error.responseType",
}

// accountLogs declares the role with which API Gateway writes logs. The role is a setting
// of the whole account and region (api-gateway.md 8). The setting and the role stay when
// the stack is destroyed, because another API may use them by then.
func (s *stack) accountLogs(ctx *pulumi.Context, parent pulumi.Resource) (pulumi.Resource, error) {
	opts := []pulumi.ResourceOption{pulumi.Parent(parent), pulumi.RetainOnDelete(true)}
	role, err := s.logRole(ctx, parent, opts...)
	if err != nil {
		return nil, err
	}
	attached, err := iam.NewRolePolicyAttachment(ctx, "gateway-logs", &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String(writeLogs),
	}, opts...)
	if err != nil {
		return nil, err
	}
	return apigateway.NewAccount(ctx, "gateway-logs", &apigateway.AccountArgs{
		CloudwatchRoleArn: role.Arn,
	}, append(opts, pulumi.DependsOn([]pulumi.Resource{attached}))...)
}

// logRole declares the role with which API Gateway writes logs. All stacks of the
// project in an account share it: the role stays when a stack is destroyed, so each
// stack would leave another one. If the role exists, the stack imports it and does
// not change it.
func (s *stack) logRole(ctx *pulumi.Context, parent pulumi.Resource, opts ...pulumi.ResourceOption) (*iam.Role, error) {
	name := s.project + "-gateway-logs"
	found, err := iam.GetRoles(ctx, &iam.GetRolesArgs{NameRegex: pulumi.StringRef("^" + regexp.QuoteMeta(name) + "$")}, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("find the role %s: %w", name, err)
	}
	if len(found.Names) > 0 {
		// The engine imports a resource only if its inputs are those that the program
		// declares. The ignored inputs may differ. If the stack has the role already, the
		// engine ignores the import.
		opts = append(opts, pulumi.Import(pulumi.ID(name)),
			pulumi.IgnoreChanges([]string{"assumeRolePolicy", "description", "permissionsBoundary", "tags", "tagsAll"}))
	}
	return s.newRole(ctx, "gateway-logs", name, "apigateway.amazonaws.com", "Lets API Gateway write the logs of all APIs in the account", opts...)
}
