package conformance

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/local/gateway"
)

// chosenSubprotocol returns the check of the status and the subprotocol of a handshake with
// an API whose $connect answers connect.
func chosenSubprotocol(offer, connect string) func(s *env) string {
	return func(s *env) string {
		e := s.serve(api{connect: answers(connect)})
		e.offer = offer
		c := e.handshake(s.T, upgrade{})
		if c.Status != 101 {
			return fmt.Sprint(c.Status)
		}
		return strings.TrimSpace("101 " + c.Header.Get("Sec-WebSocket-Protocol"))
	}
}

var subprotocols = []behaviour{
	{"notByItself", "1.4", "doc, observed", "$connect returns none: 101 without a subprotocol", "101", fixture, chosenSubprotocol("a, b", ok)},
	{"no$connect", "1.4", "doc, observed", "an API without $connect: 101 without a subprotocol", "101", fixture, func(s *env) string {
		e := s.serve(api{})
		e.offer = "a"
		c := e.openWith(s.T, upgrade{})
		return strings.TrimSpace("101 " + c.Header.Get("Sec-WebSocket-Protocol"))
	}},
	{"returned", "1.4", "doc, observed", "$connect returns an offered subprotocol", "101 b", fixture, chosenSubprotocol("a, b", `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"b"}}`)},
	{"lowerCase", "1.4", "unknown", "the name of the returned header is in lower case", "101 b", fixture, chosenSubprotocol("a, b", `{"statusCode":200,"headers":{"sec-websocket-protocol":"b"}}`)},
	{"multiValue", "1.4", "unknown", "$connect returns it in multiValueHeaders", "101 b", fixture, chosenSubprotocol("a, b", `{"statusCode":200,"headers":null,"multiValueHeaders":{"Sec-WebSocket-Protocol":["b"]}}`)},
	{"nullHeaders", "3.5", "doc", "headers is null, as the Go types marshal it", "101", fixture, chosenSubprotocol("a", `{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":""}`)},
	{"notOffered", "1.4", "unknown", "$connect returns one that was not offered", "101 c", fixture, chosenSubprotocol("a, b", `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"c"}}`)},
	{"two", "1.4", "unknown", "$connect returns two", "502", fixture, chosenSubprotocol("a, b", `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"a, b"}}`)},
	{"newline", "1.4", "unknown", "$connect returns a line break", "502", fixture, chosenSubprotocol("a", `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"a\r\nX: y"}}`)},
	{"onlyThatHeader", "1.4", "observed", "the body and other headers of $connect are dropped", "false, nothing", fixture, func(s *env) string {
		c := s.serve(api{connect: answers(`{"statusCode":200,"body":"hello","headers":{"X-Own":"1","Set-Cookie":"a=b"}}`)}).open(s.T)
		own := slices.ContainsFunc(c.lines(), func(l string) bool { return strings.Contains(l, "Own") || strings.Contains(l, "Cookie") })
		return fmt.Sprint(own, ", ", c.quiet())
	}},
	{"authorizerCannot", "1.4", "doc", "the authorizer cannot select a subprotocol", "101", fixture, func(s *env) string {
		allowed := strings.TrimSuffix(allowAll, "}") + `,"headers":{"Sec-WebSocket-Protocol":"a"}}`
		e := s.serve(api{authorizer: answers(allowed)})
		e.offer = "a"
		return strings.TrimSpace("101 " + e.openWith(s.T, upgrade{}).Header.Get("Sec-WebSocket-Protocol"))
	}},
	{"inEvents", "1.4", "doc, observed", "the functions receive the offer as one value", `"a, b" "a, b"`, fixture, func(s *env) string {
		authorizer, connect := answers(allowAll), answers(ok)
		e := s.serve(api{authorizer: authorizer, connect: connect})
		e.offer = "a, b"
		e.open(s.T)
		return authorizer.next(s.T).at("headers.Sec-WebSocket-Protocol") + " " + connect.next(s.T).at("headers.Sec-WebSocket-Protocol")
	}},
}

// withSources returns the check of a handshake with an API that has the given identity
// sources: the answer, and the number of calls of the authorizer.
func withSources(u upgrade, sources ...string) func(s *env) string {
	return func(s *env) string {
		authorizer := answers(allowAll)
		e := s.serve(api{authorizer: authorizer, sources: sources, config: func(c *gateway.Config) {
			c.StageVariables = map[string]string{"set": "x"}
		}})
		return handshakeResult(s, e, u) + ", " + authorizer.calls()
	}
}

const unauthorizedNotCalled = unauthorized + ", not called"

var identitySources = []behaviour{
	{"header", "2.1", "doc", "a header that is present", "101, called once", fixture, withSources(upgrade{headers: []string{"Auth: x"}}, "route.request.header.Auth")},
	{"headerAbsent", "2.1", "doc", "a header that is absent", unauthorizedNotCalled, fixture, withSources(upgrade{}, "route.request.header.Auth")},
	{"headerEmpty", "2.1", "doc", "a header that is empty", unauthorizedNotCalled, fixture, withSources(upgrade{headers: []string{"Auth: "}}, "route.request.header.Auth")},
	{"headerCase", "2.1", "unknown", "a header with another case", "101, called once", fixture, withSources(upgrade{headers: []string{"aUTH: x"}}, "route.request.header.Auth")},
	{"query", "2.1", "doc", "a query parameter that is present", "101, called once", fixture, withSources(upgrade{query: "?token=x"}, "route.request.querystring.token")},
	{"queryAbsent", "2.1", "doc", "a query parameter that is absent", unauthorizedNotCalled, fixture, withSources(upgrade{query: "?other=x"}, "route.request.querystring.token")},
	{"queryEmpty", "2.1", "doc", "a query parameter that is empty", unauthorizedNotCalled, fixture, withSources(upgrade{query: "?token="}, "route.request.querystring.token")},
	{"both", "2.1", "doc", "two sources that are present", "101, called once", fixture, withSources(upgrade{query: "?token=x", headers: []string{"Auth: x"}}, "route.request.querystring.token", "route.request.header.Auth")},
	{"oneOfTwo", "2.1", "doc", "one of two sources is absent", unauthorizedNotCalled, fixture, withSources(upgrade{query: "?token=x"}, "route.request.querystring.token", "route.request.header.Auth")},
	{"stageVariable", "2.1", "doc", "a stage variable that is set", "101, called once", fixture, withSources(upgrade{}, "stageVariables.set")},
	{"stageVariableAbsent", "2.1", "doc", "a stage variable that is not set", unauthorizedNotCalled, fixture, withSources(upgrade{}, "stageVariables.unset")},
	{"context", "2.1", "doc", "a context value", "101, called once", fixture, withSources(upgrade{}, "context.connectionId")},
	{"none", "2.1", "doc, observed", "an API without sources always calls the authorizer", "101, called once", fixture, withSources(upgrade{})},
}
