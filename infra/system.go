package infra

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/infra/configuration"
	"sallyport/infra/discovery"
	"sallyport/lambda/channel"
	"sallyport/lambda/route"
	"sallyport/lambda/setting"
)

// System is the whole of this project as one component: WebSocket API, HTTP API, function,
// tables, sign-in, console and monitoring. All of its resources are its
// descendants, so the options of the component, such as Provider, Providers, Protect,
// Transformations and Aliases, reach all of them.
type System struct {
	pulumi.ResourceState

	// WebsocketURL is the address for clients, such as wss://HOST/live.
	WebsocketURL pulumi.StringOutput
	// ConnectionsURL is the endpoint of the API @connections.
	ConnectionsURL pulumi.StringOutput
	// SiteURL is the address of the console, without a slash at its end.
	SiteURL pulumi.StringOutput
	// Issuer issues the tokens, and ClientID is the console's client there.
	Issuer, ClientID pulumi.StringOutput
	// FunctionName and FunctionARN identify the function or, with the setting releaseByAlias, its
	// alias. A program that may invoke it can push to all clients.
	FunctionName, FunctionARN pulumi.StringOutput
	// Outputs are all outputs by name. docs/operations.md describes them. Some exist only with
	// certain settings: httpUrl only with tickets, for example.
	Outputs pulumi.Map
}

// SystemArgs are the arguments of NewSystem.
type SystemArgs struct {
	// Settings are the settings. docs/settings.md describes them. setting.DefaultStack returns
	// the defaults, whose fields you can change. Nil: the defaults.
	Settings *setting.Stack
	// Checkout is the folder of a checkout of this repository. NewSystem builds the function
	// and the console there. Empty: the folder of the program's Pulumi.yaml. It must be empty if
	// Zip and Console are set.
	Checkout string
	// Zip is the file of the built function, and Console is the folder of the built console.
	// Paths are relative to the folder of the program's Pulumi.yaml. Set both or neither. With
	// Function, set Console or Checkout.
	Zip, Console string
	// Table and Channels return the routes and namespaces of your own function. Its main package
	// must call program.Start with the same two functions. Channels can be nil: the function has
	// no channels. Table nil: the routes and namespaces of lambda/app.
	Table    func() (route.Table, error)
	Channels func() (channel.Table, error)
	// Function is the main package of your own function, such as ./socket, relative to the folder
	// of the program's Pulumi.yaml. NewSystem builds it. Give it, or Zip, if Table is not nil.
	Function string
	// CloudFront is a provider for us-east-1, the region of the firewall. It must be for the
	// account of the system. It is required for a firewall if the system has an explicit
	// provider. Nil: NewSystem declares a provider with the credentials of the environment.
	CloudFront pulumi.ProviderResource
}

// NewSystem declares a System. It returns an error for invalid settings before it declares a
// resource. The error names each invalid field of the settings, its value and an assignment that
// corrects it.
//
// A program can have several systems. name has lower-case letters, digits and hyphens. It becomes
// a part of the names of all resources, so each system needs a different name.
func NewSystem(ctx *pulumi.Context, name string, args *SystemArgs, opts ...pulumi.ResourceOption) (*System, error) {
	if args == nil {
		args = &SystemArgs{}
	}
	values := setting.Defaults()
	if args.Settings != nil {
		values = args.Settings.Values()
	}
	files, err := args.files()
	if err != nil {
		return nil, fmt.Errorf("system %s: %w", name, err)
	}
	if err := checkSystemName(ctx, name); err != nil {
		return nil, err
	}
	if values["firewall"] == "true" {
		if err := args.checkFirewall(ctx, opts); err != nil {
			return nil, fmt.Errorf("system %s: %w", name, err)
		}
	}
	p := sources{files: files, origins: discovery.Reader{}.Origins, declared: args.declarations, prefix: name + "-", cloudFront: args.CloudFront, settings: func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}}
	s, err := p.declare(ctx, name, opts...)
	if err != nil {
		return nil, fmt.Errorf("system %s: %w", name, setting.InCode(err))
	}
	return s, nil
}

// checkFirewall refuses a firewall whose account could differ from the account of the system,
// because CloudFront refuses a web ACL of another account.
func (a *SystemArgs) checkFirewall(ctx *pulumi.Context, opts []pulumi.ResourceOption) error {
	o, err := pulumi.NewResourceOptions(opts...)
	if err != nil {
		return fmt.Errorf("read the options: %w", err)
	}
	isAWS := func(p pulumi.ProviderResource) bool { _, ok := p.(*aws.Provider); return ok }
	configured := func(key string) bool { _, set := ctx.GetConfig("aws:" + key); return set }
	const remedy = "give CloudFront in the arguments, a provider for us-east-1 with the same account"
	switch i := slices.IndexFunc(uncopiedProviderKeys, configured); {
	case a.CloudFront != nil:
		return nil
	case o.Provider != nil || slices.ContainsFunc(o.Providers, isAWS):
		return errors.New("Settings.Firewall is true, and the system has a provider of its own: " + remedy)
	case i >= 0:
		return fmt.Errorf("Settings.Firewall is true, and the program has aws:%s: %s", uncopiedProviderKeys[i], remedy)
	}
	return nil
}

var systemName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// checkSystemName checks the name of a system. The names of roles can have 64
// characters, and have the form PROJECT-STACK-NAME-function and 8 random characters.
func checkSystemName(ctx *pulumi.Context, name string) error {
	most := 64 - len(ctx.Project()+"-"+ctx.Stack()+"-"+"-function-1234567")
	switch {
	case !systemName.MatchString(name):
		return fmt.Errorf("system %q: want a name of lower-case letters, digits and single hyphens, such as chat", name)
	case len(name) > most:
		return fmt.Errorf("system %q: want a name of at most %d characters, because names of roles with the project %s and the stack %s have at most 64", name, most, ctx.Project(), ctx.Stack())
	}
	return nil
}

// files checks the arguments and returns the function that builds or finds the artifacts.
func (a *SystemArgs) files() (func(*pulumi.Context) (artifacts, error), error) {
	if err := a.checkFunction(); err != nil {
		return nil, err
	}
	switch {
	case a.Function == "" && (a.Zip == "") != (a.Console == ""):
		return nil, fmt.Errorf("the arguments have Zip %q and Console %q: give both, or neither to build them", a.Zip, a.Console)
	case a.Console == "":
		return func(ctx *pulumi.Context) (artifacts, error) { return buildArtifacts(ctx, a.Checkout, a.Function) }, nil
	case a.Checkout != "":
		return nil, fmt.Errorf("the arguments have Checkout %q and Console %q: give Checkout, or Zip and Console", a.Checkout, a.Console)
	case a.Function != "":
		return func(ctx *pulumi.Context) (artifacts, error) {
			zip, err := buildFunction(ctx, "", a.Function)
			if err != nil {
				return artifacts{}, err
			}
			return givenArtifacts(ctx.RootDirectory(), zip, a.Console)
		}, nil
	}
	return func(ctx *pulumi.Context) (artifacts, error) {
		return givenArtifacts(ctx.RootDirectory(), a.Zip, a.Console)
	}, nil
}

// checkFunction checks the arguments of a function that is not that of the checkout.
func (a *SystemArgs) checkFunction() error {
	switch {
	case a.Table != nil && a.Function == "" && a.Zip == "":
		return errors.New("the arguments have Table and neither Function nor Zip: give the function with these routes")
	case a.Table == nil && a.Function != "":
		return fmt.Errorf("the arguments have Function %q and no Table: give the routes of the function", a.Function)
	case a.Table == nil && a.Channels != nil:
		return errors.New("the arguments have Channels and no Table: give both of your function")
	case a.Function != "" && a.Zip != "":
		return fmt.Errorf("the arguments have Function %q and Zip %q: give one of them", a.Function, a.Zip)
	}
	return nil
}

// declarations returns the declarations of the system's function.
func (a *SystemArgs) declarations() (declarations, error) {
	if a.Table == nil {
		return appDeclarations()
	}
	routes, err := a.Table()
	if err != nil || a.Channels == nil {
		return declarations{routes: routes}, err
	}
	namespaces, err := a.Channels()
	return declarations{routes, namespaces}, err
}

// sources has the settings, the artifacts and the declarations of a system.
type sources struct {
	files      func(*pulumi.Context) (artifacts, error)
	origins    originFinder // called if an issuer is configured and its origins are not
	declared   func() (declarations, error)
	settings   func(name string) (string, bool)
	cloudFront pulumi.ProviderResource          // for us-east-1, or nil
	prefix     string                           // of the names of all resources
	warn       func(configuration.Config) error // nil: no warnings
}

// declare declares a system. It checks the settings before it declares a resource.
func (p sources) declare(ctx *pulumi.Context, name string, opts ...pulumi.ResourceOption) (*System, error) {
	system := &System{}
	if err := ctx.RegisterComponentResource("sallyport:infra:System", name, system, opts...); err != nil {
		return nil, fmt.Errorf("declare component: %w", err)
	}
	s, err := p.stack(ctx, system)
	if err != nil {
		return nil, err
	}
	if err := s.declare(ctx); err != nil {
		return nil, err
	}
	system.Outputs = s.outputs()
	system.WebsocketURL, system.ConnectionsURL, system.SiteURL = s.websocketURL(), s.api.ConnectionsURL, s.site.URL
	system.Issuer, system.ClientID = s.signIn.Issuer, s.console.ClientID
	system.FunctionName, system.FunctionARN = s.function.InvokeName, s.function.ARN
	if err := ctx.RegisterResourceOutputs(system, system.Outputs); err != nil {
		return nil, fmt.Errorf("declare outputs: %w", err)
	}
	return system, nil
}

// stack returns the values from which the resources of the system are declared.
func (p sources) stack(ctx *pulumi.Context, system *System) (*stack, error) {
	if err := configuration.CheckStack(ctx.Project(), ctx.Stack()); err != nil {
		return nil, err
	}
	region, err := aws.GetRegion(ctx, nil, pulumi.Parent(system))
	if err != nil {
		return nil, fmt.Errorf("get region: %w", err)
	}
	if err := checkPartition(ctx, region.Name, system); err != nil {
		return nil, err
	}
	cfg, err := configuration.Read(region.Name, p.settings)
	if err != nil {
		return nil, err
	}
	if p.warn != nil {
		if err := p.warn(cfg); err != nil {
			return nil, err
		}
	}
	if err := findOrigins(ctx.Context(), &cfg, p.origins); err != nil {
		return nil, err
	}
	if err := cfg.CheckEnvironment(); err != nil {
		return nil, err
	}
	ours, err := p.declared()
	if err != nil {
		return nil, fmt.Errorf("read the routes and namespaces: %w", err)
	}
	if err := cfg.CheckConcurrency(ours.hasChannels()); err != nil {
		return nil, err
	}
	s := &stack{
		Config: cfg, routes: ours.routes.All(), hasChannels: ours.hasChannels(),
		project: ctx.Project(), name: ctx.Project() + "-" + ctx.Stack(), region: region.Name, tags: pulumi.ToStringMap(cfg.Tags),
		system: system, prefix: p.prefix, cloudFront: p.cloudFront,
	}
	if err := errors.Join(s.checkPolicy(), s.checkContentPolicy()); err != nil {
		return nil, err
	}
	if s.artifacts, err = p.files(ctx); err != nil {
		return nil, err
	}
	s.tags["Project"], s.tags["Stack"] = pulumi.String(ctx.Project()), pulumi.String(ctx.Stack())
	return s, nil
}
