package conformance

import (
	"fmt"
	"strings"
)

// productReply returns the check of the first answer of the product to frames.
func productReply(frames ...[]byte) func(s *env) string {
	return func(s *env) string {
		c := s.stack.open(s.T)
		for _, f := range frames {
			c.write(f)
		}
		return c.next()
	}
}

// fixtureReply returns the check of the first answer of an API that echoes messages. It is
// for messages that are too long for an echo of the product.
func fixtureReply(frames ...[]byte) func(s *env) string {
	return func(s *env) string {
		c := s.serve(api{byDefault: echoes()}).open(s.T)
		go func() { // the client reads while it writes
			for _, f := range frames {
				_, _ = c.Write(f)
			}
		}()
		return c.next()
	}
}

func echoOf(text string) string { return `text {"type":"echo","data":"` + text + `"}` }

const (
	frameLimit   = 32 << 10
	messageLimit = 128 << 10

	tooLongFrame   = "close 1009 Max frame length of 32768 has been exceeded."
	tooLongMessage = "close 1009 Max message length of 131072 has been exceeded."
)

// fragments returns a message in frames of the given length.
func fragments(length, each int) [][]byte {
	var frames [][]byte
	opcode := byte(text)
	for length > 0 {
		n := min(length, each)
		length -= n
		if length == 0 {
			opcode |= final
		}
		frames = append(frames, frame(opcode, strings.Repeat("x", n)))
		opcode = continued
	}
	return frames
}

var frameCases = []behaviour{
	{"largestFrame", "6", "doc", "a frame of 32 KB", fmt.Sprintf(`text %d times "x"`, frameLimit), fixture, fixtureReply(fragments(frameLimit, frameLimit)...)},
	{"tooLargeFrame", "6", "doc, observed", "a frame of more than 32 KB", tooLongFrame, product, productReply(fragments(frameLimit+1, frameLimit+1)...)},
	{"tooLargeFragment", "6", "doc", "a fragment of more than 32 KB", tooLongFrame, product, productReply(frame(text, "a"), frame(continued|final, strings.Repeat("x", frameLimit+1)))},
	{"productFragments", "6", "doc, observed", "a message of more than 32 KB in several frames", `text 50025 bytes from "{\"type\":\"echo\",\"data"`, product, productReply(fragments(50_000, frameLimit)...)},
	{"largestMessage", "6", "doc", "a message of 128 KB in four frames", fmt.Sprintf(`text %d times "x"`, messageLimit), fixture, fixtureReply(fragments(messageLimit, frameLimit)...)},
	{"tooLargeMessage", "6", "doc, unknown", "a message of more than 128 KB", tooLongMessage, product, productReply(fragments(messageLimit+1, frameLimit)...)},
	{"smallFragments", "6", "doc", "a message in 1,000 frames", `text 1000 times "x"`, fixture, fixtureReply(fragments(1000, 1)...)},
	{"largeAgain", "6", "doc", "the limit is per message", fmt.Sprintf(`%d times "x", %d times "x"`, messageLimit, messageLimit), fixture, func(s *env) string {
		c := s.serve(api{byDefault: echoes()}).open(s.T)
		var got []string
		for range 2 {
			go func() {
				for _, f := range fragments(messageLimit, frameLimit) {
					_, _ = c.Write(f)
				}
			}()
			got = append(got, strings.TrimPrefix(c.next(), "text "))
		}
		return strings.Join(got, ", ")
	}},
	{"fragments", "6", "doc", "the fragments of one message", echoOf("one two"), product, productReply(frame(text, "one"), frame(continued, " "), frame(final|continued, "two"))},
	{"emptyFragments", "6", "doc", "empty fragments", echoOf("x"), product, productReply(frame(text, ""), frame(continued, "x"), frame(final|continued, ""))},
	{"pingBetween", "6", "unknown", "a ping between fragments is answered at once", "pong p, " + echoOf("onetwo"), product, func(s *env) string {
		c := s.stack.open(s.T)
		c.write(frame(text, "one"))
		c.write(frame(final|ping, "p"))
		first := c.next()
		c.write(frame(final|continued, "two"))
		return first + ", " + c.next()
	}},
	{"splitCharacter", "6", "doc", "a character in two fragments", echoOf("é"), product, productReply(frame(text, "\xc3"), frame(final|continued, "\xa9"))},
	{"byteByByte", "6", "doc", "one byte in each packet", echoOf("hello"), product, func(s *env) string {
		c := s.stack.open(s.T)
		for _, b := range frame(final|text, "hello") {
			c.write([]byte{b})
		}
		return c.next()
	}},
	{"twoAtOnce", "6", "doc", "two frames in one packet", "both", product, func(s *env) string {
		c := s.stack.open(s.T)
		c.write(append(frame(final|text, "a"), frame(final|text, "b")...))
		if got := c.next() + c.next(); got == echoOf("a")+echoOf("b") || got == echoOf("b")+echoOf("a") {
			return "both"
		}
		return "not both"
	}},
	{"empty", "4", "doc", "an empty message", echoOf(""), product, productReply(frame(final|text, ""))},
	{"ping", "6", "unknown", "a ping is answered with its payload", "pong hello", product, productReply(frame(final|ping, "hello"))},
	{"emptyPing", "6", "unknown", "an empty ping", "pong ", product, productReply(frame(final|ping, ""))},
	{"pong", "6", "unknown", "a pong without a ping is ignored", echoOf("x"), product, productReply(frame(final|pong, "p"), frame(final|text, "x"))},
	{"binary", "6", "doc", "a binary frame", "close 1003 Binary frames are not supported.", product, productReply(frame(final|binaryOp, "x"))},
	{"binaryFragment", "6", "doc", "the first fragment of a binary message", "close 1003 Binary frames are not supported.", product, productReply(frame(binaryOp, "x"))},
	{"emptyBinary", "6", "doc", "an empty binary frame", "close 1003 Binary frames are not supported.", product, productReply(frame(final|binaryOp, ""))},
	{"invalidUTF8", "6", "unknown", "text that is not UTF-8", "close 1007 Text is not UTF-8.", product, productReply(frame(final|text, "a\xff"))},
	{"surrogate", "6", "unknown", "half a surrogate pair", "close 1007 Text is not UTF-8.", product, productReply(frame(final|text, "\xed\xa0\x80"))},
	{"unmasked", "6", "unknown", "a frame that is not masked", "close 1002 A client must mask its frames.", product, productReply([]byte{final | text, 1, 'x'})},
	{"reservedBit", "6", "unknown", "a reserved bit", "close 1002 Reserved bits are set and no extension was agreed on.", product, productReply(frame(final|0x40|text, "x"))},
	{"opcode", "6", "unknown", "an opcode that does not exist", "close 1002 Unknown opcode.", product, productReply(frame(final|0x3, "x"))},
	{"controlOpcode", "6", "unknown", "a control opcode that does not exist", "close 1002 Unknown opcode.", product, productReply(frame(final|0xb, "x"))},
	{"longControl", "6", "unknown", "a ping of more than 125 bytes", "close 1002 A control frame is fragmented or too long.", product, productReply(frame(final|ping, strings.Repeat("x", 126)))},
	{"controlFragment", "6", "unknown", "a fragmented ping", "close 1002 A control frame is fragmented or too long.", product, productReply(frame(ping, "x"))},
	{"lostContinuation", "6", "unknown", "a continuation without a first fragment", "close 1002 Fragments of messages are out of order.", product, productReply(frame(final|continued, "x"))},
	{"textInside", "6", "unknown", "a new message inside a fragmented message", "close 1002 Fragments of messages are out of order.", product, productReply(frame(text, "x"), frame(final|text, "y"))},
	{"afterViolation", "6", "unknown", "a message after a violation is not processed", "not called", fixture, func(s *env) string {
		f, bye := answers(ok), answers(ok)
		c := s.serve(api{oneWay: f, disconnect: bye}).open(s.T)
		c.write(append(frame(final|binaryOp, "x"), frame(final|text, "y")...))
		c.next()
		c.close(1003, "")
		bye.next(s.T)
		return f.calls()
	}},
}
