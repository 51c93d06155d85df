package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/setting"
)

// The functions of this file declare resources that several components have.

// protect returns the option that protects a resource from deletion if on is true.
// Otherwise the resource inherits the protection of its parent.
func protect(on bool) pulumi.ResourceOption {
	if on {
		return pulumi.Protect(true)
	}
	return pulumi.Composite()
}

// newLogGroup declares a log group. Pulumi names it if physical is nil.
func (s *stack) newLogGroup(ctx *pulumi.Context, name string, physical pulumi.StringPtrInput, parent pulumi.Resource) (*cloudwatch.LogGroup, error) {
	return cloudwatch.NewLogGroup(ctx, s.named(name), &cloudwatch.LogGroupArgs{
		Name:            physical,
		RetentionInDays: pulumi.Int(s.LogRetentionDays),
		Tags:            s.tags,
	}, pulumi.Parent(parent))
}

// newRole declares a role that an AWS service, such as "lambda.amazonaws.com", assumes.
// Pulumi names the role if physical is empty.
func (s *stack) newRole(ctx *pulumi.Context, name, physical, service, description string, opts ...pulumi.ResourceOption) (*iam.Role, error) {
	args := &iam.RoleArgs{
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.JSONMarshal(assumeRole(service)),
		Tags:             s.tags,
	}
	if physical != "" {
		args.Name = pulumi.String(physical)
	}
	if s.PermissionsBoundary != "" {
		args.PermissionsBoundary = pulumi.String(s.PermissionsBoundary)
	}
	return iam.NewRole(ctx, s.named(name), args, opts...)
}

// newTable declares a table whose rows expire. It completes args, which has the keys of
// the table.
func (s *stack) newTable(ctx *pulumi.Context, name string, args *dynamodb.TableArgs, opts ...pulumi.ResourceOption) (*dynamodb.Table, error) {
	args.BillingMode = pulumi.String("PAY_PER_REQUEST")
	args.Ttl = &dynamodb.TableTtlArgs{AttributeName: pulumi.String(expiresAt), Enabled: pulumi.Bool(true)}
	// DynamoDB encrypts every table (its guide, "Encryption at rest"). Enabled chooses
	// the account's key, otherwise the key that AWS owns.
	args.ServerSideEncryption = &dynamodb.TableServerSideEncryptionArgs{Enabled: pulumi.Bool(s.TableEncryption != setting.OwnedByAWS)}
	args.Tags = s.tags
	return dynamodb.NewTable(ctx, s.named(name), args, opts...)
}

// keyAttribute returns an attribute of a table's key. typ is "S" (string) or "N" (number).
func keyAttribute(name, typ string) *dynamodb.TableAttributeArgs {
	return &dynamodb.TableAttributeArgs{Name: pulumi.String(name), Type: pulumi.String(typ)}
}

// permit declares the permission of a service, such as "events.amazonaws.com", to call the
// function for source, an exact ARN.
func (c *function) permit(ctx *pulumi.Context, name, service string, source pulumi.StringInput, parent pulumi.Resource) (*lambda.Permission, error) {
	args := &lambda.PermissionArgs{
		Action:    pulumi.String("lambda:InvokeFunction"),
		Function:  c.Function.Name,
		Principal: pulumi.String(service),
		SourceArn: source,
	}
	opts := []pulumi.ResourceOption{pulumi.Parent(parent)}
	if c.Alias != nil {
		// A permission without the qualifier does not allow calls of the alias (Lambda's guide,
		// "Lambda function aliases"). Pulumi does not see the dependency, because the qualifier is a
		// plain text.
		args.Qualifier = pulumi.String(liveAlias)
		opts = append(opts, pulumi.DependsOn([]pulumi.Resource{c.Alias}))
	}
	return lambda.NewPermission(ctx, name, args, opts...)
}

// stage is the stage of an API, with its access log.
type stage struct {
	resource, name string            // of the resource in Pulumi, and of the stage
	logs           string            // name of the log group's resource
	line           map[string]string // a line of the access log
	api            *apigatewayv2.Api
	parts          []pulumi.Resource // must exist before the stage deploys
}

// logName returns the name of the access log, or nil if Pulumi names it. For the log of an HTTP
// API, AWS changes a resource policy of the account. It adds each log group to the policy, and
// never removes one. A policy that is full refuses new stages, except with log groups whose
// names begin with this prefix (api-gateway.md 13.3).
func (g stage) logName(s *stack) pulumi.StringPtrInput {
	if g.name != defaultStage {
		return nil
	}
	return pulumi.Sprintf("/aws/vendedlogs/%s-%s-%s", s.name, g.logs, g.api.ID())
}

// declare declares the stage. It deploys changes automatically.
func (g stage) declare(ctx *pulumi.Context, s *stack, parent pulumi.Resource) (*apigatewayv2.Stage, error) {
	args := &apigatewayv2.StageArgs{
		ApiId:      g.api.ID(),
		Name:       pulumi.String(g.name),
		AutoDeploy: pulumi.Bool(true),
		// Both limits are set: a missing limit can become 0, which refuses every
		// connection with 429 (api-gateway.md 9).
		DefaultRouteSettings: &apigatewayv2.StageDefaultRouteSettingsArgs{
			ThrottlingRateLimit:  pulumi.Float64(s.ThrottleRate),
			ThrottlingBurstLimit: pulumi.Int(s.ThrottleBurst),
		},
		Tags: s.tags,
	}
	// Without this option, the provider would remove an access log by empty
	// AccessLogSettings, whose effect AWS does not document. docs/operations.md has the
	// command that removes an access log.
	ignored := []string{"accessLogSettings"}
	if s.AccessLogs {
		logs, err := s.newLogGroup(ctx, g.logs, g.logName(s), parent)
		if err != nil {
			return nil, fmt.Errorf("declare access log: %w", err)
		}
		args.AccessLogSettings = &apigatewayv2.StageAccessLogSettingsArgs{DestinationArn: logs.Arn, Format: pulumi.JSONMarshal(g.line)}
		ignored = nil
	}
	return apigatewayv2.NewStage(ctx, s.named(g.resource), args, pulumi.Parent(parent), pulumi.DependsOn(g.parts), pulumi.IgnoreChanges(ignored))
}
