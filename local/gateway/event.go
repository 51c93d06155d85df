package gateway

import (
	"strconv"
	"time"
)

// session is what the events of one connection have in common.
type session struct {
	apiID, stage string
	connectionID string
	connectedAt  time.Time
	host         string // the Host header
	sourceIP     string
	userAgent    string // empty: the client sent none
	// authorizer is requestContext.authorizer as a JSON object; nil without an
	// authorizer.
	authorizer []byte
}

// eventDetails is what makes an event different from the others of its session.
type eventDetails struct {
	routeKey  string
	eventType string
	requestID string
	at        time.Time
	latency   time.Duration // CONNECT: how long the authorizer took
	messageID string        // MESSAGE
	ended     *closeStatus  // DISCONNECT: how the connection ended
}

const (
	eventConnect    = "CONNECT"
	eventMessage    = "MESSAGE"
	eventDisconnect = "DISCONNECT"
)

// appendContext appends the requestContext, with the keys and in the order
// that captures show (api-gateway.md 2.2, 3).
func (s *session) appendContext(b []byte, o eventDetails) []byte {
	b = appendMember(b, `{"routeKey":`, o.routeKey)
	if s.authorizer != nil {
		b = append(b, `,"authorizer":`...)
		b = append(b, s.authorizer...)
		if o.eventType == eventConnect { // only there (api-gateway.md 2.4)
			b = appendLatency(b, len(s.authorizer) > len("{}"), o.latency)
		}
	}
	if o.messageID != "" {
		b = appendMember(b, `,"messageId":`, o.messageID)
	}
	if o.ended != nil {
		b = append(b, `,"disconnectStatusCode":`...)
		b = strconv.AppendInt(b, int64(o.ended.code), 10)
	}
	b = appendMember(b, `,"eventType":`, o.eventType)
	b = appendMember(b, `,"extendedRequestId":`, o.requestID)
	b = append(b, `,"requestTime":"`...)
	b = o.at.UTC().AppendFormat(b, "02/Jan/2006:15:04:05 -0700")
	b = append(b, `","messageDirection":"IN"`...)
	if o.ended != nil {
		b = appendMember(b, `,"disconnectReason":`, o.ended.reason)
	}
	b = appendMember(b, `,"stage":`, s.stage)
	b = append(b, `,"connectedAt":`...)
	b = strconv.AppendInt(b, s.connectedAt.UnixMilli(), 10)
	b = append(b, `,"requestTimeEpoch":`...)
	b = strconv.AppendInt(b, o.at.UnixMilli(), 10)
	b = append(b, `,"identity":{`...)
	if s.userAgent != "" {
		b = append(appendMember(b, `"userAgent":`, s.userAgent), ',')
	}
	b = appendMember(b, `"sourceIp":`, s.sourceIP)
	b = appendMember(b, `},"requestId":`, o.requestID)
	b = appendMember(b, `,"domainName":`, s.host)
	b = appendMember(b, `,"connectionId":`, s.connectionID)
	b = appendMember(b, `,"apiId":`, s.apiID)
	return append(b, '}')
}

// appendLatency adds integrationLatency to the object that b ends with.
func appendLatency(b []byte, hasMembers bool, latency time.Duration) []byte {
	b = b[:len(b)-len("}")]
	if hasMembers {
		b = append(b, ',')
	}
	b = append(b, `"integrationLatency":`...)
	return append(strconv.AppendInt(b, latency.Milliseconds(), 10), '}')
}

// messageEvent returns the event of a message: its text goes to the function
// byte for byte (api-gateway.md 3.3).
func (s *session) messageEvent(o eventDetails, text []byte) []byte {
	const rest = 700 // the context with ids and common lengths; it may grow
	b := make([]byte, 0, rest+len(s.authorizer)+len(s.host)+len(s.userAgent)+len(text)+len(text)/4)
	b = s.appendContext(append(b, `{"requestContext":`...), o)
	b = appendString(append(b, `,"body":`...), text)
	return append(b, `,"isBase64Encoded":false}`...)
}

// disconnectEvent returns the event of $disconnect. Of its four headers only
// Host has a value (api-gateway.md 3.4).
func (s *session) disconnectEvent(o eventDetails) []byte {
	none := []string{""}
	headers := []field{{"Host", []string{s.host}}, {"x-api-key", none}, {"X-Forwarded-For", none}, {"x-restapi", none}}
	b := appendHeaders([]byte("{"), headers)
	b = s.appendContext(append(b, `,"requestContext":`...), o)
	return append(b, `,"isBase64Encoded":false}`...)
}

// connectEvent returns the event of $connect: without a query it has no query
// members (api-gateway.md 3.2).
func (s *session) connectEvent(o eventDetails, r request, stageVariables []field) []byte {
	b := appendHeaders([]byte("{"), r.endToEnd())
	if len(r.query) > 0 {
		b = appendQuery(b, r.query)
	}
	if len(stageVariables) > 0 {
		b = appendSingle(append(b, `,"stageVariables":`...), stageVariables)
	}
	b = s.appendContext(append(b, `,"requestContext":`...), o)
	return append(b, `,"isBase64Encoded":false}`...)
}

// authorizerEvent returns the event of the authorizer. Its maps are there even
// when they are empty (api-gateway.md 2.2).
func (s *session) authorizerEvent(o eventDetails, r request, stageVariables []field) []byte {
	b := appendMember(nil, `{"type":"REQUEST","methodArn":`, r.methodARN)
	b = appendHeaders(append(b, ','), r.headers)
	b = appendQuery(b, r.query)
	b = appendSingle(append(b, `,"stageVariables":`...), stageVariables)
	b = s.appendContext(append(b, `,"requestContext":`...), o)
	return append(b, '}')
}

func appendHeaders(b []byte, headers []field) []byte {
	b = appendSingle(append(b, `"headers":`...), headers)
	return appendMulti(append(b, `,"multiValueHeaders":`...), headers)
}

func appendQuery(b []byte, query []field) []byte {
	b = appendSingle(append(b, `,"queryStringParameters":`...), query)
	return appendMulti(append(b, `,"multiValueQueryStringParameters":`...), query)
}

// appendMember appends a member of an object: name, with all its punctuation,
// and the string s.
func appendMember(b []byte, name, s string) []byte {
	return appendString(append(b, name...), s)
}

// appendSingle appends fields as an object of strings, each the last value.
func appendSingle(b []byte, fields []field) []byte {
	b = append(b, '{')
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, f.name), ':')
		b = appendString(b, f.last())
	}
	return append(b, '}')
}

// appendMulti appends fields as an object of lists.
func appendMulti(b []byte, fields []field) []byte {
	b = append(b, '{')
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, f.name), ":["...)
		for j, v := range f.values {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendString(b, v)
		}
		b = append(b, ']')
	}
	return append(b, '}')
}
