package conformance

import (
	"fmt"
	"net"
	"strings"
	"time"

	"sallyport/local/gateway"
)

// ending ends a connection with this id. c is its client, e its API.
type ending func(s *env, e *endpoint, c *client, id string)

// endedBy returns the check of the status and the reason in the event of $disconnect.
func endedBy(how ending, configure func(*gateway.Config)) func(s *env) string {
	return func(s *env) string {
		connect, bye := answers(ok), answers(ok)
		e := s.serve(api{connect: connect, oneWay: answers(ok), disconnect: bye, config: configure})
		c := e.open(s.T)
		how(s, e, c, connect.next(s.T).text("requestContext.connectionId"))
		event := bye.next(s.T)
		return event.at("requestContext.disconnectStatusCode") + " " + event.at("requestContext.disconnectReason")
	}
}

// closeWith ends a connection with a close frame that has this payload.
func closeWith(payload string) ending {
	return func(_ *env, _ *endpoint, c *client, _ string) { c.write(frame(final|closing, payload)) }
}

// sendInvalid ends a connection with frames that a client must not send.
func sendInvalid(frames ...[]byte) ending {
	return func(_ *env, _ *endpoint, c *client, _ string) {
		for _, f := range frames {
			c.write(f)
		}
		c.next()
		c.close(1000, "") // the event has the code of the gateway
	}
}

// awaitClose waits for the close frame of the gateway and answers it.
func awaitClose(_ *env, _ *endpoint, c *client, _ string) {
	c.next()
	c.close(1001, "")
}

func idleLimit(d time.Duration) func(*gateway.Config) {
	return func(c *gateway.Config) { c.Limits.Idle = d }
}

func durationLimit(d time.Duration) func(*gateway.Config) {
	return func(c *gateway.Config) { c.Limits.Duration = d }
}

// short is a limit that ends a connection soon. The tests do not measure it.
const short = 100 * time.Millisecond

// withTraffic returns the check of a connection while say runs every minute: the end of
// the connection, or "open" if it is open after twice the idle timeout.
func withTraffic(say func(s *env, e *endpoint, c *client, id string)) func(s *env) string {
	return withFakeClock(func(s *env) string {
		const idle = 10 * time.Minute
		connect := answers(ok)
		e := s.serve(api{connect: connect, byDefault: echoes()})
		c := e.open(s.T)
		id := connect.next(s.T).text("requestContext.connectionId")
		return lifetime(c, 2*idle, time.Minute, func() { say(s, e, c, id) })
	})
}

// lifetime calls say at once and then at every interval. It returns the end of the
// connection c, or "open" if c is open after the time d. It reads all the time, because
// the gateway waits only seconds for a client that does not read its close frame.
func lifetime(c *client, d, every time.Duration, say func()) string {
	c.wait(2 * d)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			say()
			select {
			case <-stop:
				return
			case <-time.After(every):
			}
		}
	}()
	defer func() { close(stop); <-stopped }()
	for start := time.Now(); time.Since(start) < d; {
		if got := c.next(); got == "end" || strings.HasPrefix(got, "close") {
			return fmt.Sprintf("%s after %d min", got, time.Since(start)/time.Minute)
		}
	}
	return "open"
}

// silentLifetime is the check of the end of a connection without messages.
func silentLifetime(s *env) string {
	c := s.serve(api{}).open(s.T)
	c.wait(3 * time.Hour)
	start := time.Now()
	return fmt.Sprintf("%s after %d min", c.next(), time.Since(start)/time.Minute)
}

var timers = []behaviour{
	{"idle", "6", "doc, observed", "a connection without messages is closed; the gateway sends no pings", "close 1001 Going away after 10 min", fixture, withFakeClock(silentLifetime)},
	{"idleProduct", "6", "doc, observed", "a connection of a user without messages is closed", "close 1001 Going away after 10 min", slowProduct, func(s *env) string {
		c := s.stack.open(s.T)
		start := time.Now()
		c.wait(15 * time.Minute)
		return fmt.Sprintf("%s after %d min", c.next(), time.Since(start)/time.Minute)
	}},
	{"fromClient", "6", "observed", "messages from the client keep it open", "open", fixture, withTraffic(func(_ *env, _ *endpoint, c *client, _ string) {
		_, _ = c.Write(frame(final|text, "hi"))
	})},
	{"toClient", "6", "observed", "messages to the client keep it open", "open", fixture, withTraffic(func(s *env, e *endpoint, _ *client, id string) {
		e.call(s.T, call{method: "POST", id: id, body: "hi"})
	})},
	{"ping", "6", "unknown", "pings do not keep it open", "close 1001 Going away after 10 min", fixture, withTraffic(func(_ *env, _ *endpoint, c *client, _ string) {
		_, _ = c.Write(frame(final|ping, ""))
	})},
	{"duration", "6", "doc", "messages do not extend the limit of two hours", "close 1001 Going away after 120 min", fixture, withFakeClock(func(s *env) string {
		c := s.serve(api{byDefault: echoes()}).open(s.T)
		return lifetime(c, 3*time.Hour, 8*time.Minute, func() { _, _ = c.Write(frame(final|text, "hi")) })
	})},
}

var endings = []behaviour{
	{"noCode", "3.4", "doc, observed", "the client closes without a code", `1005 "Client-side close frame status not set"`, fixture, endedBy(closeWith(""), nil)},
	{"tab", "3.4", "observed", "a browser tab is closed", `1001 ""`, fixture, endedBy(closeWith("\x03\xe9"), nil)},
	{"own", "3.4", "unknown", "the client closes with its own code and reason", `4000 "my reason"`, fixture, endedBy(closeWith("\x0f\xa0my reason"), nil)},
	{"normal", "3.4", "unknown", "the client closes with 1000", `1000 "bye"`, fixture, endedBy(closeWith("\x03\xe8bye"), nil)},
	{"idle", "3.4", "observed", "idle timeout", `1001 "Going away"`, fixture, endedBy(awaitClose, idleLimit(short))},
	{"duration", "3.4", "emulator", "the two-hour limit", `1001 "Going away"`, fixture, endedBy(awaitClose, durationLimit(short))},
	{"deleted", "3.4", "observed", "DELETE @connections", `1000 "Connection Closed Normally"`, fixture, endedBy(func(s *env, e *endpoint, c *client, id string) {
		e.call(s.T, call{method: "DELETE", id: id})
		awaitClose(s, e, c, id)
	}, nil)},
	{"tooLargeFrame", "3.4", "unknown", "a frame that is too large", `1009 "Max frame length of 32768 has been exceeded."`, fixture, endedBy(sendInvalid(fragments(frameLimit+1, frameLimit+1)...), nil)},
	{"binary", "3.4", "unknown", "a binary frame", `1003 "Binary frames are not supported."`, fixture, endedBy(sendInvalid(frame(final|binaryOp, "x")), nil)},
	{"invalidUTF8", "3.4", "unknown", "text that is not UTF-8", `1007 "Text is not UTF-8."`, fixture, endedBy(sendInvalid(frame(final|text, "\xff")), nil)},
	{"violation", "3.4", "unknown", "a violation of the protocol", `1002 "Unknown opcode."`, fixture, endedBy(sendInvalid(frame(final|0x3, "x")), nil)},
	{"invalidCode", "3.4", "unknown", "a close frame with a code that no peer may send", `1002 "Invalid close frame."`, fixture, endedBy(sendInvalid(frame(final|closing, "\x03\xed")), nil)},
	{"halfCode", "3.4", "unknown", "a close frame of one byte", `1002 "Invalid close frame."`, fixture, endedBy(sendInvalid(frame(final|closing, "\x03")), nil)},
	{"lost", "3.4", "unknown", "the connection is lost", `1006 ""`, fixture, endedBy(func(_ *env, _ *endpoint, c *client, _ string) { _ = c.Close() }, nil)},
	{"reset", "3.4", "unknown", "the connection is reset", `1006 ""`, fixture, endedBy(func(_ *env, _ *endpoint, c *client, _ string) {
		_ = c.Conn.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}, nil)},
	{"lostInMessage", "3.4", "unknown", "the connection is lost in the middle of a message", `1006 ""`, fixture, endedBy(func(_ *env, _ *endpoint, c *client, _ string) {
		c.write(frame(text, "half"))
		_ = c.Close()
	}, nil)},
	{"handshake", "3.4", "doc", "the gateway answers a close frame with the same code", "close 1000 bye, end", product, func(s *env) string {
		c := s.stack.open(s.T)
		c.close(1000, "bye")
		return c.next() + ", " + c.next()
	}},
	{"codelessHandshake", "3.4", "doc", "the gateway answers a close frame without a code with one without a code", "close without code, end", product, func(s *env) string {
		c := s.stack.open(s.T)
		c.write(frame(final|closing, ""))
		return c.next() + ", " + c.next()
	}},
	{"once", "3.4", "doc", "$disconnect runs once", "once", fixture, func(s *env) string {
		connect, bye := answers(ok), answers(ok)
		e := s.serve(api{connect: connect, disconnect: bye})
		c := e.open(s.T)
		id := connect.next(s.T).text("requestContext.connectionId")
		c.close(1000, "")
		bye.next(s.T)
		e.call(s.T, call{method: "DELETE", id: id})
		return map[string]string{"not called": "once"}[bye.calls()]
	}},
	{"failing", "3.4", "doc", "a failure of $disconnect has no effect", "close 1000, end", fixture, func(s *env) string {
		bye := fails("oh")
		c := s.serve(api{disconnect: bye}).open(s.T)
		c.close(1000, "")
		frames := c.next() + ", " + c.next()
		bye.next(s.T)
		return frames
	}},
	{"goneAfterwards", "7.2", "observed", "after the end, the connection is gone", "410 GoneException", fixture, func(s *env) string {
		connect, bye := answers(ok), answers(ok)
		e := s.serve(api{connect: connect, disconnect: bye})
		c := e.open(s.T)
		c.close(1000, "")
		bye.next(s.T)
		return e.call(s.T, call{method: "GET", id: connect.next(s.T).text("requestContext.connectionId")}).String()
	}},
}
