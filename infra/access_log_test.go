package infra

import (
	"errors"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// accountWithRoles is the monitor of an account that has some roles. It records the
// declared role.
type accountWithRoles struct {
	names    []string
	declared *pulumirpc.RegisterResourceRequest
}

func (a *accountWithRoles) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if args.Token != "aws:iam/getRoles:getRoles" || args.Args["nameRegex"].StringValue() != "^sallyport-gateway-logs$" {
		return nil, errors.New("unexpected call of " + args.Token)
	}
	var names []any
	for _, n := range a.names {
		names = append(names, n)
	}
	return resource.NewPropertyMapFromMap(map[string]any{"id": "eu-west-1", "names": names, "arns": []any{}}), nil
}

func (a *accountWithRoles) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	a.declared = args.RegisterRPC
	return args.Name, args.Inputs, nil
}

// The role for logs stays when a stack is destroyed. The next stack imports it.
func TestRoleForLogsIsImported(t *testing.T) {
	for name, test := range map[string]struct {
		roles    []string
		importID string
		ignores  bool
	}{
		"none":   {nil, "", false},
		"exists": {[]string{"sallyport-gateway-logs"}, "sallyport-gateway-logs", true},
	} {
		t.Run(name, func(t *testing.T) {
			account := &accountWithRoles{names: test.roles}
			err := pulumi.RunErr(func(ctx *pulumi.Context) error {
				_, err := (&stack{project: "sallyport"}).logRole(ctx, nil, pulumi.RetainOnDelete(true))
				return err
			}, pulumi.WithMocks("sallyport", "dev", account))
			if err != nil {
				t.Fatal(err)
			}
			got := account.declared
			if got.GetImportId() != test.importID || got.GetObject().GetFields()["name"].GetStringValue() != "sallyport-gateway-logs" || !got.GetRetainOnDelete() {
				t.Errorf("got %v, want the import of %q", got, test.importID)
			}
			if slices.Contains(got.GetIgnoreChanges(), "tags") != test.ignores {
				t.Errorf("ignores %v, want the existing role imported without changes", got.GetIgnoreChanges())
			}
		})
	}
}

// Without access logs, the stage ignores changes of its log settings. With access
// logs, it does not.
func TestUpdateKeepsAccessLog(t *testing.T) {
	for name, want := range map[string][]string{"dev": {"accessLogSettings"}, "least": {"accessLogSettings"}, "everything": nil} {
		for _, r := range stackPlan(t, name).OfType("aws:apigatewayv2/stage:Stage") {
			if !slices.Equal(r.Ignores, want) {
				t.Errorf("%s: stage %s ignores changes of %v, want %v", name, r.Name, r.Ignores, want)
			}
		}
	}
}

// index.html is uploaded after all other files.
func TestPageIsUploadedLast(t *testing.T) {
	for _, p := range plans(t) {
		files := p.OfType("aws:s3/bucketObjectv2:BucketObjectv2")
		page := named(t, p, "aws:s3/bucketObjectv2:BucketObjectv2", indexFile)
		if len(files) < 4 || len(page.After) != len(files)-1 {
			t.Errorf("%s: the page depends on %v, want the %d other files", p.Stack, page.After, len(files)-1)
		}
	}
}
