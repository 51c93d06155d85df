// Package event decodes the events that the function receives, and returns their kind.
package event

import (
	"encoding/json"
	"strings"

	"sallyport/lambda/identity"
)

// Event is an event of any kind. It has only the fields that the function reads, because every
// message is decoded into it. The fields of a WebSocket event are described in
// api-gateway.md 2.2 and 3. The fields of an HTTP event are those of payload format 2.0.
// Keys never contain text of a client.
type Event struct {
	Type      string `json:"type"`
	MethodARN string `json:"methodArn"`

	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Query             map[string]string   `json:"queryStringParameters"`
	MultiValueQuery   map[string][]string `json:"multiValueQueryStringParameters"`
	RequestContext    RequestContext      `json:"requestContext"`
	Body              string              `json:"body"`

	Version string   `json:"version"`
	Cookies []string `json:"cookies"`

	Source     string `json:"source"`
	DetailType string `json:"detail-type"`

	Records []Record `json:"Records"`

	Push       json.RawMessage `json:"push"`
	Disconnect json.RawMessage `json:"disconnect"`
}

// Record is a message of an SQS queue
// (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
type Record struct {
	ID         string `json:"messageId"`
	Handle     string `json:"receiptHandle"`
	Body       string `json:"body"`
	Source     string `json:"eventSource"`
	Attributes struct {
		Group    string `json:"MessageGroupId"`
		Receives string `json:"ApproximateReceiveCount"`
	} `json:"attributes"`
}

// RequestContext is the member requestContext of an event of API Gateway.
type RequestContext struct {
	RouteKey             string `json:"routeKey"`
	ConnectionID         string `json:"connectionId"`
	RequestID            string `json:"requestId"`   // clients receive it in error frames
	DomainName           string `json:"domainName"`  // the Host header of the request
	ConnectedAt          int64  `json:"connectedAt"` // Unix milliseconds
	DisconnectStatusCode int64  `json:"disconnectStatusCode"`
	// Authorizer is the context that our authorizer returned for the connection. API
	// Gateway converts every value to a string (api-gateway.md 2.4).
	Authorizer struct {
		User    string `json:"user"` // the name
		Issuer  string `json:"issuer"`
		Subject string `json:"sub"`
		Expires string `json:"expires"` // Unix seconds
		Claims  string `json:"claims"`  // a JSON object; "": no claims
		// Protocol is the subprotocol of the messages; "": that of plain routes.
		Protocol string `json:"protocol"`
		Trace    string `json:"trace"` // see package trace; "": an older version authorized the connection
	} `json:"authorizer"`
	HTTP struct {
		Method string `json:"method"`
		Path   string `json:"path"`
	} `json:"http"`
}

// User returns the user of the event's connection. The user has no ID if an older
// version of the function authorized the connection.
func (c *RequestContext) User() identity.User {
	return identity.User{Issuer: c.Authorizer.Issuer, Subject: c.Authorizer.Subject, Name: c.Authorizer.User}
}

// Header returns all values of a header. The case of the name does not matter. An event
// of the WebSocket API has each header in two maps, and only MultiValueHeaders has all
// values. An event of the HTTP API has one value, in which commas separate the values of
// several headers.
func (e *Event) Header(name string) []string {
	var values []string
	for key, list := range e.MultiValueHeaders {
		if strings.EqualFold(key, name) {
			values = append(values, list...)
		}
	}
	if values != nil {
		return values
	}
	for key, value := range e.Headers {
		if strings.EqualFold(key, name) {
			values = append(values, value)
		}
	}
	return values
}

// Cookie returns the values of all cookies with a name. The case of the name matters, as it does
// for browsers, and only a space or a tab before the name is ignored: a browser protects the
// prefix __Host- of this spelling only. An event of the HTTP API has the cookies in the member
// cookies, and perhaps also in the header Cookie; an event of the WebSocket API has the header
// only (api-gateway.md 17).
func (e *Event) Cookie(name string) []string {
	lists := e.Cookies
	if len(lists) == 0 {
		lists = e.Header("Cookie")
	}
	var values []string
	for _, list := range lists {
		for pair := range strings.SplitSeq(list, ";") {
			if n, value, ok := strings.Cut(strings.TrimLeft(pair, " \t"), "="); ok && n == name {
				values = append(values, value)
			}
		}
	}
	return values
}

// Parameter returns all values of a parameter of the query string.
func (e *Event) Parameter(name string) []string {
	if values := e.MultiValueQuery[name]; values != nil {
		return values
	}
	if value, ok := e.Query[name]; ok {
		return []string{value}
	}
	return nil
}
