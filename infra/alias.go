package infra

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// liveAlias is the name of the alias that all callers use if releaseByAlias is on.
const liveAlias = "live"

// alias declares the alias that points to the released version. A new alias points to the
// version that the same deployment publishes. Later deployments publish versions and leave the
// alias as it is: scripts/release.sh moves it, and writes into the description which version was
// released before. An update of any other input would also send the version of Pulumi's state, so
// the alias has no input that changes.
func (c *function) alias(ctx *pulumi.Context, s *stack) (err error) {
	c.Alias, err = lambda.NewAlias(ctx, s.named(liveAlias), &lambda.AliasArgs{
		Name:            pulumi.String(liveAlias),
		Description:     pulumi.String("The released version: scripts/release.sh moves it"),
		FunctionName:    c.Function.Name,
		FunctionVersion: c.Function.Version,
	}, pulumi.Parent(c), pulumi.IgnoreChanges([]string{"description", "functionVersion", "routingConfig"}))
	return err
}

// arn returns the ARN of the alias, or else of the function.
func (c *function) arn() pulumi.StringOutput {
	if c.Alias != nil {
		return c.Alias.Arn
	}
	return c.Function.Arn
}

// invokeARN returns the address with which API Gateway calls the alias, or else the function.
func (c *function) invokeARN() pulumi.StringOutput {
	if c.Alias != nil {
		return c.Alias.InvokeArn
	}
	return c.Function.InvokeArn
}

// callName returns the name with which a backend invokes the function: with the alias, if there
// is one.
func (c *function) callName() pulumi.StringOutput {
	if c.Alias != nil {
		return pulumi.Sprintf("%s:%s", c.Function.Name, liveAlias)
	}
	return c.Function.Name
}

// qualifier returns the name of the alias for a permission. A permission without it allows to
// call the function, but not the alias (Lambda's guide, "Lambda function aliases").
func (c *function) qualifier() pulumi.StringPtrInput {
	if c.Alias != nil {
		return pulumi.String(liveAlias)
	}
	return nil
}
