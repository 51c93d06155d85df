package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"sallyport/local/stage"
)

// session holds the values that all events of a connection have in common.
type session struct {
	apiID, stage string
	connectionID string
	connectedAt  time.Time
	host         string // the Host header
	sourceIP     string
	userAgent    string // empty: the client sent none
	// authorizer is requestContext.authorizer as a JSON object; nil without an authorizer.
	authorizer []byte
}

// eventDetails holds the values of one event of a session.
type eventDetails struct {
	routeKey  string
	eventType string
	requestID string
	at        time.Time
	latency   time.Duration // CONNECT: duration of the authorizer's call
	messageID string        // MESSAGE
	ended     *closeStatus  // DISCONNECT
}

const (
	eventConnect    = "CONNECT"
	eventMessage    = "MESSAGE"
	eventDisconnect = "DISCONNECT"
)

// event is an event as JSON, with the names and the order of captures (api-gateway.md 2.2,
// 3). Each type of event has some of the members.
type event struct {
	Type            string         `json:"type,omitempty"`
	MethodARN       string         `json:"methodArn,omitempty"`
	Headers         singleValues   `json:"headers,omitzero"`
	HeaderLists     multiValues    `json:"multiValueHeaders,omitzero"`
	Query           singleValues   `json:"queryStringParameters,omitzero"`
	QueryLists      multiValues    `json:"multiValueQueryStringParameters,omitzero"`
	StageVariables  singleValues   `json:"stageVariables,omitzero"`
	Context         requestContext `json:"requestContext"`
	Body            *string        `json:"body,omitempty"`
	IsBase64Encoded *bool          `json:"isBase64Encoded,omitempty"`
}

type requestContext struct {
	RouteKey             string          `json:"routeKey"`
	Authorizer           json.RawMessage `json:"authorizer,omitempty"`
	MessageID            string          `json:"messageId,omitempty"`
	DisconnectStatusCode *int            `json:"disconnectStatusCode,omitempty"`
	EventType            string          `json:"eventType"`
	ExtendedRequestID    string          `json:"extendedRequestId"`
	RequestTime          string          `json:"requestTime"`
	MessageDirection     string          `json:"messageDirection"`
	DisconnectReason     *string         `json:"disconnectReason,omitempty"`
	Stage                string          `json:"stage"`
	ConnectedAt          int64           `json:"connectedAt"`
	RequestTimeEpoch     int64           `json:"requestTimeEpoch"`
	Identity             identity        `json:"identity"`
	RequestID            string          `json:"requestId"`
	DomainName           string          `json:"domainName"`
	ConnectionID         string          `json:"connectionId"`
	APIID                string          `json:"apiId"`
}

type identity struct {
	UserAgent string `json:"userAgent,omitempty"`
	SourceIP  string `json:"sourceIp"`
}

// context returns the requestContext of an event.
func (s *session) context(d eventDetails) requestContext {
	c := requestContext{
		RouteKey: d.routeKey, Authorizer: s.authorizer, MessageID: d.messageID, EventType: d.eventType,
		ExtendedRequestID: d.requestID, RequestTime: d.at.UTC().Format(stage.RequestTime), MessageDirection: "IN",
		Stage: s.stage, ConnectedAt: s.connectedAt.UnixMilli(), RequestTimeEpoch: d.at.UnixMilli(),
		Identity: identity{s.userAgent, s.sourceIP}, RequestID: d.requestID,
		DomainName: s.host, ConnectionID: s.connectionID, APIID: s.apiID,
	}
	if s.authorizer != nil && d.eventType == eventConnect { // only in $connect (api-gateway.md 2.4)
		c.Authorizer = withLatency(s.authorizer, d.latency)
	}
	if d.ended != nil {
		c.DisconnectStatusCode, c.DisconnectReason = new(int(d.ended.code)), &d.ended.reason
	}
	return c
}

// withLatency returns the JSON object authorizer with the member integrationLatency.
func withLatency(authorizer []byte, latency time.Duration) []byte {
	separator := ","
	if string(authorizer) == "{}" {
		separator = ""
	}
	return fmt.Appendf(nil, `%s%s"integrationLatency":%d}`, bytes.TrimSuffix(authorizer, []byte("}")), separator, latency.Milliseconds())
}

// messageEvent returns the event of a message, which the function gets unchanged
// (api-gateway.md 3.3).
func (s *session) messageEvent(d eventDetails, text []byte) []byte {
	return encode(event{Context: s.context(d), Body: new(string(text)), IsBase64Encoded: new(false)})
}

// disconnectEvent returns the event of $disconnect. It has four headers, of which only Host
// has a value (api-gateway.md 3.4).
func (s *session) disconnectEvent(d eventDetails) []byte {
	headers := []field{{"Host", []string{s.host}}, {"x-api-key", []string{""}}, {"X-Forwarded-For", []string{""}}, {"x-restapi", []string{""}}}
	return encode(event{Headers: headers, HeaderLists: headers, Context: s.context(d), IsBase64Encoded: new(false)})
}

// connectEvent returns the event of $connect. Members for the query and the stage variables
// are absent if there are none (api-gateway.md 3.2).
func (s *session) connectEvent(d eventDetails, r request, stageVariables []field) []byte {
	headers := r.endToEnd()
	return encode(event{
		Headers: headers, HeaderLists: headers, Query: r.query, QueryLists: r.query,
		StageVariables: stageVariables, Context: s.context(d), IsBase64Encoded: new(false),
	})
}

// authorizerEvent returns the event of the authorizer. Its maps are present even if they are
// empty (api-gateway.md 2.2).
func (s *session) authorizerEvent(d eventDetails, r request, stageVariables []field) []byte {
	query := append([]field{}, r.query...)
	return encode(event{
		Type: "REQUEST", MethodARN: r.methodARN, Headers: r.headers, HeaderLists: r.headers,
		Query: query, QueryLists: query, StageVariables: append([]field{}, stageVariables...), Context: s.context(d),
	})
}

// singleValues encodes fields as an object of strings, each with the last value of a field.
// Nil is absent.
type singleValues []field

// MarshalJSON implements json.Marshaler.
func (s singleValues) MarshalJSON() ([]byte, error) {
	return encodeFields(s, func(f field) any { return f.last() })
}

// multiValues encodes fields as an object of lists. Nil is absent.
type multiValues []field

// MarshalJSON implements json.Marshaler.
func (m multiValues) MarshalJSON() ([]byte, error) {
	return encodeFields(m, func(f field) any { return f.values })
}

// encodeFields returns a JSON object with the names of fields and the results of member, in
// the order of fields.
func encodeFields(fields []field, member func(field) any) ([]byte, error) {
	members := make([][]byte, len(fields))
	for i, f := range fields {
		members[i] = fmt.Appendf(nil, "%s:%s", encode(f.name), encode(member(f)))
	}
	return fmt.Appendf(nil, "{%s}", bytes.Join(members, []byte(","))), nil
}
