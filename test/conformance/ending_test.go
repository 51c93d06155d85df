package conformance

import (
	"fmt"
	"net"
	"strings"
	"time"

	"sallyport/local/gateway"
)

// end ends a connection: c is the client, e the API.
type end func(s *scene, e *endpoint, c *client, id string)

// ended returns the check of how $disconnect is told of an ending.
func ended(how end, configure func(*gateway.Config)) func(s *scene) string {
	return func(s *scene) string {
		connect, bye := answers(ok), answers(ok)
		e := s.serve(api{connect: connect, oneWay: answers(ok), disconnect: bye, config: configure})
		c := e.open(s.T)
		how(s, e, c, connect.next(s.T).text("requestContext.connectionId"))
		event := bye.next(s.T)
		return event.at("requestContext.disconnectStatusCode") + " " + event.at("requestContext.disconnectReason")
	}
}

// closes ends it with a close frame that has this payload.
func closes(payload string) end {
	return func(_ *scene, _ *endpoint, c *client, _ string) { c.write(frame(final|closing, payload)) }
}

// sends ends it with bytes that a client must not send.
func sends(frames ...[]byte) end {
	return func(_ *scene, _ *endpoint, c *client, _ string) {
		for _, f := range frames {
			c.write(f)
		}
		c.next()
		c.close(1000, "") // its own code does not count
	}
}

// awaits ends it by waiting, and answers the close frame.
func awaits(_ *scene, _ *endpoint, c *client, _ string) {
	c.next()
	c.close(1001, "")
}

func idleAfter(d time.Duration) func(*gateway.Config) {
	return func(c *gateway.Config) { c.Limits.Idle = d }
}

func endsAfter(d time.Duration) func(*gateway.Config) {
	return func(c *gateway.Config) { c.Limits.Duration = d }
}

// short is a limit that ends a connection soon. Nothing is expected before.
const short = 100 * time.Millisecond

// talking returns the check of how long a connection lives while somebody says
// something every minute: "open" if it outlives the idle timeout twice.
func talking(say func(s *scene, e *endpoint, c *client, id string)) func(s *scene) string {
	return bubbled(func(s *scene) string {
		const idle = 10 * time.Minute
		connect := answers(ok)
		e := s.serve(api{connect: connect, byDefault: echoes()})
		c := e.open(s.T)
		id := connect.next(s.T).text("requestContext.connectionId")
		return lives(c, 2*idle, time.Minute, func() { say(s, e, c, id) })
	})
}

// lives calls say at once and then at every interval, and returns how the
// connection c ends meanwhile, or "open" if it lives for the time d. It reads
// all the time, because the gateway waits only seconds for a client that does
// not read its close frame.
func lives(c *client, d, every time.Duration, say func()) string {
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

// waits is the check of how a connection ends on which the client is silent.
func waits(s *scene) string {
	c := s.serve(api{}).open(s.T)
	c.wait(3 * time.Hour)
	start := time.Now()
	return fmt.Sprintf("%s after %d min", c.next(), time.Since(start)/time.Minute)
}

var timers = []behaviour{
	{"idle", "6", "doc, observed", "without messages: the client is told", "close 1001 Going away after 10 min", fixture, bubbled(waits)},
	{"idleProduct", "6", "doc, observed", "ten minutes", "close 1001 Going away after 10 min", slowProduct, func(s *scene) string {
		c := s.stack.open(s.T)
		start := time.Now()
		c.wait(15 * time.Minute)
		return fmt.Sprintf("%s after %d min", c.next(), time.Since(start)/time.Minute)
	}},
	{"fromClient", "6", "observed", "messages from the client keep it open", "open", fixture, talking(func(_ *scene, _ *endpoint, c *client, _ string) {
		_, _ = c.Write(frame(final|text, "hi"))
	})},
	{"toClient", "6", "observed", "messages to the client keep it open", "open", fixture, talking(func(s *scene, e *endpoint, _ *client, id string) {
		e.call(s.T, call{method: "POST", id: id, body: "hi"})
	})},
	{"ping", "6", "unknown", "pings do not", "close 1001 Going away after 10 min", fixture, talking(func(_ *scene, _ *endpoint, c *client, _ string) {
		_, _ = c.Write(frame(final|ping, ""))
	})},
	{"duration", "6", "doc", "nothing extends the two hours", "close 1001 Going away after 120 min", fixture, bubbled(func(s *scene) string {
		c := s.serve(api{byDefault: echoes()}).open(s.T)
		return lives(c, 3*time.Hour, 8*time.Minute, func() { _, _ = c.Write(frame(final|text, "hi")) })
	})},
	{"noPings", "6", "observed", "the gateway sends no pings", "close 1001 Going away after 10 min", fixture, bubbled(waits)},
}

var endings = []behaviour{
	{"noCode", "3.4", "doc, observed", "the client closes without a code", `1005 "Client-side close frame status not set"`, fixture, ended(closes(""), nil)},
	{"tab", "3.4", "observed", "a browser tab is closed", `1001 ""`, fixture, ended(closes("\x03\xe9"), nil)},
	{"own", "3.4", "unknown", "the client closes with its own code and reason", `4000 "my reason"`, fixture, ended(closes("\x0f\xa0my reason"), nil)},
	{"normal", "3.4", "unknown", "the client closes with 1000", `1000 "bye"`, fixture, ended(closes("\x03\xe8bye"), nil)},
	{"idle", "3.4", "observed", "idle timeout", `1001 "Going away"`, fixture, ended(awaits, idleAfter(short))},
	{"duration", "3.4", "emulator", "the two-hour limit", `1001 "Going away"`, fixture, ended(awaits, endsAfter(short))},
	{"deleted", "3.4", "observed", "DELETE @connections", `1000 "Connection Closed Normally"`, fixture, ended(func(s *scene, e *endpoint, c *client, id string) {
		e.call(s.T, call{method: "DELETE", id: id})
		awaits(s, e, c, id)
	}, nil)},
	{"tooLargeFrame", "3.4", "unknown", "a frame too large", `1009 "Max frame length of 32768 has been exceeded."`, fixture, ended(sends(fragments(frameLimit+1, frameLimit+1)...), nil)},
	{"binary", "3.4", "unknown", "a binary frame", `1003 "Binary frames are not supported."`, fixture, ended(sends(frame(final|binaryOp, "x")), nil)},
	{"invalidUTF8", "3.4", "unknown", "text that is not UTF-8", `1007 "Text is not UTF-8."`, fixture, ended(sends(frame(final|text, "\xff")), nil)},
	{"violation", "3.4", "unknown", "a violation of the protocol", `1002 "Unknown opcode."`, fixture, ended(sends(frame(final|0x3, "x")), nil)},
	{"invalidCode", "3.4", "unknown", "a close frame with a code that must not be sent", `1002 "Invalid close frame."`, fixture, ended(sends(frame(final|closing, "\x03\xed")), nil)},
	{"halfCode", "3.4", "unknown", "a close frame of one byte", `1002 "Invalid close frame."`, fixture, ended(sends(frame(final|closing, "\x03")), nil)},
	{"lost", "3.4", "unknown", "the connection is lost", `1006 ""`, fixture, ended(func(_ *scene, _ *endpoint, c *client, _ string) { _ = c.Close() }, nil)},
	{"reset", "3.4", "unknown", "the connection is reset", `1006 ""`, fixture, ended(func(_ *scene, _ *endpoint, c *client, _ string) {
		_ = c.Conn.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}, nil)},
	{"lostInMessage", "3.4", "unknown", "the connection is lost in the middle of a message", `1006 ""`, fixture, ended(func(_ *scene, _ *endpoint, c *client, _ string) {
		c.write(frame(text, "half"))
		_ = c.Close()
	}, nil)},
	{"handshake", "3.4", "doc", "the gateway answers a close frame with the same code", "close 1000 bye, end", product, func(s *scene) string {
		c := s.stack.open(s.T)
		c.close(1000, "bye")
		return c.next() + ", " + c.next()
	}},
	{"codelessHandshake", "3.4", "doc", "and one without a code with one without", "close without code, end", product, func(s *scene) string {
		c := s.stack.open(s.T)
		c.write(frame(final|closing, ""))
		return c.next() + ", " + c.next()
	}},
	{"once", "3.4", "doc", "$disconnect runs once", "once", fixture, func(s *scene) string {
		connect, bye := answers(ok), answers(ok)
		e := s.serve(api{connect: connect, disconnect: bye})
		c := e.open(s.T)
		id := connect.next(s.T).text("requestContext.connectionId")
		c.close(1000, "")
		bye.next(s.T)
		e.call(s.T, call{method: "DELETE", id: id})
		return map[string]string{"not called": "once"}[bye.called()]
	}},
	{"failing", "3.4", "doc", "whether $disconnect fails matters to nobody", "close 1000, end", fixture, func(s *scene) string {
		bye := fails("oh")
		c := s.serve(api{disconnect: bye}).open(s.T)
		c.close(1000, "")
		seen := c.next() + ", " + c.next()
		bye.next(s.T)
		return seen
	}},
	{"goneAfterwards", "7.2", "observed", "afterwards the connection is gone", "410 GoneException", fixture, func(s *scene) string {
		connect, bye := answers(ok), answers(ok)
		e := s.serve(api{connect: connect, disconnect: bye})
		c := e.open(s.T)
		c.close(1000, "")
		bye.next(s.T)
		return e.call(s.T, call{method: "GET", id: connect.next(s.T).text("requestContext.connectionId")}).String()
	}},
}
