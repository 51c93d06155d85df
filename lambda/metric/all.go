package metric

import (
	"slices"

	"sallyport/lambda/route"
)

// Metric is one metric as CloudWatch bills it: a name with the value of a dimension.
type Metric struct{ Name, Dimension, Value string }

// All returns every metric that the function can write. The setting sessionCookie adds two: the
// durations of its endpoints.
func All() []Metric {
	sent := []string{Sent, Gone, Failed, Throttled}
	names := map[string][]string{ // by value of Dimension, beside Duration
		route.Connect:                 {Connects, OverCap, DisconnectedByFunction},
		route.Disconnect:              {Disconnects},
		route.Refresh:                 {DisconnectedByFunction},
		Message:                       slices.Concat(sent, []string{DisconnectedByFunction}),
		Authorizer:                    {NoToken, BadToken, OtherAudience, OtherOrigin, CouldNotDecide},
		Push:                          sent,
		Disconnect:                    {DisconnectedByFunction},
		Sweep:                         {DisconnectedByFunction},
		"DELETE " + route.Connections: {DisconnectedByFunction},
		Queue:                         nil,
		Unknown:                       nil,
	}
	for _, e := range route.Endpoints(false) {
		names[e.Key()] = slices.Clone(names[e.Key()])
	}
	all := []Metric{{Failures, TotalDimension, Total}}
	for value, counts := range names {
		for _, name := range append([]string{Duration}, counts...) {
			all = append(all, Metric{name, Dimension, value})
		}
	}
	return all
}
