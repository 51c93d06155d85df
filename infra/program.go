// Package infra declares all cloud resources, one component per file. It is the only
// source of the deployment: `pulumi up` deploys it, package monitor creates a plan of it,
// and the local run starts from that plan.
//
//	browser ──https──▶ site: CloudFront ▶ private bucket (console, config.json)
//	   │
//	   ├──OIDC────▶ sign-in: Cognito, or a configured issuer
//	   │
//	   ├──https──▶ http: stage ▶ endpoints ▶ function ▶ tickets (DynamoDB)
//	   │
//	   └──wss─────▶ api: stage ▶ routes ▶ function ▶ connections (DynamoDB)
//	                     ▲ $connect: authorizer, the same function
//	                     └─ @connections: the function pushes
//	sweep: calls the function, which ends the connections that have expired
//	watch: saved queries, dashboard, alarms and budget
//
// The dependencies of the components have no cycle, because addresses are known early.
// The site's security headers need the addresses of the APIs and the issuer, but neither
// routes nor client. The client and config.json need the site's address. The function
// needs the client. The routes need the function.
//
// Comments cite sections, as in "(api-gateway.md 9)", of the pages that docs/api-gateway.md
// lists.
package infra

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/infra/configuration"
	"sallyport/infra/discovery"
	"sallyport/lambda/app"
	"sallyport/lambda/channel"
	"sallyport/lambda/route"
)

// Program declares the stack. It first builds the function and the console if they are out
// of date.
func Program(ctx *pulumi.Context) error {
	return program(buildHere, discovery.Reader{}.Origins, appDeclarations)(ctx)
}

// declarations are the routes and namespaces of an app.
type declarations struct {
	routes     route.Table
	namespaces channel.Table
}

// hasChannels reports whether the app has namespaces.
func (d declarations) hasChannels() bool { return len(d.namespaces.All()) > 0 }

// appDeclarations returns the declarations of lambda/app.
func appDeclarations() (declarations, error) {
	routes, routesErr := app.Table()
	namespaces, namespacesErr := app.Channels()
	return declarations{routes, namespaces}, errors.Join(routesErr, namespacesErr)
}

// originFinder returns the origins that a page calls to sign in at an issuer.
type originFinder func(ctx context.Context, issuer string) ([]string, error)

// program returns a program that deploys the artifacts of files with the declarations of declared.
// It calls origins if the configuration has an issuer, but not the origins of the issuer.
func program(files func(*pulumi.Context) (artifacts, error), origins originFinder, declared func() (declarations, error)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		p := sources{
			files: files, origins: origins, declared: declared,
			settings: func(name string) (string, bool) { return ctx.GetConfig(ctx.Project() + ":" + name) },
			warn:     func(cfg configuration.Config) error { return warnOfClearText(ctx, cfg.OriginSecrets) },
		}
		system, err := p.declare(ctx, ctx.Project())
		if err != nil {
			return err
		}
		for name, output := range system.Outputs {
			ctx.Export(name, output)
		}
		return nil
	}
}

// checkPartition returns an error unless the region belongs to AWS's standard partition.
// In other partitions, such as those of cn-north-1 and us-gov-west-1, ARNs and domains
// have other forms, and some services of the stack do not exist.
func checkPartition(ctx *pulumi.Context, region string, system *System) error {
	partition, err := aws.GetPartition(ctx, nil, pulumi.Parent(system))
	if err != nil {
		return fmt.Errorf("get partition: %w", err)
	}
	if partition.Partition != "aws" {
		return fmt.Errorf("region %s belongs to the partition %s: want a region of the partition aws, such as eu-west-1, for the AWS provider (pulumi config set aws:region eu-west-1)", region, partition.Partition)
	}
	return nil
}

// findOrigins sets c.SignInOrigins to the origins of the configured issuer, unless they
// are set.
func findOrigins(ctx context.Context, c *configuration.Config, origins originFinder) (err error) {
	if c.Issuer == "" || len(c.SignInOrigins) > 0 {
		return nil
	}
	if c.SignInOrigins, err = origins(ctx, c.Issuer); err != nil {
		return errors.Join(
			fmt.Errorf("find the origins that the console calls to sign in at the issuer %s: %w", c.Issuer, err),
			c.Refuse(&c.SignInOrigins, "", "the origins of issuer, token_endpoint, jwks_uri, userinfo_endpoint and revocation_endpoint of the issuer, "+
				"if the issuer is correct and this machine cannot reach it", "https://id.example.com"),
		)
	}
	return nil
}
