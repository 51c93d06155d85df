package conformance

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sallyport/local/gateway"
)

// endAnswer is the reply to endMessage. No reply comes after it.
const (
	endMessage = `{"action":"end"}`
	endAnswer  = "text " + endMessage
)

// reply returns the check of the first reply of a two-way route whose function answers
// text.
func reply(text string) func(s *env) string {
	return func(s *env) string { return firstReply(s, api{byDefault: answers(text)}) }
}

// noReply returns the check that a two-way route sends no reply.
func noReply(text string) func(s *env) string {
	return func(s *env) string { return silentReply(s, api{byDefault: answers(text)}) }
}

// noReplyOneWay is noReply for a one-way route.
func noReplyOneWay(text string) func(s *env) string {
	return func(s *env) string { return silentReply(s, api{oneWay: answers(text)}) }
}

// replyOneWay is reply for a one-way route.
func replyOneWay(text string) func(s *env) string {
	return func(s *env) string { return firstReply(s, api{oneWay: answers(text)}) }
}

// firstReply returns the reply to a message, and all replies after it if there is more than
// one. The connection must stay open.
func firstReply(s *env, a api) string {
	a.routes = map[string]*function{"end": echoes()}
	c := s.serve(a).open(s.T)
	c.send("go")
	got := c.next()
	c.send(endMessage)
	if rest := c.upTo(endAnswer); rest != endAnswer {
		return got + ", " + rest
	}
	return got
}

// silentReply returns "nothing", or the replies to a message that must have none.
func silentReply(s *env, a api) string {
	a.routes = map[string]*function{"end": echoes()}
	c := s.serve(a).open(s.T)
	c.send("go")
	for _, f := range []*function{a.byDefault, a.oneWay} {
		if f != nil {
			f.next(s.T)
		}
	}
	c.send(endMessage)
	if got := c.upTo(endAnswer); got != endAnswer {
		return got
	}
	return "nothing"
}

var replies = []behaviour{
	{"oneWay", "5.1", "doc, observed", "a one-way route sends no body", "nothing", fixture, noReplyOneWay(`{"statusCode":200,"body":"hi"}`)},
	{"oneWay301", "5.1", "doc, observed", "a one-way route: 301", "nothing", fixture, noReplyOneWay(`{"statusCode":301,"body":"hi"}`)},
	{"oneWay401", "5.1", "doc, observed", "a one-way route: 401", "nothing", fixture, noReplyOneWay(`{"statusCode":401,"body":"hi"}`)},
	{"oneWay501", "5.1", "doc, observed", "a one-way route: 501", "nothing", fixture, noReplyOneWay(`{"statusCode":501,"body":"hi"}`)},
	{"oneWayNull", "5.1", "observed", "a one-way route: null", "nothing", fixture, noReplyOneWay("null")},
	{"oneWayNonsense", "5.1", "unknown", "a one-way route: an answer that is not a proxy response", internalFrame, fixture, replyOneWay(`["hi"]`)},
	{"oneWayMembers", "5.1", "observed", "a one-way route: members that a proxy response does not have", internalFrame, fixture, replyOneWay(`{"ConnectionId":"x","Data":"hi","statusCode":200}`)},
	{"oneWayObjectBody", "5.1", "unknown", "a one-way route: body is an object", internalFrame, fixture, replyOneWay(`{"statusCode":200,"body":{}}`)},
	{"twoWay", "5.2", "doc", "a two-way route sends the body", "text hi", fixture, reply(`{"statusCode":200,"body":"hi"}`)},
	{"twoWay500", "5.2", "observed", "a two-way route sends the body of a 500", "text hi", fixture, reply(`{"statusCode":500,"body":"hi"}`)},
	{"twoWay404", "5.2", "observed", "a two-way route sends the body of a 404", "text hi", fixture, reply(`{"statusCode":404,"body":"hi"}`)},
	{"headers", "5.2", "doc", "headers have no effect", "text hi", fixture, reply(`{"statusCode":200,"headers":{"Content-Type":"text/html"},"body":"hi"}`)},
	{"json", "5.2", "doc", "JSON in the body is sent as text", `text {"a":1}`, fixture, reply(`{"statusCode":200,"body":"{\"a\":1}"}`)},
	{"unicode", "5.2", "doc", "characters outside ASCII", "text é😀", fixture, reply(`{"statusCode":200,"body":"\u00e9\ud83d\ude00"}`)},
	{"noBody", "5.2", "unknown", "an answer without a body", "nothing", fixture, noReply(ok)},
	{"emptyBody", "5.2", "unknown", "an empty body", "nothing", fixture, noReply(`{"statusCode":200,"body":""}`)},
	{"nullBody", "5.2", "unknown", "body is null", "nothing", fixture, noReply(`{"statusCode":200,"body":null}`)},
	{"base64", "5.2", "unknown", "a base64 body is decoded and sent as text", "text hi", fixture, reply(`{"statusCode":200,"body":"aGk=","isBase64Encoded":true}`)},
	{"badBase64", "5.2", "unknown", "a base64 body that is not base64", internalFrame, fixture, reply(`{"statusCode":200,"body":"hi!","isBase64Encoded":true}`)},
	{"objectBody", "5.2", "unknown", "body is an object", internalFrame, fixture, reply(`{"statusCode":200,"body":{}}`)},
	{"members", "5.2", "observed", "members that a proxy response does not have", internalFrame, fixture, reply(`{"ConnectionId":"x","Data":"hi","statusCode":200}`)},
	{"noStatus", "5.2", "unknown", "an answer without statusCode", internalFrame, fixture, reply(`{"body":"hi"}`)},
	{"null", "5.1", "observed", "the answer is null", "nothing", fixture, noReply("null")},
	{"noObject", "5.2", "unknown", "the answer is a list", internalFrame, fixture, reply(`["hi"]`)},
	{"large", "6", "doc", "a body of 128 KB", `text 131072 times "x"`, fixture, reply(`{"statusCode":200,"body":"` + strings.Repeat("x", 128<<10) + `"}`)},
	{"tooLarge", "6", "unknown", "a body of more than 128 KB", internalFrame, fixture, reply(`{"statusCode":200,"body":"` + strings.Repeat("x", 128<<10+1) + `"}`)},
	{"mock", "9", "observed", "a MOCK integration answers", "text pong", fixture, mockReply(true)},
	{"mockOneWay", "5.1", "doc", "a MOCK integration of a one-way route sends no reply", "nothing", fixture, mockReply(false)},
	{"productMock", "9", "observed", "the route ping of the product", `text {"type":"pong"}`, product, func(s *env) string {
		c := s.stack.open(s.T)
		c.send(`{"action":"ping"}`)
		return c.next()
	}},
	{"connectSilent", "5.2", "unknown", "the body of $connect is not sent", "nothing", fixture, func(s *env) string {
		return s.serve(api{connect: answers(`{"statusCode":200,"body":"welcome"}`), config: func(c *gateway.Config) {
			r := c.Routes["$connect"]
			r.RouteResponse = true
			c.Routes["$connect"] = r
		}}).open(s.T).quiet()
	}},
}

// mockReply returns the check of the reply of a MOCK integration.
func mockReply(twoWay bool) func(s *env) string {
	return func(s *env) string {
		a := api{config: func(c *gateway.Config) {
			c.Routes["$default"] = gateway.Route{Integration: gateway.Integration{Mock: "pong"}, RouteResponse: twoWay}
		}}
		if twoWay {
			return firstReply(s, a)
		}
		return silentReply(s, a)
	}
}

// errorFrame returns the check of the error frame after a message. The connection must stay
// open.
func errorFrame(twoWay bool, f func() *function) func(s *env) string {
	return func(s *env) string {
		if twoWay {
			return firstReply(s, api{byDefault: f()})
		}
		return firstReply(s, api{oneWay: f()})
	}
}

var errorFrames = []behaviour{
	{"throws", "5.3", "observed", "the function returns an error", internalFrame, fixture, errorFrame(true, func() *function { return fails("oh") })},
	{"throwsOneWay", "5.3", "observed", "the function of a one-way route returns an error", internalFrame, fixture, errorFrame(false, func() *function { return fails("oh") })},
	{"unreachable", "5.3", "observed", "the function cannot be invoked", internalFrame, fixture, errorFrame(true, unreachable)},
	{"unreachableOneWay", "5.3", "observed", "the function of a one-way route cannot be invoked", internalFrame, fixture, errorFrame(false, unreachable)},
	{"timeout", "5.3", "observed", "the function is slower than the timeout; its answer is dropped", `text {"message": "Endpoint request timed out", "connectionId":"<id>", "requestId":"<id>"}, text after, nothing`, fixture, func(s *env) string {
		release := make(chan struct{})
		slow, after := hangs(release, `{"statusCode":200,"body":"late"}`), answers(`{"statusCode":200,"body":"after"}`)
		e := s.serve(api{byDefault: slow, routes: map[string]*function{"x": after}, config: func(c *gateway.Config) {
			r := c.Routes["$default"]
			r.Integration.Timeout = 50 * time.Millisecond
			c.Routes["$default"] = r
		}})
		c := e.open(s.T)
		c.send("go")
		first := c.next()
		close(release)
		c.send(`{"action":"x"}`)
		return first + ", " + c.next() + ", " + c.quiet()
	}},
	{"ids", "5.3", "observed", "connectionId and requestId are those of the event", "true", fixture, func(s *env) string {
		f := fails("oh")
		c := s.serve(api{byDefault: f}).open(s.T)
		c.send("go")
		e := f.next(s.T)
		_, payload, _ := c.readFrame()
		want := fmt.Sprintf(`{"message": "Internal server error", "connectionId":%s, "requestId":%s}`,
			e.at("requestContext.connectionId"), e.at("requestContext.requestId"))
		return fmt.Sprint(string(payload) == want)
	}},
}

var orders = []behaviour{
	{"concurrent", "5.4", "doc, observed", "a slow message does not delay the next", "text fast, text slow", fixture, func(s *env) string {
		release := make(chan struct{})
		slow := hangs(release, `{"statusCode":200,"body":"slow"}`)
		c := s.serve(api{byDefault: slow, routes: map[string]*function{"x": answers(`{"statusCode":200,"body":"fast"}`)}}).open(s.T)
		c.send("go")
		slow.next(s.T)
		c.send(`{"action":"x"}`)
		first := c.next()
		close(release)
		return first + ", " + c.next()
	}},
	{"sameRoute", "5.4", "doc", "messages of one route run at the same time", "20 at a time", fixture, func(s *env) string {
		release := make(chan struct{})
		f := hangs(release, ok)
		defer close(release)
		c := s.serve(api{oneWay: f}).open(s.T)
		for range 20 {
			c.send("go")
		}
		for range 20 {
			f.next(s.T)
		}
		return "20 at a time"
	}},
	{"allAnswered", "5.4", "doc", "each of 200 messages is answered once", "200 answers, 200 different", fixture, func(s *env) string {
		c := s.serve(api{byDefault: echoes()}).open(s.T)
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range 200 {
				_, _ = c.Write(frame(final|text, fmt.Sprint(i)))
			}
		})
		var got []string
		for range 200 {
			got = append(got, c.next())
		}
		wg.Wait()
		slices.Sort(got)
		return fmt.Sprintf("%d answers, %d different", len(got), len(slices.Compact(got)))
	}},
	{"disconnectLast", "3.4", "doc", "$disconnect runs after the client has left", "DISCONNECT after MESSAGE", fixture, func(s *env) string {
		f := answers(ok)
		c := s.serve(api{oneWay: f, disconnect: f}).open(s.T)
		c.send("go")
		first := f.next(s.T).text("requestContext.eventType")
		c.close(1000, "")
		return f.next(s.T).text("requestContext.eventType") + " after " + first
	}},
}
