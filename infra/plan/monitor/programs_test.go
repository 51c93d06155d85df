package monitor

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// programs are Pulumi programs. The test binary runs them in a child process.
var programs = map[string]pulumi.RunFunc{
	"small":              small,
	"unknownType":        unknownType,
	"unknownData":        unknownData,
	"unknownInput":       unknownInput,
	"unknownStackOutput": unknownStackOutput,
	"declaredTwice":      declaredTwice,
	"secrets":            secrets,
	"providers":          providers,
	"providerNoRegion":   providerNoRegion,
	"textAsset":          textAsset,
	"fails":              func(*pulumi.Context) error { return errors.New("the moon is full") },
	"panics":             func(*pulumi.Context) error { panic("out of cheese") },
	"hangs":              hangs,
}

// thing replaces the types of the provider.
type thing struct {
	pulumi.CustomResourceState

	Name      pulumi.StringOutput `pulumi:"name"`
	Arn       pulumi.StringOutput `pulumi:"arn"`
	StreamArn pulumi.StringOutput `pulumi:"streamArn"` // not computed by the monitor
}

func newTable(ctx *pulumi.Context, name string, in pulumi.Map, opts ...pulumi.ResourceOption) (*thing, error) {
	t := &thing{}
	return t, ctx.RegisterResource("aws:dynamodb/table:Table", name, in, t, opts...)
}

func newReader(ctx *pulumi.Context, in pulumi.Map, opts ...pulumi.ResourceOption) error {
	return ctx.RegisterResource("aws:iam/role:Role", "reader", in, &thing{}, opts...)
}

type group struct{ pulumi.ResourceState }

func small(ctx *pulumi.Context) error {
	g := &group{}
	if err := ctx.RegisterComponentResource("test:index:Group", "group", g); err != nil {
		return err
	}
	rows, err := newTable(ctx, "rows", pulumi.Map{"hashKey": pulumi.String("id"), "ttl": pulumi.Bool(true), "units": pulumi.Int(3)}, pulumi.Parent(g))
	if err != nil {
		return err
	}
	other, err := newTable(ctx, "other", pulumi.Map{"name": pulumi.String("given")})
	if err != nil {
		return err
	}
	if err := newReader(ctx, pulumi.Map{
		"policy": pulumi.Sprintf("read %s", rows.Arn),
		"code":   pulumi.NewFileArchive(".build/code.zip"),
		"page":   pulumi.NewFileAsset(ctx.RootDirectory() + "/site/index.html"),
		"list":   pulumi.ToStringArray([]string{"a", "b"}),
	}, pulumi.DependsOn([]pulumi.Resource{other})); err != nil {
		return err
	}
	memory, _ := ctx.GetConfig("test:memory")
	ctx.Export("table", rows.Name)
	ctx.Export("memory", pulumi.String(memory))
	return ctx.RegisterResourceOutputs(g, pulumi.Map{"arn": rows.Arn})
}

func unknownType(ctx *pulumi.Context) error {
	return newBot(ctx)
}

// newBot replaces a constructor of the provider. The error names the caller of newBot.
func newBot(ctx *pulumi.Context) error {
	return ctx.RegisterResource("aws:lex/bot:Bot", "talker", nil, &thing{})
}

// elsewhere declares an explicit provider, and returns the option that uses it.
func elsewhere(ctx *pulumi.Context, in pulumi.Map) (pulumi.ResourceOption, error) {
	p := &struct{ pulumi.ProviderResourceState }{}
	err := ctx.RegisterResource("pulumi:providers:aws", "elsewhere", in, p)
	return pulumi.Provider(p), err
}

func providers(ctx *pulumi.Context) error {
	there, err := elsewhere(ctx, pulumi.Map{"region": pulumi.String("us-east-1")})
	if err != nil {
		return err
	}
	_, here := newTable(ctx, "here", pulumi.Map{"name": pulumi.String("a")})
	_, err = newTable(ctx, "there", pulumi.Map{"name": pulumi.String("a")}, there)
	return errors.Join(here, err)
}

func providerNoRegion(ctx *pulumi.Context) error {
	there, err := elsewhere(ctx, nil)
	if err != nil {
		return err
	}
	_, err = newTable(ctx, "there", nil, there)
	return err
}

// s3 replaces a package of the provider.
var s3 provider

type provider struct{}

func (provider) LookupBucket(ctx *pulumi.Context) error {
	var answer struct{}
	return ctx.Invoke("aws:s3/getBucket:getBucket", nil, &answer)
}

func unknownData(ctx *pulumi.Context) error {
	return s3.LookupBucket(ctx) // the error names this line
}

func unknownInput(ctx *pulumi.Context) error {
	rows, err := newTable(ctx, "rows", nil)
	if err != nil {
		return err
	}
	return newReader(ctx, pulumi.Map{"policy": pulumi.Map{"for": pulumi.StringArray{rows.StreamArn}}})
}

func unknownStackOutput(ctx *pulumi.Context) error {
	rows, err := newTable(ctx, "rows", nil)
	ctx.Export("stream", rows.StreamArn)
	return err
}

func declaredTwice(ctx *pulumi.Context) error {
	_, err := newTable(ctx, "rows", nil)
	_, again := newTable(ctx, "rows", nil)
	return errors.Join(err, again)
}

func secrets(ctx *pulumi.Context) error {
	ctx.Export("word", pulumi.ToSecret(pulumi.String("sesame")))
	return newReader(ctx, pulumi.Map{"password": pulumi.ToSecret(pulumi.String("sesame"))})
}

func textAsset(ctx *pulumi.Context) error {
	return newReader(ctx, pulumi.Map{"page": pulumi.NewStringAsset("hello")})
}

// hangs opens the named pipe PIPE, starts a child that inherits it, and waits for the
// child.
func hangs(*pulumi.Context) error {
	pipe, err := os.OpenFile(os.Getenv("PIPE"), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	child := exec.Command("sleep", "60")
	child.Stdout = pipe
	if err := child.Start(); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(pipe, "started"); err != nil {
		return err
	}
	return child.Wait()
}
