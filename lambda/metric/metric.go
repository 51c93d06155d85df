// Package metric names the metrics that the Lambda writes into its log, once:
// the handler counts them, infra puts them on the dashboard and watches them.
package metric

// Dimension is the one dimension that every metric has: the route of the event,
// or Authorizer or Push.
const Dimension = "Route"

// The events that no route stands for, as values of Dimension.
const (
	Authorizer = "authorizer"
	Push       = "push"
)

// Duration is how long the function took for an event, in milliseconds. Every
// route has it.
const Duration = "Duration"

// Of $connect and $disconnect.
const (
	Connects    = "Connects"
	Disconnects = "Disconnects"
)

// Of the authorizer: why it did not let a client in.
const (
	NoToken        = "NoToken"        // 401
	BadToken       = "BadToken"       // 401: it does not verify, or has expired
	OtherAudience  = "OtherAudience"  // 403: genuine, but for someone else
	CouldNotDecide = "CouldNotDecide" // 500: the issuer's keys are out of reach, for instance
)

// Of a push: how its posts ended. A post that is Throttled has Failed, too.
const (
	Sent      = "Sent"
	Gone      = "Gone"
	Failed    = "Failed"
	Throttled = "Throttled" // 429, after all repetitions
)
