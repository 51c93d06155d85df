package inspector

import (
	"net/http"
)

// Queue returns a handler that calls next, a handler of the SQS API, unless an outage of
// the queue is injected. The queue still gives out the messages that it has. For a nil Inspector,
// Queue returns next.
func (i *Inspector) Queue(next http.Handler) http.Handler {
	if i == nil {
		return next
	}
	return i.failDuring(queueDown, http.StatusServiceUnavailable, "com.amazonaws.sqs#ServiceUnavailable", next)
}

// Table returns a handler that calls next, a handler of the DynamoDB API, unless an outage
// of the tables is injected.
func (i *Inspector) Table(next http.Handler) http.Handler {
	return i.failDuring(tableDown, http.StatusInternalServerError, "com.amazonaws.dynamodb.v20120810#InternalServerError", next)
}

// failDuring returns a handler that answers with an error of AWS during an outage, and calls
// next at any other time.
func (i *Inspector) failDuring(outage failure, status int, kind string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.isArmed(outage, "") {
			answer(w, status, map[string]string{"__type": kind, "message": "The inspector injects the failure " + string(outage) + "."})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// stopGateway begins an outage of the gateway, and closes all connections.
func (i *Inspector) stopGateway() {
	i.arm(gatewayDown, "")
	for _, c := range i.config.Connections() {
		i.config.Expire(c.ID)
	}
}
