package conformance

import (
	"fmt"
	"slices"
	"strings"
)

var (
	usual = conversation{}
	bare  = conversation{bare: true}
	asked = conversation{upgrade: upgrade{query: "?token=abc&x=1&x=2&e=&f&p=a%20b+c"}}
	spelt = conversation{upgrade: upgrade{headers: []string{"HeaderAuth1: One", "x-lower: two", "HeaderAuth1: Three", "X-Forwarded-For: 192.0.2.9", "X-Forwarded-Proto: http"}}}
	set   = conversation{variables: map[string]string{"b": "2", "a": "1"}}
)

const contextNames = "eventType, extendedRequestId, requestTime, messageDirection, stage, connectedAt, requestTimeEpoch, identity, requestId, domainName, connectionId, apiId"

var authorizerEvents = slices.Concat([]behaviour{
	{"names", "2.2", "doc, observed", "the names of the event, in order", "type, methodArn, headers, multiValueHeaders, queryStringParameters, multiValueQueryStringParameters, stageVariables, requestContext", fixture, usual.names(inAuthorizer, "")},
	{"contextNames", "2.2", "doc, observed", "the names of requestContext, in order", "routeKey, " + contextNames, fixture, usual.names(inAuthorizer, "requestContext")},
	{"type", "2.2", "doc", "type", `"REQUEST"`, fixture, usual.value(inAuthorizer, "type")},
	{"methodArn", "2.2", "doc", "methodArn", `"arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/dev/$connect"`, fixture, usual.value(inAuthorizer, "methodArn")},
	{"routeKey", "2.2", "doc", "routeKey", `"$connect"`, fixture, usual.value(inAuthorizer, "requestContext.routeKey")},
	{"headerNames", "2.2", "doc, observed", "the names of headers, with what API Gateway adds", "Connection, content-length, Host, Sec-WebSocket-Key, Sec-WebSocket-Version, Upgrade, X-Amzn-Trace-Id, X-Forwarded-For, X-Forwarded-Port, X-Forwarded-Proto", fixture, usual.names(inAuthorizer, "headers")},
	{"connection", "2.2", "doc, observed", "Connection", `"upgrade"`, fixture, usual.value(inAuthorizer, "headers.Connection")},
	{"upgrade", "2.2", "doc, observed", "Upgrade", `"websocket"`, fixture, usual.value(inAuthorizer, "headers.Upgrade")},
	{"contentLength", "2.2", "doc", "content-length, in lower case", `"0"`, fixture, usual.value(inAuthorizer, "headers.content-length")},
	{"trace", "2.2", "doc, observed", "X-Amzn-Trace-Id", "a trace id", fixture, form(inAuthorizer, "headers.X-Amzn-Trace-Id")},
	{"spelling", "2.2", "doc", "header names keep the client's case", `"Three" "two"`, fixture, spelt.pick(func(v conversation) string {
		return v.authorizer.at("headers.HeaderAuth1") + " " + v.authorizer.at("headers.x-lower")
	})},
	{"repeatedHeader", "2.2", "rest", "a repeated header: all values", `["One","Three"]`, fixture, spelt.value(inAuthorizer, "multiValueHeaders.HeaderAuth1")},
	{"forwardedFor", "2.2", "rest", "the client's address is added to X-Forwarded-For", `"192.0.2.9, 127.0.0.1"`, fixture, spelt.value(inAuthorizer, "headers.X-Forwarded-For")},
	{"forwardedProto", "2.2", "doc, observed", "X-Forwarded-Proto is https", `"https"`, fixture, spelt.value(inAuthorizer, "headers.X-Forwarded-Proto")},
	{"forwardedPort", "2.2", "doc, observed", "X-Forwarded-Port is 443", `"443"`, fixture, spelt.value(inAuthorizer, "headers.X-Forwarded-Port")},
	{"multiValueHeaders", "2.2", "doc, observed", "each header again as a list", `["websocket"]`, fixture, usual.value(inAuthorizer, "multiValueHeaders.Upgrade")},
	{"noQuery", "2.2", "unknown", "no query", "{} {}", fixture, usual.pick(func(v conversation) string {
		return v.authorizer.at("queryStringParameters") + " " + v.authorizer.at("multiValueQueryStringParameters")
	})},
	{"query", "2.2", "rest", "a query: the last value of each", `{"token":"abc","x":"2","e":"","f":"","p":"a b c"}`, fixture, asked.value(inAuthorizer, "queryStringParameters")},
	{"multiValueQuery", "2.2", "rest", "a query: all values", `{"token":["abc"],"x":["1","2"],"e":[""],"f":[""],"p":["a b c"]}`, fixture, asked.value(inAuthorizer, "multiValueQueryStringParameters")},
	{"noStageVariables", "2.2", "doc", "no stage variables", "{}", fixture, usual.value(inAuthorizer, "stageVariables")},
	{"stageVariables", "2.2", "doc", "stage variables", `{"a":"1","b":"2"}`, fixture, set.value(inAuthorizer, "stageVariables")},
	{"noBody", "2.2", "doc, observed", "no body, isBase64Encoded, path, httpMethod, resource", "absent absent absent absent absent", fixture, usual.pick(func(v conversation) string {
		var found []string
		for _, name := range []string{"body", "isBase64Encoded", "path", "httpMethod", "resource"} {
			found = append(found, v.authorizer.at(name))
		}
		return strings.Join(found, " ")
	})},
}, contextForms(inAuthorizer, "CONNECT"))

var connectEvents = slices.Concat([]behaviour{
	{"names", "3.2", "doc, observed", "the names of the event without a query", "headers, multiValueHeaders, requestContext, isBase64Encoded", fixture, usual.names(inConnect, "")},
	{"namesWithQuery", "3.2", "doc, observed", "and with one", "headers, multiValueHeaders, queryStringParameters, multiValueQueryStringParameters, requestContext, isBase64Encoded", fixture, asked.names(inConnect, "")},
	{"contextNames", "3.1", "observed", "the names of requestContext, in order", "routeKey, authorizer, " + contextNames, fixture, usual.names(inConnect, "requestContext")},
	{"contextNamesBare", "3.1", "observed", "and without an authorizer", "routeKey, " + contextNames, fixture, bare.names(inConnect, "requestContext")},
	{"routeKey", "3.1", "doc", "routeKey", `"$connect"`, fixture, usual.value(inConnect, "requestContext.routeKey")},
	{"headerNames", "3.2", "doc, observed", "headers without Connection, Upgrade and content-length", "Host, Sec-WebSocket-Key, Sec-WebSocket-Version, X-Amzn-Trace-Id, X-Forwarded-For, X-Forwarded-Port, X-Forwarded-Proto", fixture, usual.names(inConnect, "headers")},
	{"multiValueHeaderNames", "3.2", "doc, observed", "the same as lists", "Host, Sec-WebSocket-Key, Sec-WebSocket-Version, X-Amzn-Trace-Id, X-Forwarded-For, X-Forwarded-Port, X-Forwarded-Proto", fixture, usual.names(inConnect, "multiValueHeaders")},
	{"spelling", "2.2", "doc", "header names keep the client's case", `"Three" "two"`, fixture, spelt.pick(func(v conversation) string {
		return v.connect.at("headers.HeaderAuth1") + " " + v.connect.at("headers.x-lower")
	})},
	{"query", "3.2", "doc", "the query", `{"token":"abc","x":"2","e":"","f":"","p":"a b c"}`, fixture, asked.value(inConnect, "queryStringParameters")},
	{"multiValueQuery", "3.2", "doc", "the query as lists", `{"token":["abc"],"x":["1","2"],"e":[""],"f":[""],"p":["a b c"]}`, fixture, asked.value(inConnect, "multiValueQueryStringParameters")},
	{"base64", "3.2", "doc, observed", "isBase64Encoded is false", "false", fixture, usual.value(inConnect, "isBase64Encoded")},
	{"noMessageId", "3.1", "observed", "messageId is absent", "absent", fixture, usual.value(inConnect, "requestContext.messageId")},
	{"noStageVariables", "3.2", "observed", "stageVariables is absent without any", "absent", fixture, usual.value(inConnect, "stageVariables")},
	{"stageVariables", "3.2", "observed", "stageVariables when there are some", `{"a":"1","b":"2"}`, fixture, set.value(inConnect, "stageVariables")},
	{"latency", "2.4", "observed", "integrationLatency is a number", "a number", fixture, usual.pick(func(v conversation) string {
		var n float64
		if _, err := fmt.Sscanf(v.connect.at("requestContext.authorizer.integrationLatency"), "%f", &n); err != nil || n > 60_000 {
			return v.connect.at("requestContext.authorizer")
		}
		return "a number"
	})},
	{"afterAuthorizer", "2.2", "observed", "the trace is the authorizer's", "true", fixture, usual.pick(func(v conversation) string {
		const path = "headers.X-Amzn-Trace-Id"
		return fmt.Sprint(v.connect.at(path) == v.authorizer.at(path))
	})},
}, contextForms(inConnect, "CONNECT"), authorizerForms(inConnect, ", integrationLatency"))

// said returns the check that the body of the event is the text, byte for byte.
func said(text string) func(s *scene) string {
	return conversation{text: text}.pick(func(v conversation) string {
		return fmt.Sprintf("%q", v.message.text("body"))
	})
}

var messageEvents = slices.Concat([]behaviour{
	{"names", "3.3", "observed", "the names of the event, in order", "requestContext, body, isBase64Encoded", fixture, usual.names(inMessage, "")},
	{"contextNames", "3.3", "observed", "the names of requestContext, in order", "routeKey, authorizer, messageId, " + contextNames, fixture, usual.names(inMessage, "requestContext")},
	{"contextNamesBare", "3.3", "observed", "and without an authorizer", "routeKey, messageId, " + contextNames, fixture, bare.names(inMessage, "requestContext")},
	{"routeKey", "3.1", "doc", "routeKey is the selected route", `"$default"`, fixture, conversation{text: `{"action":"other"}`}.value(inMessage, "requestContext.routeKey")},
	{"base64", "3.3", "observed", "isBase64Encoded is false", "false", fixture, usual.value(inMessage, "isBase64Encoded")},
	{"messageId", "3.1", "observed", "messageId", "an id of 16 characters", fixture, form(inMessage, "requestContext.messageId")},
	{"messageIdEnd", "3.1", "observed", "messageId ends like connectionId", "true", fixture, usual.pick(func(v conversation) string {
		message, connection := v.message.text("requestContext.messageId"), v.message.text("requestContext.connectionId")
		return fmt.Sprint(message != connection && strings.HasSuffix(message, connection[len(connection)-4:]))
	})},
	{"ownRequest", "3.1", "observed", "requestId is the message's own", "true", fixture, usual.pick(func(v conversation) string {
		const path = "requestContext.requestId"
		return fmt.Sprint(v.message.at(path) != v.connect.at(path) && v.message.at(path) != v.message.at("requestContext.messageId"))
	})},
	{"noLatency", "2.4", "observed", "no integrationLatency", "absent", fixture, usual.value(inMessage, "requestContext.authorizer.integrationLatency")},
	{"bodyText", "3.3", "observed", "text, byte for byte", `"héllo \t 😀 \"x\" \\"`, fixture, said("h\u00e9llo \t \U0001f600 \"x\" \\")},
	{"bodyJSON", "3.3", "observed", "JSON is text too, with its blanks", `"{ \"action\" : \"x\",\r\n \"n\":1.0 }"`, fixture, said("{ \"action\" : \"x\",\r\n \"n\":1.0 }")},
	{"bodyEmpty", "4", "doc", "an empty message", `""`, fixture, said("")},
	{"bodyControls", "3.3", "observed", "control characters", `"\x00\x01\x1f\x7f\u2028"`, fixture, said("\x00\x01\x1f\x7f\u2028")},
	{"bodyHTML", "3.3", "observed", "what JSON encoders like to escape", `"<a href='x'>&</a>"`, fixture, said("<a href='x'>&</a>")},
}, contextForms(inMessage, "MESSAGE"), authorizerForms(inMessage, ""))

var disconnectEvents = slices.Concat([]behaviour{
	{"names", "3.4", "doc, observed", "the names of the event, in order", "headers, multiValueHeaders, requestContext, isBase64Encoded", fixture, usual.names(inGoodbye, "")},
	{"contextNames", "3.4", "doc, observed", "the names of requestContext, in order", "routeKey, authorizer, disconnectStatusCode, eventType, extendedRequestId, requestTime, messageDirection, disconnectReason, stage, connectedAt, requestTimeEpoch, identity, requestId, domainName, connectionId, apiId", fixture, usual.names(inGoodbye, "requestContext")},
	{"contextNamesBare", "3.4", "doc, observed", "and without an authorizer", "routeKey, disconnectStatusCode, eventType, extendedRequestId, requestTime, messageDirection, disconnectReason, stage, connectedAt, requestTimeEpoch, identity, requestId, domainName, connectionId, apiId", fixture, bare.names(inGoodbye, "requestContext")},
	{"routeKey", "3.1", "doc", "routeKey", `"$disconnect"`, fixture, usual.value(inGoodbye, "requestContext.routeKey")},
	{"headers", "3.4", "doc, observed", "exactly four headers, and only Host has a value", `{"Host":"HOST","x-api-key":"","X-Forwarded-For":"","x-restapi":""}`, fixture, usual.pick(func(v conversation) string {
		return strings.Replace(v.goodbye.at("headers"), v.host, "HOST", 1)
	})},
	{"multiValueHeaders", "3.4", "doc, observed", "the same as lists", `{"Host":["HOST"],"x-api-key":[""],"X-Forwarded-For":[""],"x-restapi":[""]}`, fixture, usual.pick(func(v conversation) string {
		return strings.Replace(v.goodbye.at("multiValueHeaders"), v.host, "HOST", 1)
	})},
	{"code", "3.1", "doc, observed", "disconnectStatusCode is a number", "4321", fixture, usual.value(inGoodbye, "requestContext.disconnectStatusCode")},
	{"reason", "3.1", "doc, observed", "disconnectReason is text", `"bye"`, fixture, usual.value(inGoodbye, "requestContext.disconnectReason")},
	{"base64", "3.4", "doc, observed", "isBase64Encoded is false", "false", fixture, usual.value(inGoodbye, "isBase64Encoded")},
	{"noMessageId", "3.1", "doc", "messageId is absent", "absent", fixture, usual.value(inGoodbye, "requestContext.messageId")},
	{"noBody", "3.4", "doc", "body is absent", "absent", fixture, usual.value(inGoodbye, "body")},
	{"noLatency", "2.4", "observed", "no integrationLatency", "absent", fixture, usual.value(inGoodbye, "requestContext.authorizer.integrationLatency")},
}, contextForms(inGoodbye, "DISCONNECT"), authorizerForms(inGoodbye, ""))
