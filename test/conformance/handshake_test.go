package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"sallyport/local/gateway"
	"sallyport/test/conformance/target"
)

// handshakeResult returns the result of a handshake: "101", or the refusal.
func handshakeResult(s *env, e *endpoint, u upgrade) string {
	s.Helper()
	c := e.handshake(s.T, u)
	if c.Status == 101 {
		return "101"
	}
	return c.refusal().String()
}

// productHandshake returns the check of a handshake with the product.
func productHandshake(u upgrade) func(s *env) string {
	return func(s *env) string { return handshakeResult(s, s.stack, u) }
}

// withConnect returns the check of a handshake with an API whose $connect is f.
func withConnect(f func() *function) func(s *env) string {
	return func(s *env) string { return handshakeResult(s, s.serve(api{connect: f()}), upgrade{}) }
}

func connectAnswers(text string) func(s *env) string {
	return withConnect(func() *function { return answers(text) })
}

// connectRefusal returns the refusal of a handshake after an answer of $connect.
func connectRefusal(status int, message string) string {
	return fmt.Sprintf(`%d {"message": %q, "connectionId":"<id>", "requestId":"<id>"}`, status, message)
}

// headLines returns the lines of the head of an answer. The named headers have their
// values, the other lines are only names.
func headLines(c *client, values ...string) string {
	var lines []string
	for _, line := range c.lines() {
		name, _, _ := strings.Cut(line, ":")
		if slices.Contains(values, name) || name == line {
			lines = append(lines, line)
		} else {
			lines = append(lines, name)
		}
	}
	return strings.Join(lines, "; ")
}

const (
	forbidden    = `403 ForbiddenException {"message":"Forbidden"}`
	unauthorized = `401 UnauthorizedException {"message":"Unauthorized"}`
	badGateway   = `502 InternalServerErrorException {"message": "Internal server error", "connectionId":"<id>", "requestId":"<id>"}`
)

var handshakes = []behaviour{
	{"head", "1.2", "observed", "the names of the headers of a 101, with their case", "HTTP/1.1 101 Switching Protocols; Date; Connection: upgrade; upgrade: websocket; sec-websocket-accept", fixture, func(s *env) string {
		return headLines(s.serve(api{}).openWith(s.T, upgrade{}), "Connection", "upgrade")
	}},
	{"productHead", "1.2", "observed", "the same for the product, with the subprotocol", "HTTP/1.1 101 Switching Protocols; Date; Connection: upgrade; upgrade: websocket; sec-websocket-accept; sec-websocket-protocol: sallyport.v1", product, func(s *env) string {
		return headLines(s.stack.open(s.T), "Connection", "upgrade", "sec-websocket-protocol")
	}},
	{"accept", "1.2", "doc", "Sec-WebSocket-Accept is computed as RFC 6455 defines", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", product, func(s *env) string {
		return s.stack.open(s.T).Header.Get("Sec-WebSocket-Accept")
	}},
	{"trailingSlash", "1.1", "doc", "the path of a stage may end with a slash", "101", product, func(s *env) string {
		return handshakeResult(s, s.stack, upgrade{path: s.stack.socket.Path + "/"})
	}},
	{"query", "1.1", "doc", "the URL may have a query", "101", product, productHandshake(upgrade{query: "?a=b&c"})},
	{"origin", "1.2", "doc, observed", "API Gateway does not check Origin", "101, called once", fixture, func(s *env) string {
		f := answers(allowAll)
		e := s.serve(api{authorizer: f, connect: answers(ok)})
		return handshakeResult(s, e, upgrade{headers: []string{"Origin: https://elsewhere.example"}}) + ", " + f.calls()
	}},
	{"originInEvent", "2.2", "doc", "the authorizer receives each Origin that the client sent", `["https://a.example","null"]`, fixture, conversation{
		upgrade: upgrade{headers: []string{"Origin: https://a.example", "Origin: null"}},
	}.value(inAuthorizer, "multiValueHeaders.Origin")},
	{"compression", "1.2", "unknown", "permessage-deflate is declined", "101 ", product, func(s *env) string {
		c := s.stack.openWith(s.T, upgrade{headers: []string{"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"}})
		return fmt.Sprint(c.Status, " ", c.Header.Get("Sec-WebSocket-Extensions"))
	}},
	{"unknownStage", "1.3", "observed", "a stage that does not exist", forbidden, product, productHandshake(upgrade{path: "/nowhere"})},
	{"noStage", "1.3", "observed", "no stage", forbidden, product, productHandshake(upgrade{path: "/"})},
	{"deeperPath", "1.1", "unknown", "a path below the stage", forbidden, product, func(s *env) string {
		return handshakeResult(s, s.stack, upgrade{path: s.stack.socket.Path + "/more"})
	}},
	{"slashes", "1.1", "unknown", "two slashes before or after the stage", forbidden + ", " + forbidden, product, func(s *env) string {
		stage := s.stack.socket.Path
		return handshakeResult(s, s.stack, upgrade{path: "/" + stage}) + ", " + handshakeResult(s, s.stack, upgrade{path: stage + "//"})
	}},
	{"dots", "1.1", "unknown", "dots in the path", forbidden + ", " + forbidden, product, func(s *env) string {
		stage := s.stack.socket.Path
		return handshakeResult(s, s.stack, upgrade{path: "/x/.." + stage}) + ", " + handshakeResult(s, s.stack, upgrade{path: "/." + stage})
	}},
	{"plainGetBelow", "1.1", "observed", "GET without an upgrade, below the stage", `426 BadRequestException {"message":"Upgrade Required"}`, product, func(s *env) string {
		return handshakeResult(s, s.stack, upgrade{path: s.stack.socket.Path + "/more", headers: []string{"Upgrade:", "Connection: close"}})
	}},
	{"plainGetDeeper", "1.1", "observed", "GET without an upgrade, two levels below the stage", `426 BadRequestException {"message":"Upgrade Required"}`, product, func(s *env) string {
		return handshakeResult(s, s.stack, upgrade{path: s.stack.socket.Path + "/more/still", headers: []string{"Upgrade:", "Connection: close"}})
	}},
	{"plainGet", "1.3", "observed", "GET without an upgrade", `426 BadRequestException {"message":"Upgrade Required"}`, product, productHandshake(upgrade{headers: []string{"Upgrade:", "Connection: close"}})},
	{"plainPost", "1.3", "unknown", "POST to the stage", `426 BadRequestException {"message":"Upgrade Required"}`, product, productHandshake(upgrade{method: "POST", headers: []string{"Content-Length: 0"}})},
	{"version", "1.3", "unknown", "a WebSocket version other than 13", `400 BadRequestException {"message":"Bad Request"}`, product, productHandshake(upgrade{headers: []string{"Sec-WebSocket-Version: 8"}})},
	{"key", "1.3", "unknown", "a key that is not 16 bytes", `400 BadRequestException {"message":"Bad Request"}`, product, productHandshake(upgrade{headers: []string{"Sec-WebSocket-Key: c2hvcnQ="}})},
	{"longURL", "1.1", "doc", "a URL of more than 4096 characters is refused", "refused with 414", product, func(s *env) string {
		return fmt.Sprint("refused with ", s.stack.handshake(s.T, upgrade{query: "?q=" + strings.Repeat("x", 4096)}).Status)
	}},
	{"longestURL", "1.1", "doc", "a URL of 4096 characters is accepted", "101", fixture, func(s *env) string {
		e := s.serve(api{})
		return handshakeResult(s, e, upgrade{query: "?q=" + strings.Repeat("x", 4096-len("wss://"+e.socket.Host+e.socket.Path+"?q="))})
	}},
	{"noToken", "1.3", "doc", "the identity source is absent", unauthorized, product, productHandshake(upgrade{noToken: true})},
	{"badToken", "1.3", "doc", "the authorizer fails with Unauthorized", unauthorized, product, productHandshake(upgrade{noToken: true, headers: []string{"Sec-WebSocket-Protocol: sallyport.v1, bearer.nonsense"}})},
	{"otherAudience", "1.3", "doc", "the policy of the authorizer denies", `403 AccessDeniedException {"Message":"User is not authorized to access this resource with an explicit deny"}`, localOnly, func(s *env) string {
		return handshakeResult(s, s.stack, upgrade{headers: []string{"Sec-WebSocket-Protocol: sallyport.v1, bearer." + s.token(target.TokenRequest{User: "ann", Audience: "others"})}})
	}},
	{"connected", "1.2", "doc", "$connect answers 200", "101", fixture, connectAnswers(ok)},
	{"no$connect", "1.2", "doc", "$connect does not exist", "101", fixture, func(s *env) string { return handshakeResult(s, s.serve(api{}), upgrade{}) }},
	{"connected204", "1.3", "observed", "$connect answers 204", "101", fixture, connectAnswers(`{"statusCode":204}`)},
	{"connectedString", "1.3", "unknown", "statusCode of $connect is a string", "101", fixture, connectAnswers(`{"statusCode":"200"}`)},
	{"connect301", "1.3", "observed", "$connect answers 301", connectRefusal(301, "Moved Permanently"), fixture, connectAnswers(`{"statusCode":301,"body":"no"}`)},
	{"connect400", "1.3", "doc", "$connect answers 400", connectRefusal(400, "Bad Request"), fixture, connectAnswers(`{"statusCode":400,"body":"no"}`)},
	{"connect401", "1.3", "observed", "$connect answers 401", connectRefusal(401, "Unauthorized"), fixture, connectAnswers(`{"statusCode":401}`)},
	{"connect403", "1.3", "observed", "$connect answers 403", connectRefusal(403, "Forbidden"), fixture, connectAnswers(`{"statusCode":403}`)},
	{"connect500", "1.3", "observed", "$connect answers 500", connectRefusal(500, "Internal Server Error"), fixture, connectAnswers(`{"statusCode":500}`)},
	{"connect501", "1.3", "observed", "$connect answers 501", connectRefusal(501, "Not Implemented"), fixture, connectAnswers(`{"statusCode":501}`)},
	{"connectThrows", "1.3", "observed", "$connect returns an error", badGateway, fixture, withConnect(func() *function { return fails("oh") })},
	{"connectNull", "1.3", "unknown", "$connect answers null", badGateway, fixture, connectAnswers("null")},
	{"connectNoStatus", "1.3", "unknown", "$connect answers without statusCode", badGateway, fixture, connectAnswers(`{"body":"hi"}`)},
	{"connectMembers", "1.3", "unknown", "the answer of $connect has members that a proxy response does not have", badGateway, fixture, connectAnswers(`{"statusCode":200,"ConnectionId":"x"}`)},
	{"connectObjectBody", "1.3", "rest", "the body of $connect is an object", badGateway, fixture, connectAnswers(`{"statusCode":200,"body":{}}`)},
	{"connectUnreachable", "1.3", "rest", "$connect cannot be invoked", `500 InternalServerErrorException {"message":"Internal server error"}`, fixture, withConnect(unreachable)},
	{"connectSlow", "1.3", "rest", "$connect is slower than the timeout of its integration", `504 InternalServerErrorException {"message": "Endpoint request timed out", "connectionId":"<id>", "requestId":"<id>"}`, fixture, func(s *env) string {
		release := make(chan struct{})
		defer close(release)
		return handshakeResult(s, s.serve(api{connect: hangs(release, ok), timeout: 50 * time.Millisecond}), upgrade{})
	}},
	{"integrationTimeout", "6", "doc", "the timeout of an integration is 29 s", "504 after 29 s", fixture, withFakeClock(func(s *env) string {
		release, start := make(chan struct{}), time.Now()
		defer close(release)
		c := s.serve(api{connect: hangs(release, ok)}).handshake(s.T, upgrade{})
		return fmt.Sprintf("%d after %d s", c.Status, time.Since(start)/time.Second)
	})},
	{"earlyMessage", "1.2", "doc, observed", "a message before the 101 is processed after it", "pending, then text early", fixture, func(s *env) string {
		release, messages := make(chan struct{}), echoes()
		connect := hangs(release, ok)
		e := s.serve(api{connect: connect, byDefault: messages})
		c := newClient(s.T, e.dial(s.T))
		c.write(append([]byte(upgrade{}.head(e)), frame(final|text, "early")...))
		connect.next(s.T)
		before := map[string]string{"not called": "pending"}[messages.calls()]
		close(release)
		c.readHead()
		return before + ", then " + c.next()
	}},
	{"refusedHeaders", "1.3", "observed", "the headers of a refusal", "Connection: keep-alive, Content-Length, Content-Type: application/json, Date, X-Amz-Apigw-Id: 16 characters, X-Amzn-Errortype, X-Amzn-Requestid: UUID", product, func(s *env) string {
		c := s.stack.handshake(s.T, upgrade{noToken: true})
		return describeHeaders(c.Header)
	}},
	{"disconnectNotRun", "3.4", "doc", "$disconnect does not run after a refused handshake", "403, not called", fixture, func(s *env) string {
		bye := answers(ok)
		c := s.serve(api{connect: answers(`{"statusCode":403}`), disconnect: bye}).handshake(s.T, upgrade{})
		return fmt.Sprint(c.Status, ", ", bye.calls())
	}},
	{"connectMock", "1.2", "unknown", "a MOCK $connect accepts", "101", fixture, func(s *env) string {
		return handshakeResult(s, s.serve(api{config: func(c *gateway.Config) {
			c.Routes["$connect"] = gateway.Route{Integration: gateway.Integration{Mock: "{}"}}
		}}), upgrade{})
	}},
}

// describeHeaders returns the names of headers, with the value or its form where the
// specification defines it.
func describeHeaders(h http.Header) string {
	var parts []string
	for name := range h {
		value := h.Get(name)
		switch {
		case name == "Connection", name == "Content-Type":
			name += ": " + value
		case len(value) == 36 && strings.Count(value, "-") == 4:
			name += ": UUID"
		case len(value) == 16 && strings.HasSuffix(value, "="):
			name += ": 16 characters"
		}
		parts = append(parts, name)
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
