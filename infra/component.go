package infra

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// former is what a component was called in an earlier version: its kind, its
// name or both. An empty field says that it is as now.
type former struct{ Kind, Name string }

// component registers a part of the stack. A part that is renamed lists its
// former names: then `pulumi up` keeps what belongs to it, which otherwise it
// would create anew and delete, addresses, users and all.
func component(ctx *pulumi.Context, c pulumi.ComponentResource, kind, name string, formerly ...former) error {
	var aliases []pulumi.Alias
	for _, f := range formerly {
		var a pulumi.Alias
		if f.Kind != "" {
			a.Type = pulumi.String(kindType(f.Kind))
		}
		if f.Name != "" {
			a.Name = pulumi.String(f.Name)
		}
		aliases = append(aliases, a)
	}
	if err := ctx.RegisterComponentResource(kindType(kind), name, c, pulumi.Aliases(aliases)); err != nil {
		return fmt.Errorf("declare %s: %w", name, err)
	}
	return nil
}

func kindType(kind string) string { return "sallyport:infra:" + kind }
