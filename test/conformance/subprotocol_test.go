package conformance

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/local/gateway"
)

// chosen returns the check of the subprotocol that a client gets from an API
// whose $connect answers that.
func chosen(offer, connect string) func(s *scene) string {
	return func(s *scene) string {
		e := s.serve(api{connect: answers(connect)})
		e.offer = offer
		c := e.shake(s.T, upgrade{})
		if c.Status != 101 {
			return fmt.Sprint(c.Status)
		}
		return strings.TrimSpace("101 " + c.Header.Get("Sec-WebSocket-Protocol"))
	}
}

var subprotocols = []behaviour{
	{"product", "1.4", "doc, observed", "$connect returns one of those offered", "sallyport.v1", product, func(s *scene) string {
		return s.stack.open(s.T).Header.Get("Sec-WebSocket-Protocol")
	}},
	{"notByItself", "1.4", "doc, observed", "offered but not returned by $connect: 101 without", "101", fixture, chosen("a, b", ok)},
	{"no$connect", "1.4", "doc, observed", "offered, and no $connect: 101 without", "101", fixture, func(s *scene) string {
		e := s.serve(api{})
		e.offer = "a"
		c := e.opened(s.T, upgrade{})
		return strings.TrimSpace("101 " + c.Header.Get("Sec-WebSocket-Protocol"))
	}},
	{"returned", "1.4", "doc, observed", "$connect returns one", "101 b", fixture, chosen("a, b", `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"b"}}`)},
	{"lowerCase", "1.4", "unknown", "the name of the returned header in lower case", "101 b", fixture, chosen("a, b", `{"statusCode":200,"headers":{"sec-websocket-protocol":"b"}}`)},
	{"multiValue", "1.4", "unknown", "returned in multiValueHeaders", "101 b", fixture, chosen("a, b", `{"statusCode":200,"headers":null,"multiValueHeaders":{"Sec-WebSocket-Protocol":["b"]}}`)},
	{"nullHeaders", "3.5", "doc", "headers are null, as the Go types marshal them", "101", fixture, chosen("a", `{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":""}`)},
	{"notOffered", "1.4", "unknown", "$connect returns one that was not offered", "101 c", fixture, chosen("a, b", `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"c"}}`)},
	{"two", "1.4", "unknown", "$connect returns two", "502", fixture, chosen("a, b", `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"a, b"}}`)},
	{"newline", "1.4", "unknown", "$connect returns a line break", "502", fixture, chosen("a", `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"a\r\nX: y"}}`)},
	{"onlyThatHeader", "1.4", "observed", "body and other headers of $connect are dropped", "false, nothing", fixture, func(s *scene) string {
		c := s.serve(api{connect: answers(`{"statusCode":200,"body":"hello","headers":{"X-Own":"1","Set-Cookie":"a=b"}}`)}).open(s.T)
		own := slices.ContainsFunc(c.lines(), func(l string) bool { return strings.Contains(l, "Own") || strings.Contains(l, "Cookie") })
		return fmt.Sprint(own, ", ", c.quiet())
	}},
	{"authorizerCannot", "1.4", "doc", "the authorizer cannot choose", "101", fixture, func(s *scene) string {
		allowed := strings.TrimSuffix(allowAll, "}") + `,"headers":{"Sec-WebSocket-Protocol":"a"}}`
		e := s.serve(api{authorizer: answers(allowed)})
		e.offer = "a"
		return strings.TrimSpace("101 " + e.opened(s.T, upgrade{}).Header.Get("Sec-WebSocket-Protocol"))
	}},
	{"inEvents", "1.4", "doc, observed", "what is offered reaches the functions as one value", `"a, b" "a, b"`, fixture, func(s *scene) string {
		authorizer, connect := answers(allowAll), answers(ok)
		e := s.serve(api{authorizer: authorizer, connect: connect})
		e.offer = "a, b"
		e.open(s.T)
		return authorizer.next(s.T).at("headers.Sec-WebSocket-Protocol") + " " + connect.next(s.T).at("headers.Sec-WebSocket-Protocol")
	}},
}

// sourced returns the check of a handshake with an API that wants the given
// identity sources: its answer, and whether the authorizer was called.
func sourced(u upgrade, sources ...string) func(s *scene) string {
	return func(s *scene) string {
		authorizer := answers(allowAll)
		e := s.serve(api{authorizer: authorizer, sources: sources, config: func(c *gateway.Config) {
			c.StageVariables = map[string]string{"set": "x"}
		}})
		return shaken(s, e, u) + ", " + authorizer.called()
	}
}

const notAsked = unauthorized + ", not called"

var identitySources = []behaviour{
	{"header", "2.1", "doc", "a header that is there", "101, called once", fixture, sourced(upgrade{headers: []string{"Auth: x"}}, "route.request.header.Auth")},
	{"headerAbsent", "2.1", "doc", "a header that is absent", notAsked, fixture, sourced(upgrade{}, "route.request.header.Auth")},
	{"headerEmpty", "2.1", "doc", "a header that is empty", notAsked, fixture, sourced(upgrade{headers: []string{"Auth: "}}, "route.request.header.Auth")},
	{"headerCase", "2.1", "unknown", "a header spelt otherwise", "101, called once", fixture, sourced(upgrade{headers: []string{"aUTH: x"}}, "route.request.header.Auth")},
	{"query", "2.1", "doc", "a query parameter that is there", "101, called once", fixture, sourced(upgrade{query: "?token=x"}, "route.request.querystring.token")},
	{"queryAbsent", "2.1", "doc", "a query parameter that is absent", notAsked, fixture, sourced(upgrade{query: "?other=x"}, "route.request.querystring.token")},
	{"queryEmpty", "2.1", "doc", "a query parameter that is empty", notAsked, fixture, sourced(upgrade{query: "?token="}, "route.request.querystring.token")},
	{"both", "2.1", "doc", "two that are there", "101, called once", fixture, sourced(upgrade{query: "?token=x", headers: []string{"Auth: x"}}, "route.request.querystring.token", "route.request.header.Auth")},
	{"oneOfTwo", "2.1", "doc", "one of two is absent", notAsked, fixture, sourced(upgrade{query: "?token=x"}, "route.request.querystring.token", "route.request.header.Auth")},
	{"stageVariable", "2.1", "doc", "a stage variable that is set", "101, called once", fixture, sourced(upgrade{}, "stageVariables.set")},
	{"stageVariableAbsent", "2.1", "doc", "a stage variable that is not", notAsked, fixture, sourced(upgrade{}, "stageVariables.unset")},
	{"context", "2.1", "doc", "a context value", "101, called once", fixture, sourced(upgrade{}, "context.connectionId")},
	{"none", "2.1", "doc, observed", "no source: the function is always called", "101, called once", fixture, sourced(upgrade{})},
}
