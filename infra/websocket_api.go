package infra

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/route"
)

// websocketAPI is the WebSocket API with its addresses. The component websocketRoutes declares the
// routes: other components need the addresses before the function exists.
type websocketAPI struct {
	pulumi.ResourceState

	API *apigatewayv2.Api
	// Domain is the custom domain of the API, or nil.
	Domain *apigatewayv2.DomainName
	// Host is AWS's own domain of the API, {api}.execute-api.{region}.amazonaws.com.
	Host pulumi.StringOutput
	// Origin is the address of the socket without its path,
	// wss://{api}.execute-api.{region}.amazonaws.com, or that of the domain.
	Origin pulumi.StringOutput
	// WebsocketURL is the address of the socket: Origin and the stage. With a custom domain
	// it is Origin alone, because the API mapping selects the stage. Clients use the address
	// of stack.websocketURL.
	WebsocketURL pulumi.StringOutput
	// ConnectionsURL is the endpoint of the management API. It is never at the custom
	// domain, where paths do not begin with a stage (api-gateway.md 9).
	ConnectionsURL pulumi.StringOutput
	// StageARN is the prefix of the routes' ARNs,
	// arn:aws:execute-api:{region}:{account}:{api}/{stage}.
	StageARN pulumi.StringOutput
}

// dualStack lets clients connect over IPv4 and IPv6. AWS's default is IPv4 only.
const dualStack = "dualstack"

// declare computes the addresses from the names of API and stage. The stage's own output
// would create a cycle: the stage depends on the routes, the routes on the function, and
// the function on the address (api-gateway.md 9).
func (c *websocketAPI) declare(ctx *pulumi.Context, s *stack) (err error) {
	c.API, err = apigatewayv2.NewApi(ctx, s.named("api"), &apigatewayv2.ApiArgs{
		Description:              pulumi.String("The secured WebSocket"),
		ProtocolType:             pulumi.String("WEBSOCKET"),
		RouteSelectionExpression: pulumi.String(route.Selection),
		IpAddressType:            pulumi.String(dualStack),
		Tags:                     s.tags,
	}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	c.Host = pulumi.Sprintf("%s.execute-api.%s.amazonaws.com", c.API.ID(), s.region)
	c.Origin = pulumi.Sprintf("wss://%s", c.Host)
	c.WebsocketURL = pulumi.Sprintf("wss://%s/%s", c.Host, s.StageName)
	c.ConnectionsURL = pulumi.Sprintf("https://%s/%s", c.Host, s.StageName)
	c.StageARN = pulumi.Sprintf("%s/%s", c.API.ExecutionArn, s.StageName)
	if s.APIDomain == "" {
		return nil
	}
	return c.domain(ctx, s)
}

// domain declares the custom domain of the API. AWS's own address stays enabled, because
// the management API answers only there.
func (c *websocketAPI) domain(ctx *pulumi.Context, s *stack) (err error) {
	c.Domain, err = apigatewayv2.NewDomainName(ctx, s.named("api"), &apigatewayv2.DomainNameArgs{
		DomainName: pulumi.String(s.APIDomain),
		DomainNameConfiguration: &apigatewayv2.DomainNameDomainNameConfigurationArgs{
			CertificateArn: pulumi.String(s.APICertificate),
			EndpointType:   pulumi.String("REGIONAL"),
			IpAddressType:  pulumi.String(dualStack),
			SecurityPolicy: pulumi.String("TLS_1_2"),
		},
		Tags: s.tags,
	}, pulumi.Parent(c))
	c.Origin = pulumi.String("wss://" + s.APIDomain).ToStringOutput()
	c.WebsocketURL = c.Origin
	return err
}
