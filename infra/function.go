package infra

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/env"
)

// function is the one Lambda: authorizer, routes, tickets, push and sweep.
type function struct {
	pulumi.ResourceState

	Function *lambda.Function
	Logs     *cloudwatch.LogGroup
}

type functionArgs struct {
	API         *api
	SignIn      *signIn
	Site        *site
	Console     *console
	Connections *connections
	Tickets     *tickets // nil without tickets
}

// newFunction declares the Lambda with a log group and a role of its own.
func newFunction(ctx *pulumi.Context, s stack, args functionArgs) (*function, error) {
	c := &function{}
	if err := component(ctx, c, "Function", "function"); err != nil {
		return nil, err
	}
	logs, err := cloudwatch.NewLogGroup(ctx, "function", &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(s.LogRetentionDays),
		Tags:            s.tags,
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("declare function's logs: %w", err)
	}
	role, granted, err := c.role(ctx, s, args, logs)
	if err != nil {
		return nil, fmt.Errorf("declare function's role: %w", err)
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
		Environment:   &lambda.FunctionEnvironmentArgs{Variables: args.environment(s)},
		// The function writes lines in JSON. CloudWatch finds the metrics only in
		// unchanged lines.
		LoggingConfig: &lambda.FunctionLoggingConfigArgs{LogFormat: pulumi.String("Text"), LogGroup: logs.Name},
		Tags:          s.tags,
	}
	if s.ReservedConcurrency > 0 { // with 0, the function would never run
		definition.ReservedConcurrentExecutions = pulumi.Int(s.ReservedConcurrency)
	}
	if s.Tracing {
		definition.TracingConfig = &lambda.FunctionTracingConfigArgs{Mode: pulumi.String("Active")}
	}
	c.Logs = logs
	c.Function, err = lambda.NewFunction(ctx, "function", definition, pulumi.Parent(c), pulumi.DependsOn([]pulumi.Resource{granted}))
	if err != nil {
		return nil, fmt.Errorf("declare function: %w", err)
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"functionName": c.Function.Name})
}

// role declares the function's role and its policy.
func (c *function) role(ctx *pulumi.Context, s stack, args functionArgs, logs *cloudwatch.LogGroup) (*iam.Role, *iam.RolePolicy, error) {
	role, err := iam.NewRole(ctx, "function", &iam.RoleArgs{
		Description:         pulumi.String("Permissions of the WebSocket's function"),
		AssumeRolePolicy:    pulumi.JSONMarshal(assumeRole("lambda.amazonaws.com")),
		PermissionsBoundary: s.boundary(),
		Tags:                s.tags,
	}, pulumi.Parent(c))
	if err != nil {
		return nil, nil, err
	}
	tickets := pulumi.String("").ToStringOutput()
	if args.Tickets != nil {
		tickets = args.Tickets.Table.Arn
	}
	granted, err := iam.NewRolePolicy(ctx, "function", &iam.RolePolicyArgs{
		Role: role.Name,
		Policy: policy(func(arn []string) document {
			return functionPolicy(rights{LogGroup: arn[0], Table: arn[1], Indexes: []string{userIDIndex, userIndex}, Stage: arn[2], Tickets: arn[3], Tracing: s.Tracing})
		}, logs.Arn, args.Connections.Table.Arn, args.API.StageARN, tickets),
	}, pulumi.Parent(c))
	return role, granted, err
}

// environment returns the variables that env.Parse reads in the Lambda. None of them is
// a secret, because everybody who may read the function's configuration sees them.
func (args functionArgs) environment(s stack) pulumi.StringMap {
	extra := ""
	for _, o := range s.AllowedOrigins {
		extra += " " + o
	}
	variables := pulumi.ToStringMap(s.Environment())
	maps.Copy(variables, pulumi.StringMap{
		env.TableName:      args.Connections.Table.Name,
		env.UserIDIndex:    pulumi.String(userIDIndex),
		env.UserIndex:      pulumi.String(userIndex),
		env.ConnectionsURL: args.API.ConnectionsURL,
		env.Issuer:         args.SignIn.Issuer,
		env.Audience:       args.Console.Audience,
		env.UserClaims:     pulumi.String(args.SignIn.UserClaims),
		env.AllowedOrigins: pulumi.Sprintf("%s%s", args.Site.URL, extra),
	})
	if args.Tickets != nil {
		variables[env.TicketTableName] = args.Tickets.Table.Name
	}
	if args.Console.Tools != nil {
		variables[env.ToolAudience] = args.Console.Tools.ID().ToStringOutput()
	}
	if s.Metrics {
		variables[env.Metrics] = s.uniqueName(args.API)
	}
	return variables
}
