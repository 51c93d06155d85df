package infra

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// component registers a component of the stack, with the type sallyport:infra:{kind}.
func component(ctx *pulumi.Context, c pulumi.ComponentResource, kind, name string) error {
	if err := ctx.RegisterComponentResource("sallyport:infra:"+kind, name, c); err != nil {
		return fmt.Errorf("declare %s: %w", name, err)
	}
	return nil
}
