package infra

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/setting"
)

// wholeSystem declares a system with all optional parts.
func wholeSystem(ctx *pulumi.Context, name string, opts ...pulumi.ResourceOption) error {
	args := built()
	settings, err := setting.DefaultStack()
	if err != nil {
		return err
	}
	settings.OneDomain, settings.Firewall, settings.OriginSecrets = true, true, []string{strings.Repeat("s", 32)}
	settings.AccessLogs, settings.ReleaseByAlias, settings.AlarmEmail, settings.MonthlyBudget = true, true, "ops@example.com", 10
	args.Settings = settings
	if args.CloudFront, err = aws.NewProvider(ctx, "cdn", &aws.ProviderArgs{Region: pulumi.String("us-east-1")}); err != nil {
		return err
	}
	_, err = NewSystem(ctx, name, args, opts...)
	return err
}

// registered returns the account in which wholeSystem has registered its resources with the
// options that options returns.
func registered(t *testing.T, name string, options func(*pulumi.Context, pulumi.ProviderResource) ([]pulumi.ResourceOption, error)) *account {
	t.Helper()
	a := &account{}
	err := runMocked(t, a, func(ctx *pulumi.Context) error {
		elsewhere, err := aws.NewProvider(ctx, "elsewhere", &aws.ProviderArgs{Region: pulumi.String("eu-west-1")})
		if err != nil {
			return err
		}
		opts, err := options(ctx, elsewhere)
		if err != nil {
			return err
		}
		return wholeSystem(ctx, name, opts...)
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(a.ofSystem()); n < 80 {
		t.Fatalf("got %d resources, want the whole system", n)
	}
	return a
}

// ofSystem returns the components and the resources of AWS that belong to a system.
func (a *account) ofSystem() []pulumi.MockResourceArgs {
	return slices.DeleteFunc(slices.Clone(a.resources), func(r pulumi.MockResourceArgs) bool {
		return !strings.HasPrefix(r.TypeToken, "aws:") && !strings.HasPrefix(r.TypeToken, "sallyport:") || r.Name == "before"
	})
}

// tagged adds a tag to the arguments of a resource that can have tags, as a transformation of a
// user does.
func tagged(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
	if m, ok := args.Props.(pulumi.Map); ok { // the firewall
		if tags, ok := m["tags"].(pulumi.StringMap); ok {
			m["tags"] = withTeam(tags)
		}
	} else if v := reflect.ValueOf(args.Props); v.Kind() == reflect.Pointer && !v.IsNil() {
		if f := v.Elem().FieldByName("Tags"); f.IsValid() {
			tags, _ := f.Interface().(pulumi.StringMap)
			f.Set(reflect.ValueOf(withTeam(tags)))
		}
	}
	return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: args.Opts}
}

func withTeam(tags pulumi.StringMap) pulumi.StringMap {
	all := pulumi.StringMap{"Team": pulumi.String("chat")}
	for name, value := range tags {
		all[name] = value
	}
	return all
}

// A transformation of the SDK can change the arguments of all resources, also in components of
// components.
func TestTransformationOfSystem(t *testing.T) {
	a := registered(t, "chat", func(_ *pulumi.Context, p pulumi.ProviderResource) ([]pulumi.ResourceOption, error) {
		return []pulumi.ResourceOption{pulumi.Provider(p), pulumi.Transformations([]pulumi.ResourceTransformation{tagged})}, nil
	})
	count := 0
	for _, r := range a.ofSystem() {
		tags, has := r.Inputs["tags"]
		if !has {
			continue
		}
		count++
		if team := tags.ObjectValue()["Team"]; !team.IsString() || team.StringValue() != "chat" {
			t.Errorf("%s %s has the tags %v, want the tag of the transformation", r.TypeToken, r.Name, tags)
		}
	}
	if count < 25 {
		t.Errorf("got %d resources with tags, want all that can have tags", count)
	}
}

// The engine applies a transform to the resource that declares it, and to all of its descendants
// (pulumi/pulumi, pkg/resource/deploy/source_eval.go). The mock does not, so the test does it.
func TestTransformOfSystem(t *testing.T) {
	var called []string
	transform := func(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
		called = append(called, args.Type+" "+args.Name)
		return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
	}
	a := registered(t, "chat", func(_ *pulumi.Context, p pulumi.ProviderResource) ([]pulumi.ResourceOption, error) {
		return []pulumi.ResourceOption{pulumi.Provider(p), pulumi.Transforms([]pulumi.ResourceTransform{transform})}, nil
	})
	urn := func(r pulumi.MockResourceArgs) string {
		return typeChain(r.RegisterRPC.GetParent(), r.TypeToken) + "::" + r.Name
	}
	transforms, parents := map[string][]pulumi.ResourceTransform{}, map[string]string{}
	for _, r := range a.resources {
		transforms[urn(r)] = r.Transforms
		parents[urn(r)] = chainAndName(r.RegisterRPC.GetParent())
	}
	var want []string
	for _, r := range a.ofSystem() {
		want = append(want, r.TypeToken+" "+r.Name)
		for u := urn(r); u != ""; u = parents[u] {
			for _, transform := range transforms[u] {
				transform(t.Context(), &pulumi.ResourceTransformArgs{Type: r.TypeToken, Name: r.Name, Custom: r.Custom})
			}
		}
	}
	compare(t, "transformed resources", called, want)
}

// chainAndName returns the types and the name of a URN, such as a$b::name, and "" for the stack.
func chainAndName(urn string) string {
	parts := strings.SplitN(urn, "::", 4)
	if len(parts) < 4 || strings.HasPrefix(parts[2], "pulumi:pulumi:Stack") {
		return ""
	}
	return parts[2] + "::" + parts[3]
}

// typeChain returns the types in the URN of a resource with a parent.
func typeChain(parent, typ string) string {
	chain, _, found := strings.Cut(chainAndName(parent), "::")
	if !found {
		return typ
	}
	return chain + "$" + typ
}

// TestSystemOptions checks which options of a system reach all of its resources. Pulumi decides it.
func TestSystemOptions(t *testing.T) {
	type component struct{ pulumi.ResourceState }
	for name, test := range map[string]struct {
		options func(*pulumi.Context, pulumi.ProviderResource) ([]pulumi.ResourceOption, error)
		has     func(pulumi.MockResourceArgs) bool
		want    bool
	}{
		"provider": {
			func(_ *pulumi.Context, p pulumi.ProviderResource) ([]pulumi.ResourceOption, error) {
				return []pulumi.ResourceOption{pulumi.Provider(p)}, nil
			},
			hasProvider, true,
		},
		"protect": {
			func(_ *pulumi.Context, p pulumi.ProviderResource) ([]pulumi.ResourceOption, error) {
				return []pulumi.ResourceOption{pulumi.Provider(p), pulumi.Protect(true)}, nil
			},
			func(r pulumi.MockResourceArgs) bool { return r.RegisterRPC.GetProtect() }, true,
		},
		"providers": {
			func(_ *pulumi.Context, p pulumi.ProviderResource) ([]pulumi.ResourceOption, error) {
				return []pulumi.ResourceOption{pulumi.Providers(p)}, nil
			},
			hasProvider, true,
		},
		"provider of the parent": {
			func(ctx *pulumi.Context, p pulumi.ProviderResource) ([]pulumi.ResourceOption, error) {
				c := &component{}
				err := ctx.RegisterComponentResource("acme:index:Team", "team", c, pulumi.Providers(p))
				return []pulumi.ResourceOption{pulumi.Parent(c)}, err
			},
			func(r pulumi.MockResourceArgs) bool {
				return hasProvider(r) && strings.Contains(r.RegisterRPC.GetParent(), "acme:index:Team")
			}, true,
		},
		"ignoreChanges": {
			func(_ *pulumi.Context, p pulumi.ProviderResource) ([]pulumi.ResourceOption, error) {
				return []pulumi.ResourceOption{pulumi.Provider(p), pulumi.IgnoreChanges([]string{"ignored"})}, nil
			},
			func(r pulumi.MockResourceArgs) bool {
				return slices.Contains(r.RegisterRPC.GetIgnoreChanges(), "ignored")
			}, false,
		},
		"retainOnDelete": {
			func(_ *pulumi.Context, p pulumi.ProviderResource) ([]pulumi.ResourceOption, error) {
				return []pulumi.ResourceOption{pulumi.Provider(p), pulumi.RetainOnDelete(true)}, nil
			},
			func(r pulumi.MockResourceArgs) bool {
				return r.RegisterRPC.GetRetainOnDelete() && !strings.HasSuffix(r.Name, "gateway-logs") // these always stay
			}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range registered(t, "chat", test.options).ofSystem() {
				if strings.HasPrefix(r.TypeToken, "aws:") && test.has(r) != test.want {
					t.Errorf("%s %s has the option: %t, want %t", r.TypeToken, r.Name, !test.want, test.want)
				}
			}
		})
	}
}

// hasProvider reports whether a resource has the provider of the test. The firewall has its own.
func hasProvider(r pulumi.MockResourceArgs) bool {
	if strings.HasPrefix(r.TypeToken, "aws:wafv2") {
		return strings.Contains(r.Provider, "::cdn::")
	}
	return strings.Contains(r.Provider, "::elsewhere::")
}

// All resources of a system wait for the resources on which the system depends.
func TestSystemDependsOn(t *testing.T) {
	a := registered(t, "chat", func(ctx *pulumi.Context, p pulumi.ProviderResource) ([]pulumi.ResourceOption, error) {
		topic, err := sns.NewTopic(ctx, "before", nil, pulumi.Provider(p))
		return []pulumi.ResourceOption{pulumi.Provider(p), pulumi.DependsOn([]pulumi.Resource{topic})}, err
	})
	before := slices.IndexFunc(a.resources, func(r pulumi.MockResourceArgs) bool { return r.Name == "before" })
	first := slices.IndexFunc(a.resources, func(r pulumi.MockResourceArgs) bool {
		return r.Name != "before" && strings.HasPrefix(r.TypeToken, "aws:")
	})
	if before < 0 || first < before {
		t.Errorf("got the dependency as resource %d, after resource %d of the system", before, first)
	}
}

// renamed gives each resource of a system an alias with its old name. docs/component.md shows it.
func renamed(from, to string) pulumi.ResourceTransformation {
	return func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		rest, found := strings.CutPrefix(args.Name, to)
		if !found {
			return nil // it belongs to the account
		}
		old := pulumi.String(from + rest)
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: append(args.Opts, pulumi.Aliases([]pulumi.Alias{{Name: old}}))}
	}
}

// A system can get another name without a replacement of its resources.
func TestAliasesOfSystem(t *testing.T) {
	old := map[string]bool{}
	none := func(_ *pulumi.Context, p pulumi.ProviderResource) ([]pulumi.ResourceOption, error) {
		return []pulumi.ResourceOption{pulumi.Provider(p)}, nil
	}
	for _, r := range registered(t, "alerts", none).ofSystem() {
		old[typeChain(r.RegisterRPC.GetParent(), r.TypeToken)+"::"+r.Name] = true
	}
	a := registered(t, "chat", func(_ *pulumi.Context, p pulumi.ProviderResource) ([]pulumi.ResourceOption, error) {
		return []pulumi.ResourceOption{pulumi.Provider(p), pulumi.Transformations([]pulumi.ResourceTransformation{renamed("alerts", "chat")})}, nil
	})
	for _, r := range a.ofSystem() {
		found := false
		for _, alias := range r.RegisterRPC.GetAliases() {
			found = found || old[typeChain(r.RegisterRPC.GetParent(), r.TypeToken)+"::"+alias.GetSpec().GetName()]
		}
		if !found && !strings.HasSuffix(r.Name, "gateway-logs") { // these two belong to the account
			t.Errorf("%s %s has the aliases %v, want its old name", r.TypeToken, r.Name, r.RegisterRPC.GetAliases())
		}
	}
}
