package infra

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// defaultStage is the stage of an HTTP API that is not part of the address.
const defaultStage = "$default"

// httpAPI is the HTTP API beside the WebSocket API. A page gets a ticket for its token
// here before it connects, and ends the user's connections at sign-out. The component
// httpRoutes declares the routes: other components need the address before the function
// exists.
//
// A function URL would need one resource fewer. But it has no throttle, so too many requests
// would also stop the socket. It must be open to everyone (Principal "*"). Its address is
// known only after the function, which needs the address of the site, whose security headers
// need the address of the HTTP API (api-gateway.md 14).
type httpAPI struct {
	pulumi.ResourceState

	API *apigatewayv2.Api
	// Host is the domain of the API.
	Host pulumi.StringOutput
	// URL is the address without a slash at the end, and also the origin:
	// https://{api}.execute-api.{region}.amazonaws.com. The custom domain of a
	// WebSocket API cannot serve an HTTP API (api-gateway.md 13.3), so this address
	// stays the same. Clients use the address of stack.httpURL.
	URL pulumi.StringOutput
}

// declare declares the API without a CORS configuration, so that API Gateway forwards
// OPTIONS to the function, which has the list of all origins. A list with the site's address
// here would create a cycle, because the site's headers need the API's address.
func (c *httpAPI) declare(ctx *pulumi.Context, s *stack) (err error) {
	c.API, err = apigatewayv2.NewApi(ctx, s.named("http"), &apigatewayv2.ApiArgs{
		Description:   pulumi.String("Tickets for the secured WebSocket"),
		ProtocolType:  pulumi.String("HTTP"),
		IpAddressType: pulumi.String(dualStack),
		Tags:          s.tags,
	}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	c.Host = pulumi.Sprintf("%s.execute-api.%s.amazonaws.com", c.API.ID(), s.region)
	c.URL = pulumi.Sprintf("https://%s", c.Host)
	return nil
}
