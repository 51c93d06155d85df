// Package infra declares everything that exists in the cloud, one component a
// file. Nothing repeats it: `pulumi up` deploys it, package monitor makes a
// plan of it, and the local run starts from that plan.
//
//	browser ──https──▶ site: CloudFront ▶ private bucket (console, config.json)
//	   │
//	   ├──OIDC────▶ sign-in: Cognito, or an issuer from elsewhere
//	   │
//	   └──wss─────▶ api: stage ▶ routes ▶ function ▶ connections (DynamoDB)
//	                     ▲ $connect: authorizer, the same function
//	                     └─ @connections: the function pushes
//	watch: dashboard, alarms and budget, of all of them
//
// The order below has no cycle because addresses are known early: the
// site's security headers need the API's and the issuer's addresses but
// neither routes nor client; the client and config.json need the site's
// address; the function needs the client; the routes need the function.
package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Program declares the stack. It builds the Lambda and the console first when
// they are out of date.
func Program(ctx *pulumi.Context) error {
	return program(built)(ctx)
}

// program makes the program that deploys what files returns.
func program(files func(*pulumi.Context) (artifacts, error)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		if !stackName.MatchString(ctx.Stack()) {
			return fmt.Errorf("stack %q: want a name of 1 to 30 small letters, digits and hyphens, as it becomes part of a bucket's", ctx.Stack())
		}
		region, err := aws.GetRegion(ctx, nil)
		if err != nil {
			return fmt.Errorf("get region: %w", err)
		}
		cfg, err := readConfig(region.Name, func(key string) (string, bool) { return ctx.GetConfig(ctx.Project() + ":" + key) })
		if err != nil {
			return err
		}
		deployed, err := files(ctx)
		if err != nil {
			return err
		}
		s := stack{config: cfg, artifacts: deployed, region: region.Name, tags: pulumi.ToStringMap(cfg.Tags)}
		s.name = ctx.Project() + "-" + ctx.Stack()
		s.tags["Project"], s.tags["Stack"] = pulumi.String(ctx.Project()), pulumi.String(ctx.Stack())
		return s.declare(ctx)
	}
}

// stack is what the components have in common.
type stack struct {
	config
	artifacts
	name   string // project and stack: unique in account and region
	region string
	tags   pulumi.StringMap // on everything that can carry tags
}

func (s stack) declare(ctx *pulumi.Context) error {
	api, err := newAPI(ctx, s)
	if err != nil {
		return err
	}
	signIn, err := newSignIn(ctx, s)
	if err != nil {
		return err
	}
	site, err := newSite(ctx, s, api, signIn)
	if err != nil {
		return err
	}
	console, err := newConsole(ctx, s, consoleArgs{API: api, SignIn: signIn, Site: site})
	if err != nil {
		return err
	}
	connections, err := newConnections(ctx, s)
	if err != nil {
		return err
	}
	function, err := newFunction(ctx, s, functionArgs{API: api, SignIn: signIn, Site: site, Audience: console.Audience, Connections: connections})
	if err != nil {
		return err
	}
	if err := newWebSocket(ctx, s, api, function); err != nil {
		return err
	}
	if err := newWatch(ctx, s, watchArgs{API: api, Function: function, Connections: connections}); err != nil {
		return err
	}
	if s.APIDomain != "" {
		ctx.Export("apiDomainTarget", api.Domain.DomainNameConfiguration.TargetDomainName().Elem())
	}
	if s.SiteDomain != "" {
		ctx.Export("siteDomainTarget", site.Distribution.DomainName)
	}
	ctx.Export("websocketUrl", api.WebsocketURL)
	ctx.Export("connectionsUrl", api.ConnectionsURL)
	ctx.Export("siteUrl", site.URL)
	ctx.Export("functionName", function.Function.Name)
	ctx.Export("tableName", connections.Table.Name)
	ctx.Export("issuer", signIn.Issuer)
	ctx.Export("clientId", console.ClientID)
	ctx.Export("region", pulumi.String(s.region))
	return nil
}
