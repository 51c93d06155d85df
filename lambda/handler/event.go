package handler

import (
	"encoding/json"
	"strings"

	"sallyport/lambda/identity"
)

// event has the fields of all kinds of event that are looked at, and no other:
// it is decoded for every message. The gateway's are those of api-gateway.md 2.2
// and 3, those of the HTTP API of its payload format 2.0, and those of the
// schedule of EventBridge. What a client sends is in it as text only.
type event struct {
	Type      string `json:"type"`
	MethodARN string `json:"methodArn"`

	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Query             map[string]string   `json:"queryStringParameters"`
	MultiValueQuery   map[string][]string `json:"multiValueQueryStringParameters"`
	RequestContext    requestContext      `json:"requestContext"`
	Body              string              `json:"body"`

	Version string `json:"version"`

	Source     string `json:"source"`
	DetailType string `json:"detail-type"`

	Push       json.RawMessage `json:"push"`
	Disconnect json.RawMessage `json:"disconnect"`
}

type requestContext struct {
	RouteKey             string `json:"routeKey"`
	ConnectionID         string `json:"connectionId"`
	RequestID            string `json:"requestId"`  // shown to the client in error frames
	DomainName           string `json:"domainName"` // the Host header of the request
	ConnectedAt          int64  `json:"connectedAt"`
	DisconnectStatusCode int64  `json:"disconnectStatusCode"`
	// Authorizer is what our authorizer left for later events. API Gateway
	// hands all of it on as text (api-gateway.md 2.4).
	Authorizer struct {
		User    string `json:"user"` // the name
		Issuer  string `json:"issuer"`
		Subject string `json:"sub"`
		Expires string `json:"expires"` // Unix seconds
		Claims  string `json:"claims"`  // a JSON object; "": no claims
	} `json:"authorizer"`
	HTTP struct {
		Method string `json:"method"`
		Path   string `json:"path"`
	} `json:"http"`
}

// user returns the user of the event's connection. The user has no ID if an older
// version of the function authorized the connection.
func (c *requestContext) user() identity.User {
	return identity.User{Issuer: c.Authorizer.Issuer, Subject: c.Authorizer.Subject, Name: c.Authorizer.User}
}

// header returns every value of a header, in whichever spelling. The socket's
// events have each header twice, and only one of the two has all its values;
// those of the HTTP API have several values as one, joined by commas.
func (e *event) header(name string) []string {
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

// parameter returns every value of a parameter of the query string.
func (e *event) parameter(name string) []string {
	if values := e.MultiValueQuery[name]; values != nil {
		return values
	}
	if value, ok := e.Query[name]; ok {
		return []string{value}
	}
	return nil
}

// protocols returns the subprotocols that the client offers. They come as one
// value or as several (api-gateway.md 1.4).
func (e *event) protocols() []string {
	var list []string
	for _, value := range e.header(protocolHeader) {
		for p := range strings.SplitSeq(value, ",") {
			list = append(list, strings.Trim(p, " \t"))
		}
	}
	return list
}
