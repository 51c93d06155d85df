package infra

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/env"
	"sallyport/lambda/originsecret"
)

// function is the Lambda function: authorizer, routes, tickets, push and sweep.
type function struct {
	pulumi.ResourceState

	Function *lambda.Function
	// Alias is the alias that all callers use with the setting releaseByAlias. Otherwise it is
	// nil, and callers use the function itself.
	Alias *lambda.Alias
	Logs  *cloudwatch.LogGroup
	// ARN, the ARN with which API Gateway calls, and the name with which a backend invokes: of the
	// alias, or of the function if there is no alias.
	ARN, InvokeARN, InvokeName pulumi.StringOutput
}

// declare declares the function with a log group and a role of its own.
func (c *function) declare(ctx *pulumi.Context, s *stack) (err error) {
	if c.Logs, err = s.newLogGroup(ctx, "function", nil, c); err != nil {
		return fmt.Errorf("declare logs: %w", err)
	}
	role, granted, err := c.role(ctx, s)
	if err != nil {
		return fmt.Errorf("declare role: %w", err)
	}
	definition := &lambda.FunctionArgs{
		Description:   pulumi.String("Authorizer and routes of the WebSocket"),
		Runtime:       pulumi.String("provided.al2023"),
		Architectures: pulumi.ToStringArray([]string{"arm64"}),
		Handler:       pulumi.String("bootstrap"),
		Code:          pulumi.NewFileArchive(s.Zip),
		Role:          role.Arn,
		MemorySize:    pulumi.Int(s.Memory),
		Timeout:       pulumi.Int(s.Timeout),
		Environment:   &lambda.FunctionEnvironmentArgs{Variables: s.variables()},
		// The function writes lines in JSON. With "Text", Lambda does not change them, so
		// that CloudWatch finds the metrics (its guide, "Embedded metric format").
		LoggingConfig: &lambda.FunctionLoggingConfigArgs{LogFormat: pulumi.String("Text"), LogGroup: c.Logs.Name},
		Tags:          s.tags,
	}
	if s.ReservedConcurrency > 0 { // with 0, the function would never run
		definition.ReservedConcurrentExecutions = pulumi.Int(s.ReservedConcurrency)
	}
	if s.Tracing {
		definition.TracingConfig = &lambda.FunctionTracingConfigArgs{Mode: pulumi.String("Active")}
	}
	if s.ReleaseByAlias {
		definition.Publish = pulumi.Bool(true)
	}
	c.Function, err = lambda.NewFunction(ctx, s.named("function"), definition, pulumi.Parent(c), pulumi.DependsOn([]pulumi.Resource{granted}))
	if err != nil {
		return err
	}
	c.ARN, c.InvokeARN, c.InvokeName = c.Function.Arn, c.Function.InvokeArn, c.Function.Name
	if !s.ReleaseByAlias {
		return nil
	}
	return c.alias(ctx, s)
}

// role declares the function's role and its policy.
func (c *function) role(ctx *pulumi.Context, s *stack) (*iam.Role, *iam.RolePolicy, error) {
	role, err := s.newRole(ctx, "function", "", "lambda.amazonaws.com", "Permissions of the WebSocket's function", pulumi.Parent(c))
	if err != nil {
		return nil, nil, err
	}
	none := pulumi.String("").ToStringOutput()
	tickets, channels, queue := none, none, none
	indexes := []string{userIDIndex, userIndex}
	if s.SweepMinutes > 0 {
		indexes = append(indexes, expiryIndex)
	}
	if s.Tickets {
		tickets = s.tickets.Table.Arn
	}
	if s.hasChannels {
		channels, queue = s.channels.Table.Arn, s.channels.Queue.Arn
	}
	granted, err := iam.NewRolePolicy(ctx, s.named("function"), &iam.RolePolicyArgs{
		Role: role.Name,
		Policy: policy(func(arn []string) document {
			return functionPolicy(functionResources{
				LogGroup: arn[0], Table: arn[1], Indexes: indexes, Stage: arn[2],
				Tickets: arn[3], Channels: arn[4], Queue: arn[5], Tracing: s.Tracing,
			})
		}, c.Logs.Arn, s.connections.Table.Arn, s.api.StageARN, tickets, channels, queue),
	}, pulumi.Parent(c))
	return role, granted, err
}

// variables returns the environment variables that env.Parse reads in the function. None of
// them is a secret, because all users that may read the function's configuration see them.
func (s *stack) variables() pulumi.StringMap {
	variables := pulumi.ToStringMap(s.Environment())
	maps.Copy(variables, pulumi.StringMap{
		env.TableName:      s.connections.Table.Name,
		env.UserIDIndex:    pulumi.String(userIDIndex),
		env.UserIndex:      pulumi.String(userIndex),
		env.ConnectionsURL: s.api.ConnectionsURL,
		env.Issuer:         s.signIn.Issuer,
		env.Audience:       s.console.Audience,
		env.UserClaims:     pulumi.String(s.signIn.UserClaims),
		env.AllowedOrigins: pulumi.Sprintf("%s%s", s.site.URL, strings.Join(append([]string{""}, s.AllowedOrigins...), " ")),
	})
	if s.SweepMinutes > 0 {
		variables[env.ExpiryIndex] = pulumi.String(expiryIndex)
	}
	if s.Tickets {
		variables[env.TicketTableName] = s.tickets.Table.Name
	}
	if s.console.Tools != nil {
		variables[env.ToolAudience] = s.console.Tools.ID().ToStringOutput()
	}
	if s.Metrics {
		variables[env.Metrics] = s.uniqueName()
	}
	if s.OneDomain {
		if s.AccessLogs {
			variables[env.LogAddress] = pulumi.String("true")
		}
		variables[env.OriginSecrets] = pulumi.String(originsecret.Sums(s.OriginSecrets))
	}
	if s.hasChannels {
		variables[env.ChannelTableName], variables[env.QueueURL] = s.channels.Table.Name, s.channels.Queue.Url
		variables[env.QueueConcurrency] = pulumi.String(strconv.Itoa(s.QueueConcurrency))
	}
	return variables
}
