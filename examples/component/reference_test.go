package main

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ofStack returns the ARN of the function of a stack that another program has deployed. A backend
// with its own Pulumi program uses it instead of a System.
func ofStack(ctx *pulumi.Context, stack string) (pulumi.StringOutput, error) {
	live, err := pulumi.NewStackReference(ctx, stack, nil)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	found := lambda.LookupFunctionOutput(ctx, lambda.LookupFunctionOutputArgs{
		FunctionName: live.GetStringOutput(pulumi.String("functionName")),
	})
	return found.Arn(), nil
}

// cloud is a mock of Pulumi's state and of AWS.
type cloud struct{}

func (cloud) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	return args.Name, resource.NewPropertyMapFromMap(map[string]any{
		"name": args.Name, "outputs": map[string]any{"functionName": "sallyport-dev-function-1a2b3c4"}, "secretOutputNames": []any{},
	}), nil
}

func (cloud) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{"arn": resource.NewProperty("arn:aws:lambda:eu-west-1:111122223333:function:" + args.Args["functionName"].StringValue())}, nil
}

func TestStackReference(t *testing.T) {
	got := make(chan string, 1)
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		function, err := ofStack(ctx, "organization/sallyport/dev")
		function.ApplyT(func(arn string) string {
			got <- arn
			return arn
		})
		return err
	}, pulumi.WithMocks("orders", "dev", cloud{}))
	if err != nil {
		t.Fatal(err)
	}
	if arn, want := <-got, "arn:aws:lambda:eu-west-1:111122223333:function:sallyport-dev-function-1a2b3c4"; arn != want {
		t.Errorf("got %q, want %q", arn, want)
	}
}
