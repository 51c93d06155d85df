// Command component is a Pulumi program that declares a Sallyport system, a bucket, and the role
// of a backend that may push to the clients. docs/component.md explains it.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/examples/component/app"
	"sallyport/infra"
	"sallyport/lambda/setting"
)

func main() {
	pulumi.Run(program)
}

func program(ctx *pulumi.Context) error {
	settings, err := setting.DefaultStack()
	if err != nil {
		return err
	}
	settings.AllowedOrigins = []string{"https://orders.example.com"}
	args := &infra.SystemArgs{Settings: settings, Table: app.Table}
	args.Zip, _ = ctx.GetConfig("orders:zip")
	args.Console, _ = ctx.GetConfig("orders:console")
	if args.Zip == "" {
		args.Function = "./socket"
	}
	if args.Console == "" {
		args.Checkout = "../.." // this repository
	}
	live, err := infra.NewSystem(ctx, "live", args)
	if err != nil {
		return err
	}
	files, err := s3.NewBucketV2(ctx, "orders", nil)
	if err != nil {
		return err
	}
	if err := backend(ctx, live); err != nil {
		return err
	}
	ctx.Export("websocketUrl", live.WebsocketURL)
	ctx.Export("functionName", live.FunctionName)
	ctx.Export("bucket", files.Bucket)
	return nil
}

// backend declares the role of a backend. A backend that may invoke the function can push to all
// clients. The policy allows only this function.
func backend(ctx *pulumi.Context, live *infra.System) error {
	type object = map[string]any
	trust := pulumi.JSONMarshal(object{
		"Version": "2012-10-17",
		"Statement": []object{{
			"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": object{"Service": "lambda.amazonaws.com"},
		}},
	})
	role, err := iam.NewRole(ctx, "backend", &iam.RoleArgs{AssumeRolePolicy: trust})
	if err != nil {
		return err
	}
	push := pulumi.JSONMarshal(pulumi.Map{
		"Version": pulumi.String("2012-10-17"),
		"Statement": pulumi.Array{pulumi.Map{
			"Sid": pulumi.String("Push"), "Effect": pulumi.String("Allow"),
			"Action": pulumi.String("lambda:InvokeFunction"), "Resource": live.FunctionARN,
		}},
	})
	_, err = iam.NewRolePolicy(ctx, "backend", &iam.RolePolicyArgs{Role: role.Name, Policy: push})
	return err
}
