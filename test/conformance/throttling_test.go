package conformance

import (
	"fmt"
	"time"

	"sallyport/local/gateway"
)

const tooMany = `429 TooManyRequestsException {"message":"Too Many Requests"}`

// throttled returns a change of the configuration that sets the throttle of the stage.
func throttled(rate float64, burst int) func(*gateway.Config) {
	return func(c *gateway.Config) { c.Throttle = &gateway.Throttle{Rate: rate, Burst: burst} }
}

const (
	hourly       = 1.0 / 3600 // a rate that adds no token during a test
	tooManyFrame = `text {"message": "Too Many Requests", "connectionId":"<id>", "requestId":"<id>"}`
)

// twoHandshakes returns the check of two handshakes, one after the other.
func twoHandshakes(configure func(*gateway.Config)) func(s *env) string {
	return func(s *env) string {
		e := s.serve(api{connect: answers(ok), config: configure})
		return handshakeResult(s, e, upgrade{}) + ", " + handshakeResult(s, e, upgrade{})
	}
}

var throttlings = []behaviour{
	{"connects", "1.3", "observed", "more handshakes than the burst of the stage", "101, " + tooMany, fixture, twoHandshakes(throttled(hourly, 1))},
	{"enough", "1.3", "doc", "as many handshakes as the burst of the stage", "101, 101", fixture, twoHandshakes(throttled(hourly, 2))},
	{"zeroRate", "9", "observed", "a stage without a rate and a burst", tooMany + ", " + tooMany, fixture, twoHandshakes(throttled(0, 0))},
	{"zeroRateOnly", "9", "observed", "a rate of zero with a burst", tooMany + ", " + tooMany, fixture, twoHandshakes(throttled(0, 10))},
	{"perSecond", "6", "doc", "new connections of an account per second", "101, " + tooMany, fixture, withFakeClock(twoHandshakes(func(c *gateway.Config) { c.Limits.ConnectRate = 1 }))},
	{"routeOwn", "9", "doc", "the throttle of a route replaces that of the stage", "101, 101", fixture, twoHandshakes(func(c *gateway.Config) {
		throttled(hourly, 1)(c)
		r := c.Routes["$connect"]
		r.Throttle = &gateway.Throttle{Rate: hourly, Burst: 2}
		c.Routes["$connect"] = r
	})},
	{"beforeAuthorizer", "1.3", "unknown", "the authorizer is not called for a throttled handshake", "not called", fixture, func(s *env) string {
		f := answers(allowAll)
		handshakeResult(s, s.serve(api{authorizer: f, connect: answers(ok), config: throttled(0, 0)}), upgrade{})
		return f.calls()
	}},
	{"messages", "5.3", "unknown", "more messages than the burst of the route: an error frame", "text hi, " + tooManyFrame, fixture, func(s *env) string {
		c := s.serve(api{byDefault: echoes(), config: throttled(hourly, 1)}).open(s.T)
		c.send("hi")
		first := c.next()
		c.send("hi")
		return first + ", " + c.next()
	}},
	{"messagesStayOpen", "5.3", "unknown", "the connection stays open after the error frame", tooManyFrame + ", nothing", fixture, func(s *env) string {
		c := s.serve(api{byDefault: echoes(), config: throttled(0, 0)}).open(s.T)
		c.send("hi")
		return c.next() + ", " + c.quiet()
	}},
	{"eachRoute", "9", "doc", "each route has the throttle of the stage", "text a, text {\"action\":\"x\"}", fixture, func(s *env) string {
		c := s.serve(api{byDefault: echoes(), routes: map[string]*function{"x": echoes()}, config: throttled(hourly, 1)}).open(s.T)
		c.send("a")
		first := c.next()
		c.send(`{"action":"x"}`)
		return first + ", " + c.next()
	}},
	{"allConnections", "9", "doc", "all connections share the throttle of a route", "text a, " + tooManyFrame, fixture, func(s *env) string {
		e := s.serve(api{byDefault: echoes(), config: throttled(hourly, 1)})
		one, two := e.open(s.T), e.open(s.T)
		one.send("a")
		first := one.next()
		two.send("b")
		return first + ", " + two.next()
	}},
	{"refills", "6", "doc", "the bucket fills again", "text a, " + tooManyFrame + ", text a", fixture, withFakeClock(func(s *env) string {
		c := s.serve(api{byDefault: echoes(), config: throttled(1, 1)}).open(s.T)
		c.send("a")
		replies := c.next()
		c.send("a")
		replies += ", " + c.next()
		time.Sleep(time.Second)
		c.send("a")
		return replies + ", " + c.next()
	})},
	{"account", "6", "doc", "calls of @connections count as requests of the account", `410 GoneException, 429 LimitExceededException {"message":"Too Many Requests"}`, fixture, withFakeClock(func(s *env) string {
		e := s.serve(api{config: func(c *gateway.Config) { c.Limits.Rate, c.Limits.Burst = 1, 1 }})
		get := call{method: "GET", id: unknownID}
		return fmt.Sprint(e.call(s.T, get), ", ", e.call(s.T, get))
	})},
}
