package infra

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/setting"
)

// regions returns the stacks to which the console may connect, in the order of preference. The
// first one is this stack. The setting otherRegions has the others.
func (s *stack) regions() pulumi.Array {
	own := pulumi.Map{"region": pulumi.String(s.region), "websocketUrl": s.websocketURL()}
	if s.Tickets {
		own["httpUrl"] = s.httpURL()
	}
	all := pulumi.Array{own}
	for _, item := range s.OtherRegions {
		r := setting.ParseRegion(item)
		other := pulumi.Map{"region": pulumi.String(r.Name), "websocketUrl": pulumi.String(r.WebsocketURL)}
		if r.HTTPURL != "" {
			other["httpUrl"] = pulumi.String(r.HTTPURL)
		}
		all = append(all, other)
	}
	return all
}

// otherOrigins returns the origins of the stacks in other regions.
func (s *stack) otherOrigins() []string {
	var origins []string
	for _, item := range s.OtherRegions {
		origins = append(origins, setting.ParseRegion(item).Origins()...)
	}
	return origins
}
