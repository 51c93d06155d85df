package conformance

import (
	"fmt"
	"slices"
	"strings"
)

var (
	standard          = conversation{}
	withoutAuthorizer = conversation{noAuthorizer: true}
	withQuery         = conversation{upgrade: upgrade{query: "?token=abc&x=1&x=2&e=&f&p=a%20b+c"}}
	withHeaders       = conversation{upgrade: upgrade{headers: []string{"HeaderAuth1: One", "x-lower: two", "HeaderAuth1: Three", "X-Forwarded-For: 192.0.2.9", "X-Forwarded-Proto: http"}}}
	withVariables     = conversation{variables: map[string]string{"b": "2", "a": "1"}}
)

const contextNames = "eventType, extendedRequestId, requestTime, messageDirection, stage, connectedAt, requestTimeEpoch, identity, requestId, domainName, connectionId, apiId"

var authorizerEvents = slices.Concat([]behaviour{
	{"names", "2.2", "doc, observed", "the names of the event, in order", "type, methodArn, headers, multiValueHeaders, queryStringParameters, multiValueQueryStringParameters, stageVariables, requestContext", fixture, standard.names(inAuthorizer, "")},
	{"contextNames", "2.2", "doc, observed", "the names of requestContext, in order", "routeKey, " + contextNames, fixture, standard.names(inAuthorizer, "requestContext")},
	{"type", "2.2", "doc", "type", `"REQUEST"`, fixture, standard.value(inAuthorizer, "type")},
	{"methodArn", "2.2", "doc", "methodArn", `"arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/dev/$connect"`, fixture, standard.value(inAuthorizer, "methodArn")},
	{"routeKey", "2.2", "doc", "routeKey", `"$connect"`, fixture, standard.value(inAuthorizer, "requestContext.routeKey")},
	{"headerNames", "2.2", "doc, observed", "the names of headers, with those of API Gateway", "Connection, content-length, Host, Sec-WebSocket-Key, Sec-WebSocket-Version, Upgrade, X-Amzn-Trace-Id, X-Forwarded-For, X-Forwarded-Port, X-Forwarded-Proto", fixture, standard.names(inAuthorizer, "headers")},
	{"connection", "2.2", "doc, observed", "Connection", `"upgrade"`, fixture, standard.value(inAuthorizer, "headers.Connection")},
	{"upgrade", "2.2", "doc, observed", "Upgrade", `"websocket"`, fixture, standard.value(inAuthorizer, "headers.Upgrade")},
	{"contentLength", "2.2", "doc", "content-length, in lower case", `"0"`, fixture, standard.value(inAuthorizer, "headers.content-length")},
	{"trace", "2.2", "doc, observed", "X-Amzn-Trace-Id", "a trace id", fixture, form(inAuthorizer, "headers.X-Amzn-Trace-Id")},
	{"spelling", "2.2", "doc", "header names keep the client's case", `"Three" "two"`, fixture, withHeaders.check(func(v conversation) string {
		return v.authorizer.at("headers.HeaderAuth1") + " " + v.authorizer.at("headers.x-lower")
	})},
	{"repeatedHeader", "2.2", "rest", "a list has all values of a repeated header", `["One","Three"]`, fixture, withHeaders.value(inAuthorizer, "multiValueHeaders.HeaderAuth1")},
	{"forwardedFor", "2.2", "rest", "the address of the client is the last in X-Forwarded-For", `"192.0.2.9, 127.0.0.1"`, fixture, withHeaders.value(inAuthorizer, "headers.X-Forwarded-For")},
	{"forwardedProto", "2.2", "doc, observed", "X-Forwarded-Proto is https", `"https"`, fixture, withHeaders.value(inAuthorizer, "headers.X-Forwarded-Proto")},
	{"forwardedPort", "2.2", "doc, observed", "X-Forwarded-Port is 443", `"443"`, fixture, withHeaders.value(inAuthorizer, "headers.X-Forwarded-Port")},
	{"multiValueHeaders", "2.2", "doc, observed", "each header as a list", `["websocket"]`, fixture, standard.value(inAuthorizer, "multiValueHeaders.Upgrade")},
	{"noQuery", "2.2", "unknown", "a request without a query", "{} {}", fixture, standard.check(func(v conversation) string {
		return v.authorizer.at("queryStringParameters") + " " + v.authorizer.at("multiValueQueryStringParameters")
	})},
	{"query", "2.2", "rest", "the last value of each query parameter", `{"token":"abc","x":"2","e":"","f":"","p":"a b c"}`, fixture, withQuery.value(inAuthorizer, "queryStringParameters")},
	{"multiValueQuery", "2.2", "rest", "all values of each query parameter", `{"token":["abc"],"x":["1","2"],"e":[""],"f":[""],"p":["a b c"]}`, fixture, withQuery.value(inAuthorizer, "multiValueQueryStringParameters")},
	{"noStageVariables", "2.2", "doc", "stageVariables is empty without stage variables", "{}", fixture, standard.value(inAuthorizer, "stageVariables")},
	{"stageVariables", "2.2", "doc", "stageVariables has all stage variables", `{"a":"1","b":"2"}`, fixture, withVariables.value(inAuthorizer, "stageVariables")},
}, contextCases(inAuthorizer, "CONNECT"))

var connectEvents = slices.Concat([]behaviour{
	{"names", "3.2", "doc, observed", "the names of the event, in order", "headers, multiValueHeaders, requestContext, isBase64Encoded", fixture, standard.names(inConnect, "")},
	{"namesWithQuery", "3.2", "doc, observed", "the names of the event of a request with a query", "headers, multiValueHeaders, queryStringParameters, multiValueQueryStringParameters, requestContext, isBase64Encoded", fixture, withQuery.names(inConnect, "")},
	{"contextNames", "3.1", "observed", "the names of requestContext, in order", "routeKey, authorizer, " + contextNames, fixture, standard.names(inConnect, "requestContext")},
	{"contextNamesBare", "3.1", "observed", "the names of requestContext without an authorizer", "routeKey, " + contextNames, fixture, withoutAuthorizer.names(inConnect, "requestContext")},
	{"routeKey", "3.1", "doc", "routeKey", `"$connect"`, fixture, standard.value(inConnect, "requestContext.routeKey")},
	{"headerNames", "3.2", "doc, observed", "headers without Connection, Upgrade and content-length", "Host, Sec-WebSocket-Key, Sec-WebSocket-Version, X-Amzn-Trace-Id, X-Forwarded-For, X-Forwarded-Port, X-Forwarded-Proto", fixture, standard.names(inConnect, "headers")},
	{"multiValueHeaderNames", "3.2", "doc, observed", "the same headers as lists", "Host, Sec-WebSocket-Key, Sec-WebSocket-Version, X-Amzn-Trace-Id, X-Forwarded-For, X-Forwarded-Port, X-Forwarded-Proto", fixture, standard.names(inConnect, "multiValueHeaders")},
	{"spelling", "2.2", "doc", "header names keep the client's case", `"Three" "two"`, fixture, withHeaders.check(func(v conversation) string {
		return v.connect.at("headers.HeaderAuth1") + " " + v.connect.at("headers.x-lower")
	})},
	{"query", "3.2", "doc", "the last value of each query parameter", `{"token":"abc","x":"2","e":"","f":"","p":"a b c"}`, fixture, withQuery.value(inConnect, "queryStringParameters")},
	{"multiValueQuery", "3.2", "doc", "all values of each query parameter", `{"token":["abc"],"x":["1","2"],"e":[""],"f":[""],"p":["a b c"]}`, fixture, withQuery.value(inConnect, "multiValueQueryStringParameters")},
	{"base64", "3.2", "doc, observed", "isBase64Encoded is false", "false", fixture, standard.value(inConnect, "isBase64Encoded")},
	{"noStageVariables", "3.2", "observed", "stageVariables is absent without stage variables", "absent", fixture, standard.value(inConnect, "stageVariables")},
	{"stageVariables", "3.2", "observed", "stageVariables has all stage variables", `{"a":"1","b":"2"}`, fixture, withVariables.value(inConnect, "stageVariables")},
	{"latency", "2.4", "observed", "integrationLatency is a number", "a number", fixture, standard.check(func(v conversation) string {
		var n float64
		if _, err := fmt.Sscanf(v.connect.at("requestContext.authorizer.integrationLatency"), "%f", &n); err != nil || n > 60_000 {
			return v.connect.at("requestContext.authorizer")
		}
		return "a number"
	})},
	{"afterAuthorizer", "2.2", "observed", "the trace id is that of the authorizer's event", "true", fixture, standard.check(func(v conversation) string {
		const path = "headers.X-Amzn-Trace-Id"
		return fmt.Sprint(v.connect.at(path) == v.authorizer.at(path))
	})},
}, contextCases(inConnect, "CONNECT"), authorizerCases(inConnect, ", integrationLatency"))

// messageBody returns the check of the body of the event that a message causes.
func messageBody(text string) func(s *env) string {
	return conversation{text: text}.check(func(v conversation) string {
		return fmt.Sprintf("%q", v.message.text("body"))
	})
}

var messageEvents = slices.Concat([]behaviour{
	{"names", "3.3", "observed", "the names of the event, in order", "requestContext, body, isBase64Encoded", fixture, standard.names(inMessage, "")},
	{"contextNames", "3.3", "observed", "the names of requestContext, in order", "routeKey, authorizer, messageId, " + contextNames, fixture, standard.names(inMessage, "requestContext")},
	{"contextNamesBare", "3.3", "observed", "the names of requestContext without an authorizer", "routeKey, messageId, " + contextNames, fixture, withoutAuthorizer.names(inMessage, "requestContext")},
	{"routeKey", "3.1", "doc", "routeKey is the selected route", `"$default"`, fixture, conversation{text: `{"action":"other"}`}.value(inMessage, "requestContext.routeKey")},
	{"base64", "3.3", "observed", "isBase64Encoded is false", "false", fixture, standard.value(inMessage, "isBase64Encoded")},
	{"messageId", "3.1", "observed", "messageId", "an id of 16 characters", fixture, form(inMessage, "requestContext.messageId")},
	{"messageIdEnd", "3.1", "observed", "messageId ends with the last characters of connectionId", "true", fixture, standard.check(func(v conversation) string {
		message, connection := v.message.text("requestContext.messageId"), v.message.text("requestContext.connectionId")
		return fmt.Sprint(message != connection && strings.HasSuffix(message, connection[len(connection)-4:]))
	})},
	{"ownRequest", "3.1", "observed", "each message has a requestId of its own", "true", fixture, standard.check(func(v conversation) string {
		const path = "requestContext.requestId"
		return fmt.Sprint(v.message.at(path) != v.connect.at(path) && v.message.at(path) != v.message.at("requestContext.messageId"))
	})},
	{"bodyText", "3.3", "observed", "the body is the text of the message", `"héllo \t 😀 \"x\" \\"`, fixture, messageBody("h\u00e9llo \t \U0001f600 \"x\" \\")},
	{"bodyJSON", "3.3", "observed", "the body is the unchanged JSON of the message", `"{ \"action\" : \"x\",\r\n \"n\":1.0 }"`, fixture, messageBody("{ \"action\" : \"x\",\r\n \"n\":1.0 }")},
	{"bodyEmpty", "4", "doc", "an empty message", `""`, fixture, messageBody("")},
	{"bodyControls", "3.3", "observed", "control characters", `"\x00\x01\x1f\x7f\u2028"`, fixture, messageBody("\x00\x01\x1f\x7f\u2028")},
	{"bodyHTML", "3.3", "observed", "characters that JSON encoders escape for HTML", `"<a href='x'>&</a>"`, fixture, messageBody("<a href='x'>&</a>")},
}, contextCases(inMessage, "MESSAGE"), authorizerCases(inMessage, ""))

var disconnectEvents = slices.Concat([]behaviour{
	{"names", "3.4", "doc, observed", "the names of the event, in order", "headers, multiValueHeaders, requestContext, isBase64Encoded", fixture, standard.names(inDisconnect, "")},
	{"contextNames", "3.4", "doc, observed", "the names of requestContext, in order", "routeKey, authorizer, disconnectStatusCode, eventType, extendedRequestId, requestTime, messageDirection, disconnectReason, stage, connectedAt, requestTimeEpoch, identity, requestId, domainName, connectionId, apiId", fixture, standard.names(inDisconnect, "requestContext")},
	{"contextNamesBare", "3.4", "doc, observed", "the names of requestContext without an authorizer", "routeKey, disconnectStatusCode, eventType, extendedRequestId, requestTime, messageDirection, disconnectReason, stage, connectedAt, requestTimeEpoch, identity, requestId, domainName, connectionId, apiId", fixture, withoutAuthorizer.names(inDisconnect, "requestContext")},
	{"routeKey", "3.1", "doc", "routeKey", `"$disconnect"`, fixture, standard.value(inDisconnect, "requestContext.routeKey")},
	{"headers", "3.4", "doc, observed", "the four headers; only Host has a value", `{"Host":"HOST","x-api-key":"","X-Forwarded-For":"","x-restapi":""}`, fixture, standard.check(func(v conversation) string {
		return strings.Replace(v.disconnect.at("headers"), v.host, "HOST", 1)
	})},
	{"multiValueHeaders", "3.4", "doc, observed", "the same headers as lists", `{"Host":["HOST"],"x-api-key":[""],"X-Forwarded-For":[""],"x-restapi":[""]}`, fixture, standard.check(func(v conversation) string {
		return strings.Replace(v.disconnect.at("multiValueHeaders"), v.host, "HOST", 1)
	})},
	{"code", "3.1", "doc, observed", "disconnectStatusCode is a number", "4321", fixture, standard.value(inDisconnect, "requestContext.disconnectStatusCode")},
	{"reason", "3.1", "doc, observed", "disconnectReason is a string", `"bye"`, fixture, standard.value(inDisconnect, "requestContext.disconnectReason")},
	{"base64", "3.4", "doc, observed", "isBase64Encoded is false", "false", fixture, standard.value(inDisconnect, "isBase64Encoded")},
}, contextCases(inDisconnect, "DISCONNECT"), authorizerCases(inDisconnect, ""))
