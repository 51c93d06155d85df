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
	if err != nil {
		return err
	}
	c.ARN, c.InvokeARN = c.Alias.Arn, c.Alias.InvokeArn
	c.InvokeName = pulumi.Sprintf("%s:%s", c.Function.Name, liveAlias)
	return nil
}
