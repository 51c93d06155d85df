package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// defaultStage is the stage of an HTTP API that stands in no address.
const defaultStage = "$default"

// httpAPI is the HTTP API beside the WebSocket: there a page gets a ticket for
// its token before it connects, and a user's connections end when they sign
// out. Its routes are endpoints', for the same reason as those of api.
//
// A function URL would be a resource less. But it has no throttle, so that a
// flood would take the function away from the socket; it must be open to
// everyone (Principal "*"); and its address is known only after the function,
// which needs the site's, whose security headers need this one.
type httpAPI struct {
	pulumi.ResourceState

	API *apigatewayv2.Api
	// URL is its address without a slash at the end, which is its origin, too:
	// https://{api}.execute-api.{region}.amazonaws.com. A WebSocket's domain
	// cannot serve an HTTP API, so it stays AWS's with a domain of one's own.
	URL pulumi.StringOutput
}

// newHTTPAPI declares the HTTP API; it is nil without tickets.
//
// CORS is not configured here, so that API Gateway passes OPTIONS on to the
// function: that alone knows all origins. The site's address in a list here
// would close a circle, as the site's headers need the API's.
func newHTTPAPI(ctx *pulumi.Context, s stack) (*httpAPI, error) {
	if !s.Tickets {
		return nil, nil //nolint:nilnil // nothing to declare is no error
	}
	c := &httpAPI{}
	if err := component(ctx, c, "HTTPAPI", "http"); err != nil {
		return nil, err
	}
	a, err := apigatewayv2.NewApi(ctx, "http", &apigatewayv2.ApiArgs{
		Description:   pulumi.String("Tickets for the secured WebSocket"),
		ProtocolType:  pulumi.String("HTTP"),
		IpAddressType: pulumi.String(dualStack),
		Tags:          s.tags,
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("declare http api: %w", err)
	}
	c.API = a
	c.URL = pulumi.Sprintf("https://%s.execute-api.%s.amazonaws.com", a.ID(), s.region)
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"httpUrl": c.URL})
}
