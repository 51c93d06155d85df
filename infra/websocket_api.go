package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/route"
)

// api is the WebSocket API with its addresses. Its routes are webSocket's:
// others must know the addresses before there is a function to route to.
type api struct {
	pulumi.ResourceState

	API *apigatewayv2.Api
	// Domain is the API's own domain; nil without one.
	Domain *apigatewayv2.DomainName
	// Origin is the address of the socket without its path,
	// wss://{api}.execute-api.{region}.amazonaws.com, or that of the domain.
	Origin pulumi.StringOutput
	// WebsocketURL is where clients connect: Origin and the stage; with a
	// domain Origin alone, as its mapping stands for the stage.
	WebsocketURL pulumi.StringOutput
	// ConnectionsURL is the endpoint of the management API. It never is that
	// of the domain, whose paths begin with no stage (specification 9).
	ConnectionsURL pulumi.StringOutput
	// StageARN is the ARN that routes' ARNs begin with,
	// arn:aws:execute-api:{region}:{account}:{api}/{stage}.
	StageARN pulumi.StringOutput
}

// dualStack lets clients connect by IPv6, too. AWS's default is IPv4 only.
const dualStack = "dualstack"

// newAPI declares the API. The addresses are put together from the API's and
// the stage's name: to ask the stage itself would close a circle, as the stage
// waits for the routes, they for the function, and it for the address
// (specification 9).
func newAPI(ctx *pulumi.Context, s stack) (*api, error) {
	c := &api{}
	if err := component(ctx, c, "API", "api"); err != nil {
		return nil, err
	}
	a, err := apigatewayv2.NewApi(ctx, "api", &apigatewayv2.ApiArgs{
		Description:              pulumi.String("The secured WebSocket"),
		ProtocolType:             pulumi.String("WEBSOCKET"),
		RouteSelectionExpression: pulumi.String(route.Selection),
		IpAddressType:            pulumi.String(dualStack),
		Tags:                     s.tags,
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("declare api: %w", err)
	}
	host := pulumi.Sprintf("%s.execute-api.%s.amazonaws.com", a.ID(), s.region)
	c.API = a
	c.Origin = pulumi.Sprintf("wss://%s", host)
	c.WebsocketURL = pulumi.Sprintf("wss://%s/%s", host, s.StageName)
	c.ConnectionsURL = pulumi.Sprintf("https://%s/%s", host, s.StageName)
	c.StageARN = pulumi.Sprintf("%s/%s", a.ExecutionArn, s.StageName)
	if s.APIDomain != "" {
		if err := c.domain(ctx, s); err != nil {
			return nil, fmt.Errorf("declare domain %s: %w", s.APIDomain, err)
		}
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"websocketUrl": c.WebsocketURL, "connectionsUrl": c.ConnectionsURL})
}

// domain declares the API's own domain. AWS's stays open beside it: the
// management API is reached there.
func (c *api) domain(ctx *pulumi.Context, s stack) (err error) {
	c.Domain, err = apigatewayv2.NewDomainName(ctx, "api", &apigatewayv2.DomainNameArgs{
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
