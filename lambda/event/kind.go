package event

import "sallyport/lambda/route"

// Kind is a kind of event.
type Kind string

// The kinds of event.
const (
	Authorizer Kind = "authorizer" // API Gateway asks whether a client may connect
	Route      Kind = "route"      // a client connects, sends a message or disconnects
	HTTP       Kind = "http"       // a request to the HTTP API
	Schedule   Kind = "schedule"   // EventBridge starts the sweep
	Push       Kind = "push"       // a backend sends a message to connections
	Queue      Kind = "queue"      // the queue of channels has messages
	Disconnect Kind = "disconnect" // a backend ends connections
)

// Kinds returns every kind whose members the event has. A valid event has one kind.
// An authorizer event also has the members of a route event for $connect, and
// counts as an authorizer event only.
func (e *Event) Kinds() []Kind {
	c := &e.RequestContext
	authorizer := e.Type == "REQUEST" && e.MethodARN != ""
	var kinds []Kind
	for _, k := range []struct {
		kind Kind
		has  bool
	}{
		{Authorizer, authorizer},
		{Route, c.RouteKey != "" && c.ConnectionID != "" && (!authorizer || c.RouteKey != route.Connect)},
		{HTTP, e.Version == "2.0" && c.HTTP.Method != ""},
		{Schedule, e.Source == "aws.events" && e.DetailType == "Scheduled Event"},
		{Queue, len(e.Records) > 0 && e.Records[0].Source == "aws:sqs"},
		{Push, e.Push != nil},
		{Disconnect, e.Disconnect != nil},
	} {
		if k.has {
			kinds = append(kinds, k.kind)
		}
	}
	return kinds
}
