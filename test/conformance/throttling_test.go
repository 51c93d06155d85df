package conformance

import (
	"fmt"
	"time"

	"sallyport/local/gateway"
)

const tooMany = `429 TooManyRequestsException {"message":"Too Many Requests"}`

// throttled returns a configuration with the stage's throttle.
func throttled(rate float64, burst int) func(*gateway.Config) {
	return func(c *gateway.Config) { c.Throttle = &gateway.Throttle{Rate: rate, Burst: burst} }
}

const (
	hourly     = 1.0 / 3600 // a rate that refills nothing during a test
	slowedDown = `text {"message": "Too Many Requests", "connectionId":"<id>", "requestId":"<id>"}`
)

// connects returns the check of two handshakes.
func connects(configure func(*gateway.Config)) func(s *scene) string {
	return func(s *scene) string {
		e := s.serve(api{connect: answers(ok), config: configure})
		return shaken(s, e, upgrade{}) + ", " + shaken(s, e, upgrade{})
	}
}

var throttlings = []behaviour{
	{"connects", "1.3", "observed", "more connects than the stage's burst", "101, " + tooMany, fixture, connects(throttled(hourly, 1))},
	{"enough", "1.3", "doc", "and as many", "101, 101", fixture, connects(throttled(hourly, 2))},
	{"zeroRate", "9", "observed", "a stage whose throttles were left out", tooMany + ", " + tooMany, fixture, connects(throttled(0, 0))},
	{"zeroRateOnly", "9", "observed", "a rate of zero lets no burst through", tooMany + ", " + tooMany, fixture, connects(throttled(0, 10))},
	{"perSecond", "6", "doc", "new connections of an account per second", "101, " + tooMany, fixture, bubbled(connects(func(c *gateway.Config) { c.Limits.ConnectRate = 1 }))},
	{"routeOwn", "9", "doc", "a route's own throttle goes before the stage's", "101, 101", fixture, connects(func(c *gateway.Config) {
		throttled(hourly, 1)(c)
		r := c.Routes["$connect"]
		r.Throttle = &gateway.Throttle{Rate: hourly, Burst: 2}
		c.Routes["$connect"] = r
	})},
	{"beforeAuthorizer", "1.3", "unknown", "a throttled client costs no call of the authorizer", "not called", fixture, func(s *scene) string {
		f := answers(allowAll)
		shaken(s, s.serve(api{authorizer: f, connect: answers(ok), config: throttled(0, 0)}), upgrade{})
		return f.called()
	}},
	{"messages", "5.3", "unknown", "more messages than the route's burst: an error frame", "text hi, " + slowedDown, fixture, func(s *scene) string {
		c := s.serve(api{byDefault: echoes(), config: throttled(hourly, 1)}).open(s.T)
		c.send("hi")
		first := c.next()
		c.send("hi")
		return first + ", " + c.next()
	}},
	{"messagesStayOpen", "5.3", "unknown", "the connection stays open", slowedDown + ", nothing", fixture, func(s *scene) string {
		c := s.serve(api{byDefault: echoes(), config: throttled(0, 0)}).open(s.T)
		c.send("hi")
		return c.next() + ", " + c.quiet()
	}},
	{"eachRoute", "9", "doc", "the stage's throttle is for each route", "text a, text {\"action\":\"x\"}", fixture, func(s *scene) string {
		c := s.serve(api{byDefault: echoes(), routes: map[string]*function{"x": echoes()}, config: throttled(hourly, 1)}).open(s.T)
		c.send("a")
		first := c.next()
		c.send(`{"action":"x"}`)
		return first + ", " + c.next()
	}},
	{"allConnections", "9", "doc", "it is shared by all connections", "text a, " + slowedDown, fixture, func(s *scene) string {
		e := s.serve(api{byDefault: echoes(), config: throttled(hourly, 1)})
		one, two := e.open(s.T), e.open(s.T)
		one.send("a")
		first := one.next()
		two.send("b")
		return first + ", " + two.next()
	}},
	{"refills", "6", "doc", "the bucket fills again", "text a, " + slowedDown + ", text a", fixture, bubbled(func(s *scene) string {
		c := s.serve(api{byDefault: echoes(), config: throttled(1, 1)}).open(s.T)
		c.send("a")
		seen := c.next()
		c.send("a")
		seen += ", " + c.next()
		time.Sleep(time.Second)
		c.send("a")
		return seen + ", " + c.next()
	})},
	{"account", "6", "doc", "the account's requests: calls of @connections count", `410 GoneException, 429 LimitExceededException {"message":"Too Many Requests"}`, fixture, bubbled(func(s *scene) string {
		e := s.serve(api{config: func(c *gateway.Config) { c.Limits.Rate, c.Limits.Burst = 1, 1 }})
		get := call{method: "GET", id: never}
		return fmt.Sprint(e.call(s.T, get), ", ", e.call(s.T, get))
	})},
}
