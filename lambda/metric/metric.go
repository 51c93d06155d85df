// Package metric names the metrics that the Lambda writes into its log, once:
// the handler counts them, infra puts them on the dashboard and watches them.
package metric

// Dimension is the one dimension that every metric has: the route key of the event, or one
// of the names below. A client cannot choose a value, because CloudWatch
// bills each one. For the same reason all routes of the app share the value Message;
// the function's log has the duration of each route.
const Dimension = "Route"

// TotalDimension is the dimension of metrics that count the events of all routes.
// Total is its only value.
const (
	TotalDimension = "Events"
	Total          = "all"
)

// Values of Dimension that are not route keys.
const (
	Message    = "message" // a message on any route of the app
	Authorizer = "authorizer"
	Push       = "push"
	Disconnect = "disconnect" // a backend's command
	Sweep      = "sweep"
	Unknown    = "unknown" // an event that the function does not know
)

// Duration is how long the function took for an event, in milliseconds. Every
// route has it.
const Duration = "Duration"

// Failures is the number of failed events of all routes: those for which the function
// could not produce the right answer, because of an error of its own or of AWS.
// Refusals do not count. The function writes the metric only when an event fails.
const Failures = "Failures"

// Of $connect and $disconnect.
const (
	Connects    = "Connects"
	Disconnects = "Disconnects"
	OverCap     = "OverCap" // of $connect: too many connections of one user
)

// Of the authorizer: why it did not let a client in.
const (
	NoToken        = "NoToken"        // 401: no credential, several, or of a kind that is off
	BadToken       = "BadToken"       // 401: a token or ticket that is not good, or no longer
	OtherAudience  = "OtherAudience"  // 403: genuine, but for someone else
	OtherOrigin    = "OtherOrigin"    // 403: from a page that may not connect
	CouldNotDecide = "CouldNotDecide" // 500: the issuer's keys are out of reach, for instance
)

// Of a push: how its posts ended. A post that is Throttled has Failed, too.
const (
	Sent      = "Sent"
	Gone      = "Gone"
	Failed    = "Failed"
	Throttled = "Throttled" // 429, after all repetitions
)

// DisconnectedByFunction counts the connections that the function ended, for every
// reason: an expired token, a sign-out, a backend's command, or the connection limit.
const DisconnectedByFunction = "DisconnectedByFunction"
