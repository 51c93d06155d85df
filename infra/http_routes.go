package infra

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/route"
)

// endpoints are the routes and the stage of the HTTP API. They have no authorizer: the
// function verifies the token of each request, because it needs the token's expiry and
// must explain a refusal to pages of other origins.
type endpoints struct {
	pulumi.ResourceState

	http     *httpAPI
	function *function
	// parts must exist before the stage deploys.
	parts []pulumi.Resource
}

func newEndpoints(ctx *pulumi.Context, s stack, http *httpAPI, function *function) error {
	c := &endpoints{http: http, function: function}
	if err := component(ctx, c, "Endpoints", "endpoints"); err != nil {
		return err
	}
	target, err := apigatewayv2.NewIntegration(ctx, "http", &apigatewayv2.IntegrationArgs{
		ApiId:                http.API.ID(),
		IntegrationType:      pulumi.String("AWS_PROXY"),
		IntegrationMethod:    pulumi.String("POST"), // of Lambda's API
		IntegrationUri:       function.Function.InvokeArn,
		PayloadFormatVersion: pulumi.String("2.0"),
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("declare http integration: %w", err)
	}
	for _, e := range route.Endpoints() {
		if err := c.endpoint(ctx, e, target); err != nil {
			return fmt.Errorf("declare endpoint %s: %w", e.Key(), err)
		}
	}
	if err := c.stage(ctx, s); err != nil {
		return fmt.Errorf("declare http stage: %w", err)
	}
	return ctx.RegisterResourceOutputs(c, pulumi.Map{})
}

// endpoint declares a route, and the permission of API Gateway to call the function for
// this route. The ARN of an HTTP API's route contains stage, method and path:
// .../$default/POST/tickets.
func (c *endpoints) endpoint(ctx *pulumi.Context, e route.Endpoint, target *apigatewayv2.Integration) error {
	name := endpointName(e)
	permission, err := lambda.NewPermission(ctx, name, &lambda.PermissionArgs{
		Action:    pulumi.String("lambda:InvokeFunction"),
		Function:  c.function.Function.Name,
		Principal: pulumi.String("apigateway.amazonaws.com"),
		SourceArn: pulumi.Sprintf("%s/%s/%s%s", c.http.API.ExecutionArn, defaultStage, e.Method, e.Path),
	}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	declared, err := apigatewayv2.NewRoute(ctx, name, &apigatewayv2.RouteArgs{
		ApiId:    c.http.API.ID(),
		RouteKey: pulumi.String(e.Key()),
		Target:   pulumi.Sprintf("integrations/%s", target.ID()),
	}, pulumi.Parent(c))
	c.parts = append(c.parts, permission, declared)
	return err
}

// stage declares the stage, with the same throttle as the WebSocket API's stage and with
// both limits, as there (api-gateway.md 9).
func (c *endpoints) stage(ctx *pulumi.Context, s stack) error {
	args := &apigatewayv2.StageArgs{
		ApiId:      c.http.API.ID(),
		Name:       pulumi.String(defaultStage),
		AutoDeploy: pulumi.Bool(true),
		DefaultRouteSettings: &apigatewayv2.StageDefaultRouteSettingsArgs{
			ThrottlingRateLimit:  pulumi.Float64(s.ThrottleRate),
			ThrottlingBurstLimit: pulumi.Int(s.ThrottleBurst),
		},
		Tags: s.tags,
	}
	if s.AccessLogs {
		// An HTTP API needs no role of the account: the deployer of the stage permits
		// the log delivery service to write to the group.
		logs, err := cloudwatch.NewLogGroup(ctx, "http-access", &cloudwatch.LogGroupArgs{
			RetentionInDays: pulumi.Int(s.LogRetentionDays),
			Tags:            s.tags,
		}, pulumi.Parent(c))
		if err != nil {
			return fmt.Errorf("declare access log: %w", err)
		}
		args.AccessLogSettings = &apigatewayv2.StageAccessLogSettingsArgs{
			DestinationArn: logs.Arn,
			Format:         pulumi.JSONMarshal(httpLogLine),
		}
	}
	_, err := apigatewayv2.NewStage(ctx, "http", args, pulumi.Parent(c), pulumi.DependsOn(c.parts), s.keepAccessLog())
	return err
}

// endpointName returns the name of an endpoint's resources, such as "post-tickets".
func endpointName(e route.Endpoint) string {
	return resourceName(strings.ToLower(e.Method) + e.Path)
}
