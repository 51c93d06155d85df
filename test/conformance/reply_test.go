package conformance

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sallyport/local/gateway"
)

// end makes a route answer that shows that nothing else is to come.
const (
	endMessage = `{"action":"end"}`
	endAnswer  = "text " + endMessage
)

// replied returns the check of what a client reads from a two-way route whose
// function answers that.
func replied(text string) func(s *scene) string {
	return func(s *scene) string { return first(s, api{byDefault: answers(text)}) }
}

// unreplied is the check that the client reads nothing.
func unreplied(text string) func(s *scene) string {
	return func(s *scene) string { return silence(s, api{byDefault: answers(text)}) }
}

func silentOneWay(text string) func(s *scene) string {
	return func(s *scene) string { return silence(s, api{oneWay: answers(text)}) }
}

// repliedOneWay is replied for a one-way route.
func repliedOneWay(text string) func(s *scene) string {
	return func(s *scene) string { return first(s, api{oneWay: answers(text)}) }
}

// first returns what a client reads when it says something, if it is alone and
// the connection goes on.
func first(s *scene, a api) string {
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

// silence returns what a client reads although there should be nothing.
func silence(s *scene, a api) string {
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
	{"oneWay", "5.1", "doc, observed", "a one-way route sends no body", "nothing", fixture, silentOneWay(`{"statusCode":200,"body":"hi"}`)},
	{"oneWay301", "5.1", "doc, observed", "a one-way route: 301", "nothing", fixture, silentOneWay(`{"statusCode":301,"body":"hi"}`)},
	{"oneWay401", "5.1", "doc, observed", "a one-way route: 401", "nothing", fixture, silentOneWay(`{"statusCode":401,"body":"hi"}`)},
	{"oneWay501", "5.1", "doc, observed", "a one-way route: 501", "nothing", fixture, silentOneWay(`{"statusCode":501,"body":"hi"}`)},
	{"oneWayNull", "5.1", "observed", "a one-way route: null", "nothing", fixture, silentOneWay("null")},
	{"oneWayNonsense", "5.1", "unknown", "a one-way route: no proxy response", internalFrame, fixture, repliedOneWay(`["what"]`)},
	{"oneWayMembers", "5.1", "observed", "a one-way route: members that a proxy response does not have", internalFrame, fixture, repliedOneWay(`{"ConnectionId":"x","Data":"hi","statusCode":200}`)},
	{"oneWayObjectBody", "5.1", "unknown", "a one-way route: body is an object", internalFrame, fixture, repliedOneWay(`{"statusCode":200,"body":{}}`)},
	{"twoWay", "5.2", "doc", "a two-way route sends the body", "text hi", fixture, replied(`{"statusCode":200,"body":"hi"}`)},
	{"twoWay500", "5.2", "observed", "also with the status 500", "text hi", fixture, replied(`{"statusCode":500,"body":"hi"}`)},
	{"twoWay404", "5.2", "observed", "and 404", "text hi", fixture, replied(`{"statusCode":404,"body":"hi"}`)},
	{"headers", "5.2", "doc", "headers are meaningless", "text hi", fixture, replied(`{"statusCode":200,"headers":{"Content-Type":"text/html"},"body":"hi"}`)},
	{"json", "5.2", "doc", "JSON in the body is text", `text {"a":1}`, fixture, replied(`{"statusCode":200,"body":"{\"a\":1}"}`)},
	{"unicode", "5.2", "doc", "any text", "text é😀", fixture, replied(`{"statusCode":200,"body":"\u00e9\ud83d\ude00"}`)},
	{"noBody", "5.2", "unknown", "no body", "nothing", fixture, unreplied(ok)},
	{"emptyBody", "5.2", "unknown", "an empty body", "nothing", fixture, unreplied(`{"statusCode":200,"body":""}`)},
	{"nullBody", "5.2", "unknown", "body is null", "nothing", fixture, unreplied(`{"statusCode":200,"body":null}`)},
	{"base64", "5.2", "unknown", "a base64 body is decoded and sent as text", "text hi", fixture, replied(`{"statusCode":200,"body":"aGk=","isBase64Encoded":true}`)},
	{"badBase64", "5.2", "unknown", "a base64 body that is not base64", internalFrame, fixture, replied(`{"statusCode":200,"body":"hi!","isBase64Encoded":true}`)},
	{"objectBody", "5.2", "unknown", "body is an object", internalFrame, fixture, replied(`{"statusCode":200,"body":{}}`)},
	{"members", "5.2", "observed", "members that a proxy response does not have", internalFrame, fixture, replied(`{"ConnectionId":"x","Data":"hi","statusCode":200}`)},
	{"noStatus", "5.2", "unknown", "no statusCode", internalFrame, fixture, replied(`{"body":"hi"}`)},
	{"null", "5.1", "observed", "null", "nothing", fixture, unreplied("null")},
	{"noObject", "5.2", "unknown", "the answer is a list", internalFrame, fixture, replied(`["hi"]`)},
	{"large", "6", "doc", "a body of 128 KB", `text 131072 times "x"`, fixture, replied(`{"statusCode":200,"body":"` + strings.Repeat("x", 128<<10) + `"}`)},
	{"tooLarge", "6", "unknown", "a body of more than 128 KB", internalFrame, fixture, replied(`{"statusCode":200,"body":"` + strings.Repeat("x", 128<<10+1) + `"}`)},
	{"mock", "9", "observed", "a MOCK integration answers", "text pong", fixture, mocked(true)},
	{"mockOneWay", "5.1", "doc", "but not on a one-way route", "nothing", fixture, mocked(false)},
	{"productMock", "9", "observed", "the product's ping", `text {"type":"pong"}`, product, func(s *scene) string {
		c := s.stack.open(s.T)
		c.send(`{"action":"ping"}`)
		return c.next()
	}},
	{"connectSilent", "5.2", "unknown", "$connect's body is not sent", "nothing", fixture, func(s *scene) string {
		return s.serve(api{connect: answers(`{"statusCode":200,"body":"welcome"}`), config: func(c *gateway.Config) {
			r := c.Routes["$connect"]
			r.RouteResponse = true
			c.Routes["$connect"] = r
		}}).open(s.T).quiet()
	}},
}

func mocked(twoWay bool) func(s *scene) string {
	return func(s *scene) string {
		a := api{config: func(c *gateway.Config) {
			c.Routes["$default"] = gateway.Route{Integration: gateway.Integration{Mock: "pong"}, RouteResponse: twoWay}
		}}
		if twoWay {
			return first(s, a)
		}
		return silence(s, a)
	}
}

// framed returns the check of the error frame that a client reads, and that the
// connection goes on.
func framed(twoWay bool, f func() *function) func(s *scene) string {
	return func(s *scene) string {
		if twoWay {
			return first(s, api{byDefault: f()})
		}
		return first(s, api{oneWay: f()})
	}
}

var errorFrames = []behaviour{
	{"noRoute", "5.3", "observed", "no route", twiceForbidden, fixture, unrouted(`{"action":"y"}`)},
	{"throws", "5.3", "observed", "the function throws", internalFrame, fixture, framed(true, func() *function { return fails("oh") })},
	{"throwsOneWay", "5.3", "observed", "the function of a one-way route throws", internalFrame, fixture, framed(false, func() *function { return fails("oh") })},
	{"unreachable", "5.3", "observed", "the function cannot be invoked", internalFrame, fixture, framed(true, unreachable)},
	{"unreachableOneWay", "5.3", "observed", "the same on a one-way route", internalFrame, fixture, framed(false, unreachable)},
	{"timeout", "5.3", "observed", "the function is slower than its integration may be; its answer is lost", `text {"message": "Endpoint request timed out", "connectionId":"<id>", "requestId":"<id>"}, text after, nothing`, fixture, func(s *scene) string {
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
	{"ids", "5.3", "observed", "connectionId and requestId are those of the event", "true", fixture, func(s *scene) string {
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
	{"concurrent", "5.4", "doc, observed", "a slow message does not hold back the next", "text fast, text slow", fixture, func(s *scene) string {
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
	{"sameRoute", "5.4", "doc", "messages of one route run at the same time", "20 at a time", fixture, func(s *scene) string {
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
	{"allAnswered", "5.4", "doc", "each of 200 messages is answered once", "200 answers, 200 different", fixture, func(s *scene) string {
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
	{"disconnectLast", "3.4", "doc", "$disconnect runs when the client is gone", "DISCONNECT after MESSAGE", fixture, func(s *scene) string {
		f := answers(ok)
		c := s.serve(api{oneWay: f, disconnect: f}).open(s.T)
		c.send("go")
		first := f.next(s.T).text("requestContext.eventType")
		c.close(1000, "")
		return f.next(s.T).text("requestContext.eventType") + " after " + first
	}},
}
