package infra

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/route"
)

// webSocket is the authorizer, the routes and the stage of the WebSocket API.
type webSocket struct {
	pulumi.ResourceState

	api      *api
	function *function
	// parts must exist before the stage deploys.
	parts []pulumi.Resource
}

func newWebSocket(ctx *pulumi.Context, s stack, api *api, function *function) error {
	c := &webSocket{api: api, function: function}
	if err := component(ctx, c, "WebSocket", "websocket"); err != nil {
		return err
	}
	authorizer, err := c.authorizer(ctx, s)
	if err != nil {
		return fmt.Errorf("declare authorizer: %w", err)
	}
	target, err := c.lambdaIntegration(ctx)
	if err != nil {
		return fmt.Errorf("declare integration: %w", err)
	}
	for _, r := range s.routes {
		if err := c.route(ctx, r, target, authorizer); err != nil {
			return fmt.Errorf("declare route %s: %w", r.Key, err)
		}
	}
	if err := c.stage(ctx, s); err != nil {
		return fmt.Errorf("declare stage %s: %w", s.StageName, err)
	}
	return ctx.RegisterResourceOutputs(c, pulumi.Map{})
}

// authorizer declares the REQUEST authorizer, the only kind with code that a WebSocket
// API supports (api-gateway.md 2). Caching, payload version and simple
// responses are for HTTP APIs only and remain unset.
func (c *webSocket) authorizer(ctx *pulumi.Context, s stack) (*apigatewayv2.Authorizer, error) {
	// Without one of the sources, API Gateway responds with 401 and does not call the
	// function. If a token may come in two places, no source can be required (api-gateway.md 2.1).
	var sources pulumi.StringArrayInput
	if !s.TokenInQuery {
		sources = pulumi.ToStringArray([]string{"route.request.header.Sec-WebSocket-Protocol"})
	}
	a, err := apigatewayv2.NewAuthorizer(ctx, "authorizer", &apigatewayv2.AuthorizerArgs{
		ApiId:           c.api.API.ID(),
		AuthorizerType:  pulumi.String("REQUEST"),
		AuthorizerUri:   c.function.Function.InvokeArn,
		IdentitySources: sources,
	}, pulumi.Parent(c))
	if err != nil {
		return nil, err
	}
	return a, c.permit(ctx, "authorizer", pulumi.Sprintf("%s/authorizers/%s", c.api.API.ExecutionArn, a.ID()))
}

// lambdaIntegration declares the integration that calls the function.
func (c *webSocket) lambdaIntegration(ctx *pulumi.Context) (*apigatewayv2.Integration, error) {
	return apigatewayv2.NewIntegration(ctx, "function", &apigatewayv2.IntegrationArgs{
		ApiId:             c.api.API.ID(),
		IntegrationType:   pulumi.String("AWS_PROXY"),
		IntegrationMethod: pulumi.String("POST"),
		IntegrationUri:    c.function.Function.InvokeArn,
	}, pulumi.Parent(c))
}

// route declares a route with its permission, integration and response.
func (c *webSocket) route(ctx *pulumi.Context, r route.Route, target *apigatewayv2.Integration, authorizer *apigatewayv2.Authorizer) error {
	name := resourceName(r.Key)
	var err error
	if r.Mock() == "" {
		err = c.permit(ctx, name, pulumi.Sprintf("%s/%s", c.api.StageARN, r.Key))
	} else {
		target, err = c.mock(ctx, name, r.Mock())
	}
	if err != nil {
		return err
	}
	args := &apigatewayv2.RouteArgs{
		ApiId:    c.api.API.ID(),
		RouteKey: pulumi.String(r.Key),
		Target:   pulumi.Sprintf("integrations/%s", target.ID()),
	}
	if r.Key == route.Connect { // the only route that can have an authorizer (api-gateway.md 2)
		args.AuthorizationType = pulumi.String("CUSTOM")
		args.AuthorizerId = authorizer.ID()
	}
	if r.Replies() { // a reply needs this and the response below (api-gateway.md 5.2)
		args.RouteResponseSelectionExpression = pulumi.String("$default")
	}
	declared, err := apigatewayv2.NewRoute(ctx, name, args, pulumi.Parent(c))
	if err != nil {
		return err
	}
	c.parts = append(c.parts, declared)
	if !r.Replies() {
		return nil
	}
	response, err := apigatewayv2.NewRouteResponse(ctx, name, &apigatewayv2.RouteResponseArgs{
		ApiId:            c.api.API.ID(),
		RouteId:          declared.ID(),
		RouteResponseKey: pulumi.String("$default"),
	}, pulumi.Parent(c))
	c.parts = append(c.parts, response)
	return err
}

// mock declares an integration that responds with text, without the function (api-gateway.md 9).
func (c *webSocket) mock(ctx *pulumi.Context, name, text string) (*apigatewayv2.Integration, error) {
	if strings.ContainsAny(text, "$#") {
		return nil, fmt.Errorf("mock response %q: remove $ and #, which are part of API Gateway's template language", text)
	}
	target, err := apigatewayv2.NewIntegration(ctx, name, &apigatewayv2.IntegrationArgs{
		ApiId:                       c.api.API.ID(),
		IntegrationType:             pulumi.String("MOCK"),
		TemplateSelectionExpression: pulumi.String("200"),
		RequestTemplates:            pulumi.StringMap{"200": pulumi.String(`{"statusCode":200}`)},
	}, pulumi.Parent(c))
	if err != nil {
		return nil, err
	}
	response, err := apigatewayv2.NewIntegrationResponse(ctx, name, &apigatewayv2.IntegrationResponseArgs{
		ApiId:                       c.api.API.ID(),
		IntegrationId:               target.ID(),
		IntegrationResponseKey:      pulumi.String("/200/"),
		TemplateSelectionExpression: pulumi.String("200"),
		ResponseTemplates:           pulumi.StringMap{"200": pulumi.String(text)},
	}, pulumi.Parent(c))
	c.parts = append(c.parts, response)
	return target, err
}

// permit declares the permission of API Gateway to call the function for source, an exact
// ARN.
func (c *webSocket) permit(ctx *pulumi.Context, name string, source pulumi.StringInput) error {
	p, err := lambda.NewPermission(ctx, name, &lambda.PermissionArgs{
		Action:    pulumi.String("lambda:InvokeFunction"),
		Function:  c.function.Function.Name,
		Principal: pulumi.String("apigateway.amazonaws.com"),
		SourceArn: source,
	}, pulumi.Parent(c))
	c.parts = append(c.parts, p)
	return err
}

// stage declares the stage. It deploys changes automatically. It depends on all routes and
// permissions: an API without routes cannot be deployed, and a route without its
// permission responds with 500.
func (c *webSocket) stage(ctx *pulumi.Context, s stack) error {
	args := &apigatewayv2.StageArgs{
		ApiId:      c.api.API.ID(),
		Name:       pulumi.String(s.StageName),
		AutoDeploy: pulumi.Bool(true),
		// Both limits are set: a missing limit can become 0, which refuses every
		// connection with 429 (api-gateway.md 9).
		DefaultRouteSettings: &apigatewayv2.StageDefaultRouteSettingsArgs{
			ThrottlingRateLimit:  pulumi.Float64(s.ThrottleRate),
			ThrottlingBurstLimit: pulumi.Int(s.ThrottleBurst),
		},
		Tags: s.tags,
	}
	if s.AccessLogs {
		logs, err := c.accessLog(ctx, s)
		if err != nil {
			return fmt.Errorf("declare access log: %w", err)
		}
		args.AccessLogSettings = logs
	}
	declared, err := apigatewayv2.NewStage(ctx, "stage", args, pulumi.Parent(c), pulumi.DependsOn(c.parts), s.keepAccessLog())
	if err != nil || c.api.Domain == nil {
		return err
	}
	_, err = apigatewayv2.NewApiMapping(ctx, "stage", &apigatewayv2.ApiMappingArgs{
		ApiId:      c.api.API.ID(),
		DomainName: c.api.Domain.ID(),
		Stage:      declared.ID(),
	}, pulumi.Parent(c))
	return err
}

// resourceName returns a route key in a form that all names of resources accept: letters,
// digits, hyphens and underscores.
func resourceName(key string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		}
		return '-'
	}, strings.TrimPrefix(key, "$"))
}
