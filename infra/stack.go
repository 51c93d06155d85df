package infra

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/infra/configuration"
	"sallyport/lambda/route"
)

// stack contains the values and the components that other components use.
type stack struct {
	configuration.Config
	artifacts
	routes      []route.Route // of the WebSocket API
	hasChannels bool          // the app has namespaces
	project     string
	name        string // project and stack; not unique in an account: see uniqueName
	region      string
	tags        pulumi.StringMap // on every resource that can have tags

	api         api
	http        httpAPI // declared if the setting tickets is true
	signIn      signIn
	site        site
	console     console
	connections connections
	tickets     tickets  // declared if the setting tickets is true
	channels    channels // declared if hasChannels
	function    function
}

// uniqueName returns the name of a resource that Pulumi does not name automatically:
// project, stack and the ID of the WebSocket API. It is unique in the account and in
// all regions, even if two developers each have a stack of the same name. The names
// of dashboards must be unique in all regions.
func (s *stack) uniqueName() pulumi.StringOutput {
	return pulumi.Sprintf("%s-%s", s.name, s.api.API.ID())
}

// component is a part of the stack. A component has its own file.
type component interface {
	pulumi.ComponentResource
	// declare declares the resources of the component.
	declare(ctx *pulumi.Context, s *stack) error
}

// declare declares the components that the settings require, and the outputs of the
// stack. A component can use those before it in the list.
func (s *stack) declare(ctx *pulumi.Context) error {
	for _, c := range []struct {
		typ, name string
		component component
		required  bool
	}{
		{"API", "api", &s.api, true},
		{"HTTPAPI", "http", &s.http, s.Tickets},
		{"SignIn", "sign-in", &s.signIn, true},
		{"Site", "site", &s.site, true},
		{"Console", "console", &s.console, true},
		{"Connections", "connections", &s.connections, true},
		{"Tickets", "tickets", &s.tickets, s.Tickets},
		{"Channels", "channels", &s.channels, s.hasChannels},
		{"Function", "function", &s.function, true},
		{"Consumer", "consumer", &consumer{}, s.hasChannels},
		{"WebSocket", "websocket", &webSocket{}, true},
		{"Endpoints", "endpoints", &endpoints{}, s.Tickets},
		{"Sweep", "sweep", &sweep{}, s.SweepMinutes > 0},
		{"Watch", "watch", &watch{}, true},
	} {
		if !c.required {
			continue
		}
		if err := ctx.RegisterComponentResource("sallyport:infra:"+c.typ, c.name, c.component); err != nil {
			return fmt.Errorf("declare %s: %w", c.name, err)
		}
		if err := c.component.declare(ctx, s); err != nil {
			return fmt.Errorf("declare %s: %w", c.name, err)
		}
		if err := ctx.RegisterResourceOutputs(c.component, pulumi.Map{}); err != nil {
			return fmt.Errorf("declare %s: %w", c.name, err)
		}
	}
	s.export(ctx)
	return nil
}

// export declares the outputs of the stack.
func (s *stack) export(ctx *pulumi.Context) {
	if s.APIDomain != "" {
		ctx.Export("apiDomainTarget", s.api.Domain.DomainNameConfiguration.TargetDomainName().Elem())
	}
	if s.SiteDomain != "" {
		ctx.Export("siteDomainTarget", s.site.Distribution.DomainName)
	}
	if s.Tickets {
		ctx.Export("httpUrl", s.httpURL())
		ctx.Export("ticketTableName", s.tickets.Table.Name)
	}
	if s.signIn.Pool != nil {
		ctx.Export("userPoolId", s.signIn.Pool.ID())
		ctx.Export("toolClientId", s.console.Tools.ID())
	}
	if s.hasChannels {
		ctx.Export("channelTableName", s.channels.Table.Name)
		ctx.Export("queueUrl", s.channels.Queue.Url)
		ctx.Export("deadLettersUrl", s.channels.DeadLetters.Url)
	}
	ctx.Export("websocketUrl", s.websocketURL())
	ctx.Export("connectionsUrl", s.api.ConnectionsURL)
	ctx.Export("siteUrl", s.site.URL)
	ctx.Export("bucketName", s.site.Bucket.Bucket)
	ctx.Export("functionName", s.function.Function.Name)
	ctx.Export("logGroupName", s.function.Logs.Name)
	ctx.Export("tableName", s.connections.Table.Name)
	ctx.Export("issuer", s.signIn.Issuer)
	ctx.Export("clientId", s.console.ClientID)
	ctx.Export("region", pulumi.String(s.region))
}
