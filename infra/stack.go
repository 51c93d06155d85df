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
	tags        pulumi.StringMap        // on every resource that can have tags
	system      *System                 // the parent of all components
	prefix      string                  // of the names of all resources in Pulumi
	cloudFront  pulumi.ProviderResource // for us-east-1; nil: the firewall declares one

	api         websocketAPI
	http        httpAPI // declared if the setting tickets is true
	signIn      signIn
	site        site
	console     console
	connections connections
	tickets     tickets  // declared if the setting tickets is true
	channels    channels // declared if hasChannels
	function    function
	alarmNames  pulumi.StringArray
}

// uniqueName returns the name of a resource that Pulumi does not name automatically:
// project, stack and the ID of the WebSocket API. It is unique in the account and in
// all regions, even if two developers each have a stack of the same name. The names
// of dashboards must be unique in all regions.
func (s *stack) uniqueName() pulumi.StringOutput {
	return pulumi.Sprintf("%s-%s", s.name, s.api.API.ID())
}

// named returns the name of a resource in Pulumi. It is unique in a program with several
// systems.
func (s *stack) named(name string) string { return s.prefix + name }

// component is a part of the stack. A component has its own file.
type component interface {
	pulumi.ComponentResource
	// declare declares the resources of the component.
	declare(ctx *pulumi.Context, s *stack) error
}

// declare declares the components that the settings require. A component can use the components
// before it in the list.
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
		{"WebSocket", "websocket", &websocketRoutes{}, true},
		{"Endpoints", "endpoints", &httpRoutes{}, s.Tickets},
		{"Sweep", "sweep", &sweep{}, s.SweepMinutes > 0},
		{"Watch", "watch", &monitoring{}, true},
	} {
		if !c.required {
			continue
		}
		opts := []pulumi.ResourceOption{pulumi.Parent(s.system)}
		if s.prefix == "" { // version 0.2 had no System; the alias keeps the resources of its stacks
			opts = append(opts, pulumi.Aliases([]pulumi.Alias{{NoParent: pulumi.Bool(true)}}))
		}
		if err := ctx.RegisterComponentResource("sallyport:infra:"+c.typ, s.named(c.name), c.component, opts...); err != nil {
			return fmt.Errorf("declare %s: %w", c.name, err)
		}
		if err := c.component.declare(ctx, s); err != nil {
			return fmt.Errorf("declare %s: %w", c.name, err)
		}
		if err := ctx.RegisterResourceOutputs(c.component, pulumi.Map{}); err != nil {
			return fmt.Errorf("declare %s: %w", c.name, err)
		}
	}
	return nil
}

// outputs returns the outputs of the stack by name.
func (s *stack) outputs() pulumi.Map {
	all := pulumi.Map{}
	if s.APIDomain != "" {
		all["apiDomainTarget"] = s.api.Domain.DomainNameConfiguration.TargetDomainName().Elem()
	}
	if s.SiteDomain != "" {
		all["siteDomainTarget"] = s.site.Distribution.DomainName
	}
	if s.Tickets {
		all["httpUrl"] = s.httpURL()
		all["ticketTableName"] = s.tickets.Table.Name
	}
	if s.signIn.Pool != nil {
		all["userPoolId"] = s.signIn.Pool.ID()
		all["toolClientId"] = s.console.Tools.ID()
	}
	if s.hasChannels {
		all["channelTableName"] = s.channels.Table.Name
		all["queueUrl"] = s.channels.Queue.Url
		all["deadLettersUrl"] = s.channels.DeadLetters.Url
	}
	if s.ReleaseByAlias {
		all["alarmNames"] = s.alarmNames // for scripts/release.sh
	}
	all["websocketUrl"] = s.websocketURL()
	all["connectionsUrl"] = s.api.ConnectionsURL
	all["siteUrl"] = s.site.URL
	all["bucketName"] = s.site.Bucket.Bucket
	all["functionName"] = s.function.InvokeName
	all["logGroupName"] = s.function.Logs.Name
	all["tableName"] = s.connections.Table.Name
	all["issuer"] = s.signIn.Issuer
	all["clientId"] = s.console.ClientID
	all["region"] = pulumi.String(s.region)
	return all
}
