package infra

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/infra/plan"
	"sallyport/lambda/setting"
)

// The artifacts of the tests of NewSystem. Their paths are relative to the project.
const (
	builtZip     = "infra/testdata/system/lambda.zip"
	builtConsole = "infra/testdata/system/console"
)

func built() *SystemArgs { return &SystemArgs{Zip: builtZip, Console: builtConsole} }

// asTwoSystems is the argument with which the test binary runs twoSystems.
const asTwoSystems = "two-systems"

// twoSystems declares two systems with the settings of the stack, but with domains of their own.
// Only the second one has the access logs, because they belong to the account.
func twoSystems(ctx *pulumi.Context) error {
	for _, name := range []string{"chat", "alerts"} {
		settings := &setting.Stack{}
		if err := settings.Read(func(name string) (string, bool) { return ctx.GetConfig(ctx.Project() + ":" + name) }); err != nil {
			return err
		}
		settings.AccessLogs = settings.AccessLogs && name == "alerts"
		for _, domain := range []*string{&settings.APIDomain, &settings.SiteDomain} {
			if *domain != "" {
				*domain = name + "." + *domain
			}
		}
		s, err := NewSystem(ctx, name, &SystemArgs{Settings: settings, Zip: builtZip, Console: builtConsole})
		if err != nil {
			return err
		}
		ctx.Export(name, s.WebsocketURL)
		ctx.Export(name+"Function", s.FunctionARN)
	}
	return nil
}

// A program can have two systems with any settings. The name of a system is a part of the
// names of all of its resources, and no two resources have the same name in AWS.
func TestTwoSystems(t *testing.T) {
	for _, stack := range stacks[1:] {
		t.Run(stack.name, func(t *testing.T) {
			p, err := runProgram(t, asTwoSystems, stack.name, stack.file)
			if err != nil {
				t.Fatal(err)
			}
			count := map[string]int{}
			for _, r := range p.Resources {
				of, _, _ := strings.Cut(r.Name, "-")
				count[of]++
			}
			account := count["gateway"] // the resources of the access logs
			delete(count, "gateway")
			if systems := slices.Sorted(maps.Keys(count)); !slices.Equal(systems, []string{"alerts", "chat"}) || count["chat"] < 50 || account > 2 {
				t.Errorf("got resources by system %v, and %d of the account; want those of chat and alerts", count, account)
			}
			function, _ := p.Outputs["chatFunction"].(string)
			if alias := strings.HasSuffix(function, ":live"); alias != (stack.name == "alias") {
				t.Errorf("got the function %q, want the alias only in the stack alias", function)
			}
			noCollision(t, p)
			if _, ok := p.Outputs["alerts"].(string); !ok || p.Outputs["chat"] == "" {
				t.Errorf("got outputs %v, want addresses", p.Outputs)
			}
		})
	}
}

// noCollision fails the test if two resources of a type have the same ID or name.
func noCollision(t *testing.T, p plan.Plan) {
	t.Helper()
	seen := map[string]string{}
	for _, r := range p.Resources {
		scope := r.Type // some names are unique only in a resource
		for _, input := range []string{"apiId", "bucket", "function", "functionName", "role"} {
			scope += " " + r.Text(input)
		}
		for _, name := range []string{r.ID, r.Text("name"), r.Text("namePrefix"), r.Text("domain"), r.Text("domainName"), r.Text("dashboardName")} {
			other := seen[scope+" "+name]
			if name != "" && other != "" && other != r.Name {
				t.Errorf("%s and %s of type %s have the same name %s", other, r.Name, r.Type, name)
			}
			seen[scope+" "+name] = r.Name
		}
	}
}

// account is a mock of AWS that records the registered resources.
type account struct {
	mu        sync.Mutex
	resources []pulumi.MockResourceArgs
}

func (a *account) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.resources = append(a.resources, args)
	return args.Name, args.Inputs, nil
}

func (a *account) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	region := args.Token == "aws:index/getRegion:getRegion"
	if region && !strings.Contains(args.Provider, "::elsewhere::") {
		return nil, nil
	}
	return resource.NewPropertyMapFromMap(map[string]any{"name": "eu-west-1", "partition": "aws", "names": []any{}}), nil
}

// runMocked runs a program in an account.
func runMocked(t *testing.T, a *account, program pulumi.RunFunc) error {
	t.Helper()
	return pulumi.RunErr(program, pulumi.WithMocks("acme", "dev", a), func(info *pulumi.RunInfo) { info.RootDirectory = ".." })
}

// The provider of the firewall has the credentials of the environment, which may be those of
// another account than the system's.
func TestSystemWithFirewallRefusesOneProvider(t *testing.T) {
	one := func(p pulumi.ProviderResource) pulumi.ResourceOption { return pulumi.Provider(p) }
	for name, test := range map[string]struct {
		option     func(pulumi.ProviderResource) pulumi.ResourceOption
		cloudFront bool
		refused    bool
	}{
		"provider":   {one, false, true},
		"providers":  {func(p pulumi.ProviderResource) pulumi.ResourceOption { return pulumi.Providers(p) }, false, true},
		"cloudFront": {one, true, false},
		"none":       {func(pulumi.ProviderResource) pulumi.ResourceOption { return pulumi.Composite() }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := &account{}
			err := runMocked(t, a, func(ctx *pulumi.Context) error {
				provider, err := aws.NewProvider(ctx, "elsewhere", &aws.ProviderArgs{Region: pulumi.String("us-east-1")})
				if err != nil {
					return err
				}
				args := built()
				if test.cloudFront {
					args.CloudFront = provider
				}
				if args.Settings, err = setting.DefaultStack(); err != nil {
					return err
				}
				args.Settings.OneDomain, args.Settings.Firewall, args.Settings.OriginSecrets = true, true, []string{strings.Repeat("s", 32)}
				_, err = NewSystem(ctx, "chat", args, test.option(provider))
				return err
			})
			if got := err != nil && strings.Contains(err.Error(), "give CloudFront"); got != test.refused {
				t.Errorf("got %v, want a refusal: %v", err, test.refused)
			}
			if declared := slices.ContainsFunc(a.resources, func(r pulumi.MockResourceArgs) bool { return strings.HasPrefix(r.TypeToken, "aws:") }); test.refused && declared {
				t.Error("it declared a resource")
			}
		})
	}
}

// The provider of the firewall does not get the role that the program's configuration has.
func TestSystemWithFirewallRefusesAssumedRole(t *testing.T) {
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		args := built()
		var err error
		if args.Settings, err = setting.DefaultStack(); err != nil {
			return err
		}
		args.Settings.OneDomain, args.Settings.Firewall, args.Settings.OriginSecrets = true, true, []string{strings.Repeat("s", 32)}
		_, err = NewSystem(ctx, "chat", args)
		return err
	}, pulumi.WithMocks("acme", "dev", &account{}), func(info *pulumi.RunInfo) {
		info.RootDirectory, info.Config = "..", map[string]string{"aws:assumeRole": `{"roleArn":"arn:aws:iam::111122223333:role/deployer"}`}
	})
	if want := "Settings.Firewall is true, and the program has aws:assumeRole: give CloudFront in the arguments"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestSystemRefuses(t *testing.T) {
	short, err := setting.DefaultStack()
	if err != nil {
		t.Fatal(err)
	}
	short.Timeout = 0
	with := func(change func(*setting.Stack)) *SystemArgs {
		args := built()
		settings := *short
		settings.Timeout = 10
		change(&settings)
		args.Settings = &settings
		return args
	}
	for name, test := range map[string]struct {
		system string
		args   *SystemArgs
		want   string
	}{
		"name":     {"Chat", built(), `system "Chat": want a name of lower-case letters`},
		"long":     {strings.Repeat("n", 50), built(), "want a name of at most 38 characters"},
		"half":     {"chat", &SystemArgs{Zip: builtZip}, "give both, or neither"},
		"two ways": {"chat", &SystemArgs{Zip: builtZip, Console: builtConsole, Checkout: ".."}, "give Checkout, or Zip and Console"},
		"no zip":   {"chat", &SystemArgs{Zip: "no.zip", Console: builtConsole}, "system chat: find the built function"},
		"no page":  {"chat", &SystemArgs{Zip: builtZip, Console: "infra/testdata/issuers"}, "has no index.html: want the built console"},
		"checkout": {"chat", &SystemArgs{Checkout: "infra"}, "it is not a checkout of this repository: set Checkout"},
		"setting":  {"chat", &SystemArgs{Settings: short, Zip: builtZip, Console: builtConsole}, `system chat: Settings.Timeout is 0: must be a whole number from 1 to 29 (Settings.Timeout = 10)`},
		"together": {"chat", with(func(s *setting.Stack) { s.ClientID = "console" }), `system chat: Settings.ClientID is "console": must be empty when Issuer is empty`},
		"queue":    {"chat", with(func(s *setting.Stack) { s.ReservedConcurrency = 4 }), `system chat: Settings.ReservedConcurrency is 4: must be 0, or more than QueueConcurrency, 4`},
		"environment": {
			"chat", with(func(s *setting.Stack) {
				s.AllowedOrigins = slices.Repeat([]string{"https://" + strings.Repeat("a", 50) + ".example"}, 100)
			}),
			"must be shorter, or other settings of the function: its environment may have 4096 bytes",
		},
		"origins": {
			"chat", with(func(s *setting.Stack) {
				s.Issuer, s.ClientID = "https://id.example.com", "console"
				s.SignInOrigins = slices.Repeat([]string{"https://" + strings.Repeat("a", 60) + ".example.com"}, 20)
			}),
			"(Settings.SignInOrigins = Settings.SignInOrigins[1:])",
		},
		"issuer": {
			"chat", with(func(s *setting.Stack) { s.Issuer, s.ClientID = "https://127.0.0.1:1", "console" }),
			`(Settings.SignInOrigins = []string{"https://id.example.com"})`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := &account{}
			err := runMocked(t, a, func(ctx *pulumi.Context) error {
				provider, err := aws.NewProvider(ctx, "elsewhere", nil)
				if err != nil {
					return err
				}
				_, err = NewSystem(ctx, test.system, test.args, pulumi.Provider(provider))
				return err
			})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "pulumi config") {
				t.Errorf("got %v, want no command: the caller has no configuration", err)
			}
			for _, r := range a.resources {
				if strings.HasPrefix(r.TypeToken, "aws:") {
					t.Errorf("it declared %s %s", r.TypeToken, r.Name)
				}
			}
		})
	}
}
