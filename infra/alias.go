package infra

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// liveAlias is the name of the alias that all callers use if releaseByAlias is on.
const liveAlias = "live"

// alias declares the alias that points to the released version. A new alias points to the
// version that the same deployment publishes. Later deployments publish versions, but do not
// change the alias. scripts/release.sh moves it, and writes the version that was released before
// into the description. The alias has no other input that changes, because an update of such an
// input would also send the version in Pulumi's state.
func (c *function) alias(ctx *pulumi.Context, s *stack) (err error) {
	c.Alias, err = lambda.NewAlias(ctx, s.named(liveAlias), &lambda.AliasArgs{
		Name:            pulumi.String(liveAlias),
		Description:     pulumi.String("The released version: scripts/release.sh moves it"),
		FunctionName:    c.Function.Name,
		FunctionVersion: c.Function.Version,
	}, pulumi.Parent(c), pulumi.IgnoreChanges([]string{"description", "functionVersion", "routingConfig"}))
	return err
}

// arn returns the ARN of the alias, or of the function if there is no alias.
func (c *function) arn() pulumi.StringOutput {
	if c.Alias != nil {
		return c.Alias.Arn
	}
	return c.Function.Arn
}

// invokeARN returns the ARN with which API Gateway calls the alias, or the function if there is no
// alias.
func (c *function) invokeARN() pulumi.StringOutput {
	if c.Alias != nil {
		return c.Alias.InvokeArn
	}
	return c.Function.InvokeArn
}

// invokeName returns the name with which a backend invokes the function. It includes the alias, if
// there is one.
func (c *function) invokeName() pulumi.StringOutput {
	if c.Alias != nil {
		return pulumi.Sprintf("%s:%s", c.Function.Name, liveAlias)
	}
	return c.Function.Name
}

// permissionQualifier returns the name of the alias for a permission. A permission without it does
// not allow calls of the alias (Lambda's guide, "Lambda function aliases"). It is nil if there is
// no alias.
func (c *function) permissionQualifier() pulumi.StringPtrInput {
	if c.Alias != nil {
		return pulumi.String(liveAlias)
	}
	return nil
}
