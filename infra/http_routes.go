package infra

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/route"
)

// httpRoutes are the routes and the stage of the HTTP API. They have no authorizer: the
// function verifies the token of each request, because it needs the token's expiry and
// must explain a refusal to pages of other origins.
type httpRoutes struct {
	pulumi.ResourceState

	parts []pulumi.Resource // must exist before the stage deploys
}

func (c *httpRoutes) declare(ctx *pulumi.Context, s *stack) error {
	target, err := apigatewayv2.NewIntegration(ctx, s.named("http"), &apigatewayv2.IntegrationArgs{
		ApiId:                s.http.API.ID(),
		IntegrationType:      pulumi.String("AWS_PROXY"),
		IntegrationMethod:    pulumi.String("POST"), // of Lambda's API
		IntegrationUri:       s.function.InvokeARN,
		PayloadFormatVersion: pulumi.String("2.0"),
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("declare integration: %w", err)
	}
	for _, e := range route.Endpoints(s.SessionCookie) {
		if err := c.endpoint(ctx, s, e, target); err != nil {
			return fmt.Errorf("declare endpoint %s: %w", e.Key(), err)
		}
	}
	_, err = stage{resource: "http", name: defaultStage, logs: "http-access", line: httpLogLine, api: s.http.API, parts: c.parts}.declare(ctx, s, c)
	return err
}

// endpoint declares a route, and the permission of API Gateway to call the function for
// this route. The ARN of an HTTP API's route contains stage, method and path:
// .../$default/POST/tickets.
func (c *httpRoutes) endpoint(ctx *pulumi.Context, s *stack, e route.Endpoint, target *apigatewayv2.Integration) error {
	name := endpointName(e)
	source := pulumi.Sprintf("%s/%s/%s%s", s.http.API.ExecutionArn, defaultStage, e.Method, e.Path)
	permission, err := s.function.permit(ctx, s.named(name), "apigateway.amazonaws.com", source, c)
	if err != nil {
		return err
	}
	declared, err := apigatewayv2.NewRoute(ctx, s.named(name), &apigatewayv2.RouteArgs{
		ApiId:    s.http.API.ID(),
		RouteKey: pulumi.String(e.Key()),
		Target:   pulumi.Sprintf("integrations/%s", target.ID()),
	}, pulumi.Parent(c))
	c.parts = append(c.parts, permission, declared)
	return err
}

// endpointName returns the name of an endpoint's resources, such as "post-tickets".
func endpointName(e route.Endpoint) string {
	return resourceName(strings.ToLower(e.Method) + e.Path)
}
