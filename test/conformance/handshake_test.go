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

// shaken tells how an API answers a handshake: "101", or the refusal.
func shaken(s *scene, e *endpoint, u upgrade) string {
	s.Helper()
	c := e.shake(s.T, u)
	if c.Status == 101 {
		return "101"
	}
	return c.refusal().String()
}

// onProduct returns a case's check: a handshake with the product.
func onProduct(u upgrade) func(s *scene) string {
	return func(s *scene) string { return shaken(s, s.stack, u) }
}

// withConnect returns the check of a handshake with an API whose $connect is f.
func withConnect(f func() *function) func(s *scene) string {
	return func(s *scene) string { return shaken(s, s.serve(api{connect: f()}), upgrade{}) }
}

func connectAnswers(text string) func(s *scene) string {
	return withConnect(func() *function { return answers(text) })
}

// failed is how a handshake is refused on behalf of $connect.
func failed(status int, message string) string {
	return fmt.Sprintf(`%d {"message": %q, "connectionId":"<id>", "requestId":"<id>"}`, status, message)
}

// headLines returns the lines of an answer's head: the values only of the named
// headers.
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
	{"head", "1.2", "observed", "the names of the 101, and their case", "HTTP/1.1 101 Switching Protocols; Date; Connection: upgrade; upgrade: websocket; sec-websocket-accept", fixture, func(s *scene) string {
		return headLines(s.serve(api{}).opened(s.T, upgrade{}), "Connection", "upgrade")
	}},
	{"productHead", "1.2", "observed", "the same from the product, with the subprotocol", "HTTP/1.1 101 Switching Protocols; Date; Connection: upgrade; upgrade: websocket; sec-websocket-accept; sec-websocket-protocol: sallyport.v1", product, func(s *scene) string {
		return headLines(s.stack.open(s.T), "Connection", "upgrade", "sec-websocket-protocol")
	}},
	{"accept", "1.2", "doc", "the key is answered as RFC 6455 says", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", product, func(s *scene) string {
		return s.stack.open(s.T).Header.Get("Sec-WebSocket-Accept")
	}},
	{"trailingSlash", "1.1", "doc", "/stage/ is the stage", "101", product, func(s *scene) string {
		return shaken(s, s.stack, upgrade{path: s.stack.socket.Path + "/"})
	}},
	{"query", "1.1", "doc", "a query is no reason to refuse", "101", product, onProduct(upgrade{query: "?a=b&c"})},
	{"origin", "1.2", "doc, observed", "Origin is not checked by API Gateway", "101, called once", fixture, func(s *scene) string {
		f := answers(allowAll)
		e := s.serve(api{authorizer: f, connect: answers(ok)})
		return shaken(s, e, upgrade{headers: []string{"Origin: https://elsewhere.example"}}) + ", " + f.called()
	}},
	{"originInEvent", "2.2", "doc", "the authorizer gets it as the client sent it, each of several", `["https://a.example","null"]`, fixture, conversation{
		upgrade: upgrade{headers: []string{"Origin: https://a.example", "Origin: null"}},
	}.value(inAuthorizer, "multiValueHeaders.Origin")},
	{"compression", "1.2", "unknown", "permessage-deflate is declined", "101 ", product, func(s *scene) string {
		c := s.stack.opened(s.T, upgrade{headers: []string{"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"}})
		return fmt.Sprint(c.Status, " ", c.Header.Get("Sec-WebSocket-Extensions"))
	}},
	{"unknownStage", "1.3", "observed", "a stage that does not exist", forbidden, product, onProduct(upgrade{path: "/nowhere"})},
	{"noStage", "1.3", "observed", "no stage", forbidden, product, onProduct(upgrade{path: "/"})},
	{"deeperPath", "1.1", "unknown", "a path below the stage", forbidden, product, func(s *scene) string {
		return shaken(s, s.stack, upgrade{path: s.stack.socket.Path + "/more"})
	}},
	{"slashes", "1.1", "unknown", "two slashes before the stage, or behind it", forbidden + ", " + forbidden, product, func(s *scene) string {
		stage := s.stack.socket.Path
		return shaken(s, s.stack, upgrade{path: "/" + stage}) + ", " + shaken(s, s.stack, upgrade{path: stage + "//"})
	}},
	{"dots", "1.1", "unknown", "dots in the path", forbidden + ", " + forbidden, product, func(s *scene) string {
		stage := s.stack.socket.Path
		return shaken(s, s.stack, upgrade{path: "/x/.." + stage}) + ", " + shaken(s, s.stack, upgrade{path: "/." + stage})
	}},
	{"plainGetBelow", "1.1", "observed", "GET without an upgrade, below the stage", `426 BadRequestException {"message":"Upgrade Required"}`, product, func(s *scene) string {
		return shaken(s, s.stack, upgrade{path: s.stack.socket.Path + "/more", headers: []string{"Upgrade:", "Connection: close"}})
	}},
	{"plainGetDeeper", "1.1", "observed", "the same, two parts below", `426 BadRequestException {"message":"Upgrade Required"}`, product, func(s *scene) string {
		return shaken(s, s.stack, upgrade{path: s.stack.socket.Path + "/more/still", headers: []string{"Upgrade:", "Connection: close"}})
	}},
	{"plainGet", "1.3", "observed", "GET without an upgrade", `426 BadRequestException {"message":"Upgrade Required"}`, product, onProduct(upgrade{headers: []string{"Upgrade:", "Connection: close"}})},
	{"plainPost", "1.3", "unknown", "POST to the stage", `426 BadRequestException {"message":"Upgrade Required"}`, product, onProduct(upgrade{method: "POST", headers: []string{"Content-Length: 0"}})},
	{"version", "1.3", "unknown", "a WebSocket version other than 13", `400 BadRequestException {"message":"Bad Request"}`, product, onProduct(upgrade{headers: []string{"Sec-WebSocket-Version: 8"}})},
	{"key", "1.3", "unknown", "a key that is not 16 bytes", `400 BadRequestException {"message":"Bad Request"}`, product, onProduct(upgrade{headers: []string{"Sec-WebSocket-Key: c2hvcnQ="}})},
	{"longURL", "1.1", "doc", "an URL of more than 4096 characters is refused", "refused with 414", product, func(s *scene) string {
		return fmt.Sprint("refused with ", s.stack.shake(s.T, upgrade{query: "?q=" + strings.Repeat("x", 4096)}).Status)
	}},
	{"longestURL", "1.1", "doc", "one of 4096 is not", "101", fixture, func(s *scene) string {
		e := s.serve(api{})
		return shaken(s, e, upgrade{query: "?q=" + strings.Repeat("x", 4096-len("wss://"+e.socket.Host+e.socket.Path+"?q="))})
	}},
	{"noToken", "1.3", "doc", "the identity source is absent", unauthorized, product, onProduct(upgrade{plain: true})},
	{"badToken", "1.3", "doc", "the authorizer fails with Unauthorized", unauthorized, product, onProduct(upgrade{plain: true, headers: []string{"Sec-WebSocket-Protocol: sallyport.v1, bearer.nonsense"}})},
	{"otherAudience", "1.3", "doc", "the authorizer answers Deny", `403 AccessDeniedException {"Message":"User is not authorized to access this resource with an explicit deny"}`, localOnly, func(s *scene) string {
		return shaken(s, s.stack, upgrade{headers: []string{"Sec-WebSocket-Protocol: sallyport.v1, bearer." + s.token(target.TokenRequest{User: "ann", Audience: "others"})}})
	}},
	{"connected", "1.2", "doc", "$connect answers 200", "101", fixture, connectAnswers(ok)},
	{"no$connect", "1.2", "doc", "$connect does not exist", "101", fixture, func(s *scene) string { return shaken(s, s.serve(api{}), upgrade{}) }},
	{"connected204", "1.3", "observed", "$connect answers another 2xx", "101", fixture, connectAnswers(`{"statusCode":204}`)},
	{"connectedString", "1.3", "unknown", "$connect answers its status as text", "101", fixture, connectAnswers(`{"statusCode":"200"}`)},
	{"connect301", "1.3", "observed", "$connect answers 301", failed(301, "Moved Permanently"), fixture, connectAnswers(`{"statusCode":301,"body":"no"}`)},
	{"connect400", "1.3", "doc", "$connect answers 400", failed(400, "Bad Request"), fixture, connectAnswers(`{"statusCode":400,"body":"no"}`)},
	{"connect401", "1.3", "observed", "$connect answers 401", failed(401, "Unauthorized"), fixture, connectAnswers(`{"statusCode":401}`)},
	{"connect403", "1.3", "observed", "$connect answers 403", failed(403, "Forbidden"), fixture, connectAnswers(`{"statusCode":403}`)},
	{"connect500", "1.3", "observed", "$connect answers 500", failed(500, "Internal Server Error"), fixture, connectAnswers(`{"statusCode":500}`)},
	{"connect501", "1.3", "observed", "$connect answers 501", failed(501, "Not Implemented"), fixture, connectAnswers(`{"statusCode":501}`)},
	{"connectThrows", "1.3", "observed", "$connect throws", badGateway, fixture, withConnect(func() *function { return fails("oh") })},
	{"connectNull", "1.3", "unknown", "$connect answers null", badGateway, fixture, connectAnswers("null")},
	{"connectNoStatus", "1.3", "unknown", "$connect answers no statusCode", badGateway, fixture, connectAnswers(`{"body":"hi"}`)},
	{"connectMembers", "1.3", "unknown", "$connect answers members that a proxy response does not have", badGateway, fixture, connectAnswers(`{"statusCode":200,"ConnectionId":"x"}`)},
	{"connectObjectBody", "1.3", "rest", "$connect answers a body that is an object", badGateway, fixture, connectAnswers(`{"statusCode":200,"body":{}}`)},
	{"connectUnreachable", "1.3", "rest", "$connect cannot be invoked", `500 InternalServerErrorException {"message":"Internal server error"}`, fixture, withConnect(unreachable)},
	{"connectSlow", "1.3", "rest", "$connect is slower than the integration's timeout", `504 InternalServerErrorException {"message": "Endpoint request timed out", "connectionId":"<id>", "requestId":"<id>"}`, fixture, func(s *scene) string {
		release := make(chan struct{})
		defer close(release)
		return shaken(s, s.serve(api{connect: hangs(release, ok), timeout: 50 * time.Millisecond}), upgrade{})
	}},
	{"integrationTimeout", "6", "doc", "the integration's timeout is 29 s", "504 after 29 s", fixture, bubbled(func(s *scene) string {
		release, start := make(chan struct{}), time.Now()
		defer close(release)
		c := s.serve(api{connect: hangs(release, ok)}).shake(s.T, upgrade{})
		return fmt.Sprintf("%d after %d s", c.Status, time.Since(start)/time.Second)
	})},
	{"earlyMessage", "1.2", "doc, observed", "what a client sends before the 101 waits for it", "pending, then text early", fixture, func(s *scene) string {
		release, messages := make(chan struct{}), echoes()
		connect := hangs(release, ok)
		e := s.serve(api{connect: connect, byDefault: messages})
		c := newClient(s.T, e.dial(s.T))
		c.write(append([]byte(upgrade{}.head(e)), frame(final|text, "early")...))
		connect.next(s.T)
		seen := map[string]string{"not called": "pending"}[messages.called()]
		close(release)
		c.readHead()
		return seen + ", then " + c.next()
	}},
	{"refusedHeaders", "1.3", "observed", "the headers of a refusal", "Connection: keep-alive, Content-Length, Content-Type: application/json, Date, X-Amz-Apigw-Id: 16 characters, X-Amzn-Errortype, X-Amzn-Requestid: UUID", product, func(s *scene) string {
		c := s.stack.shake(s.T, upgrade{plain: true})
		return describeHeaders(c.Header)
	}},
	{"disconnectNotRun", "3.4", "doc", "$disconnect does not run for a refused client", "403, not called", fixture, func(s *scene) string {
		bye := answers(ok)
		c := s.serve(api{connect: answers(`{"statusCode":403}`), disconnect: bye}).shake(s.T, upgrade{})
		return fmt.Sprint(c.Status, ", ", bye.called())
	}},
	{"connectMock", "1.2", "unknown", "a MOCK $connect lets in", "101", fixture, func(s *scene) string {
		return shaken(s, s.serve(api{config: func(c *gateway.Config) {
			c.Routes["$connect"] = gateway.Route{Integration: gateway.Integration{Mock: "{}"}}
		}}), upgrade{})
	}},
}

// describeHeaders lists headers, with what matters of their values.
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
