// Package metric defines the names of the metrics that the function writes into its log. Package
// handler counts them, and package infra declares the dashboard and the alarms.
package metric

// Dimension is the dimension of every metric. Its value is the route key of the event, or one
// of the names below. A client cannot choose a value, because CloudWatch bills each value.
// For the same reason, all routes of the app share the value Message. The function's log has
// the duration of each route.
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
	Queue      = "queue"   // messages of the queue of channels
	Unknown    = "unknown" // an event that the function does not know
)

// Duration is the processing time of an event, in milliseconds. All events have it.
const Duration = "Duration"

// Failures is the number of failed events of all routes. An event fails if an error of the
// function or of AWS prevents the correct answer. A refusal is not a failure. The function
// writes the metric only when an event fails.
const Failures = "Failures"

// The metrics of $connect and $disconnect.
const (
	Connects    = "Connects"
	Disconnects = "Disconnects"
	OverCap     = "OverCap" // of $connect: a user exceeded connectionsPerUser
)

// The metrics of the authorizer: the reasons of refusals.
const (
	NoToken        = "NoToken"        // 401: no credential, several, or of a kind that is off
	BadToken       = "BadToken"       // 401: a token or ticket that is invalid or expired
	OtherAudience  = "OtherAudience"  // 403: a valid token for another audience, or without a scope
	OtherOrigin    = "OtherOrigin"    // 403: a page that may not connect, or a request that did not come through the site
	CouldNotDecide = "CouldNotDecide" // 500: for instance, the keys of the issuer cannot be fetched
)

// The metrics of a push: the results of its posts. A post that is Throttled also counts as
// Failed.
const (
	Sent      = "Sent"
	Gone      = "Gone"
	Failed    = "Failed"
	Throttled = "Throttled" // 429, after all repetitions
)

// DisconnectedByFunction counts the connections that the function ended, for every
// reason: an expired token, a sign-out, a backend's command, or the connection limit.
const DisconnectedByFunction = "DisconnectedByFunction"
