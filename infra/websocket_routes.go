package infra

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/route"
)

// websocketRoutes is the authorizer, the routes and the stage of the WebSocket API.
type websocketRoutes struct {
	pulumi.ResourceState

	parts []pulumi.Resource // must exist before the stage deploys
}

func (c *websocketRoutes) declare(ctx *pulumi.Context, s *stack) error {
	authorizer, err := c.authorizer(ctx, s)
	if err != nil {
		return fmt.Errorf("declare authorizer: %w", err)
	}
	target, err := apigatewayv2.NewIntegration(ctx, s.named("function"), &apigatewayv2.IntegrationArgs{
		ApiId:             s.api.API.ID(),
		IntegrationType:   pulumi.String("AWS_PROXY"),
		IntegrationMethod: pulumi.String("POST"), // of Lambda's API
		IntegrationUri:    s.function.InvokeARN,
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("declare integration: %w", err)
	}
	for _, r := range s.routes {
		if err := c.route(ctx, s, r, target, authorizer); err != nil {
			return fmt.Errorf("declare route %s: %w", r.Key, err)
		}
	}
	return c.stage(ctx, s)
}

// authorizer declares the REQUEST authorizer, the only kind with code that a WebSocket
// API supports (api-gateway.md 2). Caching, payload version and simple
// responses are for HTTP APIs only and remain unset.
func (c *websocketRoutes) authorizer(ctx *pulumi.Context, s *stack) (*apigatewayv2.Authorizer, error) {
	// Without one of the sources, API Gateway responds with 401 and does not call the function.
	// If a credential may arrive in two places, no source can be required (api-gateway.md 2.1).
	var sources pulumi.StringArrayInput
	if !s.TokenInQuery && !s.TicketInQuery && !s.SessionCookie {
		sources = pulumi.ToStringArray([]string{"route.request.header.Sec-WebSocket-Protocol"})
	}
	a, err := apigatewayv2.NewAuthorizer(ctx, s.named("authorizer"), &apigatewayv2.AuthorizerArgs{
		ApiId:           s.api.API.ID(),
		AuthorizerType:  pulumi.String("REQUEST"),
		AuthorizerUri:   s.function.InvokeARN,
		IdentitySources: sources,
	}, pulumi.Parent(c))
	if err != nil {
		return nil, err
	}
	return a, c.permit(ctx, s, "authorizer", pulumi.Sprintf("%s/authorizers/%s", s.api.API.ExecutionArn, a.ID()))
}

// route declares a route with its permission, integration and response.
func (c *websocketRoutes) route(ctx *pulumi.Context, s *stack, r route.Route, target *apigatewayv2.Integration, authorizer *apigatewayv2.Authorizer) error {
	name := resourceName(r.Key)
	var err error
	if r.Mock() == "" {
		err = c.permit(ctx, s, name, pulumi.Sprintf("%s/%s", s.api.StageARN, r.Key))
	} else {
		target, err = c.mock(ctx, s, name, r.Mock())
	}
	if err != nil {
		return err
	}
	args := &apigatewayv2.RouteArgs{
		ApiId:    s.api.API.ID(),
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
	declared, err := apigatewayv2.NewRoute(ctx, s.named(name), args, pulumi.Parent(c))
	if err != nil {
		return err
	}
	c.parts = append(c.parts, declared)
	if !r.Replies() {
		return nil
	}
	response, err := apigatewayv2.NewRouteResponse(ctx, s.named(name), &apigatewayv2.RouteResponseArgs{
		ApiId:            s.api.API.ID(),
		RouteId:          declared.ID(),
		RouteResponseKey: pulumi.String("$default"),
	}, pulumi.Parent(c))
	c.parts = append(c.parts, response)
	return err
}

// mock declares an integration that responds with text, without the function (api-gateway.md 9).
func (c *websocketRoutes) mock(ctx *pulumi.Context, s *stack, name, text string) (*apigatewayv2.Integration, error) {
	if strings.ContainsAny(text, "$#") {
		return nil, fmt.Errorf("mock response %q: remove $ and #, which are part of API Gateway's template language", text)
	}
	target, err := apigatewayv2.NewIntegration(ctx, s.named(name), &apigatewayv2.IntegrationArgs{
		ApiId:                       s.api.API.ID(),
		IntegrationType:             pulumi.String("MOCK"),
		TemplateSelectionExpression: pulumi.String("200"),
		RequestTemplates:            pulumi.StringMap{"200": pulumi.String(`{"statusCode":200}`)},
	}, pulumi.Parent(c))
	if err != nil {
		return nil, err
	}
	response, err := apigatewayv2.NewIntegrationResponse(ctx, s.named(name), &apigatewayv2.IntegrationResponseArgs{
		ApiId:                       s.api.API.ID(),
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
func (c *websocketRoutes) permit(ctx *pulumi.Context, s *stack, name string, source pulumi.StringInput) error {
	p, err := s.function.permit(ctx, s.named(name), "apigateway.amazonaws.com", source, c)
	c.parts = append(c.parts, p)
	return err
}

// stage declares the stage and its mapping to the custom domain. The stage depends on all
// routes and permissions: an API without routes cannot be deployed, and a route without
// its permission responds with 500.
func (c *websocketRoutes) stage(ctx *pulumi.Context, s *stack) error {
	if s.AccessLogs {
		account, err := s.accountLogs(ctx, c)
		if err != nil {
			return fmt.Errorf("declare the account's role for logs: %w", err)
		}
		c.parts = append(c.parts, account)
	}
	declared, err := stage{resource: "stage", name: s.StageName, logs: "access", line: accessLogLine, api: s.api.API, parts: c.parts}.declare(ctx, s, c)
	if err != nil || s.APIDomain == "" {
		return err
	}
	_, err = apigatewayv2.NewApiMapping(ctx, s.named("stage"), &apigatewayv2.ApiMappingArgs{
		ApiId:      s.api.API.ID(),
		DomainName: s.api.Domain.ID(),
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
