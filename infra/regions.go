package infra

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/setting"
)

// regions returns the stacks that the console connects to, in the order of preference: this
// one, then those of the setting otherRegions.
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

// otherOrigins returns the origins that the console calls in other regions.
func (s *stack) otherOrigins() []string {
	var origins []string
	for _, item := range s.OtherRegions {
		origins = append(origins, setting.ParseRegion(item).Origins()...)
	}
	return origins
}
