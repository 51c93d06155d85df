package gateway

import (
	"bytes"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestFramesRefused sends what breaks a rule, and reads why the connection
// ends; $disconnect is told the same.
func TestFramesRefused(t *testing.T) {
	k32, k16 := bytes.Repeat([]byte("x"), 32<<10), bytes.Repeat([]byte("x"), 16<<10)
	tests := []struct {
		name   string
		frames [][]byte
		code   int
		reason string
	}{
		{"longFrame", [][]byte{frame(textEnd, append(k32, 'x'))}, 1009, "Max frame length of 32768 has been exceeded."},
		{"hugeFrame", [][]byte{{textEnd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}}, 1009, "Max frame length of 32768 has been exceeded."},
		{"longFragment", [][]byte{frame(moreText, k16), frame(0, append(k32, 'x'))}, 1009, "Max frame length of 32768 has been exceeded."},
		{"longMessage", [][]byte{frame(moreText, k32), frame(0, k32), frame(0, k32), frame(0, k32), frame(final, []byte("x"))}, 1009, "Max message length of 131072 has been exceeded."},
		{"binary", [][]byte{frame(final|opBinary, []byte("x"))}, 1003, "Binary frames are not supported."},
		{"binaryAfterText", [][]byte{frame(textEnd, []byte("x")), frame(opBinary, nil)}, 1003, "Binary frames are not supported."},
		{"notUTF8", [][]byte{frame(textEnd, []byte("a\xff"))}, 1007, "Text is not UTF-8."},
		{"cutUTF8", [][]byte{frame(moreText, []byte("\xe2\x82")), frame(final, []byte("x"))}, 1007, "Text is not UTF-8."},
		{"unmasked", [][]byte{unmaskedFrame(textEnd, []byte("x"), 0)}, 1002, "A client must mask its frames."},
		{"compressed", [][]byte{frame(textEnd|0x40, []byte("x"))}, 1002, "Reserved bits are set and no extension was agreed on."},
		{"unknownData", [][]byte{frame(final|3, nil)}, 1002, "Unknown opcode."},
		{"unknownControl", [][]byte{frame(final|11, nil)}, 1002, "Unknown opcode."},
		{"longPing", [][]byte{frame(final|9, make([]byte, 126))}, 1002, "A control frame is fragmented or too long."},
		{"fragmentedPing", [][]byte{frame(9, nil)}, 1002, "A control frame is fragmented or too long."},
		{"noBeginning", [][]byte{frame(final, nil)}, 1002, "Fragments of messages are out of order."},
		{"noEnd", [][]byte{frame(moreText, nil), frame(textEnd, nil)}, 1002, "Fragments of messages are out of order."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bye := &fake{}
				c := serve(t, config(map[string]Route{routeDefault: oneWay(&fake{}), routeDisconnect: oneWay(bye)})).rawConnect(t)
				go func() {
					for _, f := range test.frames {
						_, _ = c.conn.Write(f)
					}
					_, _ = c.conn.Write(frame(textEnd, k32)) // a client that has not noticed yet
				}()
				code, reason := c.readClose()
				if code != test.code || reason != test.reason {
					t.Errorf("got close %d %q, want %d %q", code, reason, test.code, test.reason)
				}
				c.write(closeFrame(code, ""))
				if rest, err := io.ReadAll(c.in); err != nil || len(rest) > 0 {
					t.Errorf("after the close frame got %q, %v, want the end", rest, err)
				}
				checkDisconnect(t, bye, test.code, test.reason)
			})
		})
	}
}

func checkDisconnect(t *testing.T, bye *fake, code int, reason string) {
	t.Helper()
	synctest.Wait()
	if n := len(bye.calls()); n != 1 {
		t.Fatalf("got %d calls of $disconnect, want 1", n)
	}
	c := contextOf(t, bye.calls()[0])
	if c["disconnectStatusCode"] != float64(code) || c["disconnectReason"] != reason {
		t.Errorf("$disconnect got %v %q, want %d %q", c["disconnectStatusCode"], c["disconnectReason"], code, reason)
	}
}

// What is just within the limits passes, however it is cut.
func TestFramesPass(t *testing.T) {
	k32 := bytes.Repeat([]byte("x"), 32<<10)
	tests := []struct {
		name    string
		frames  [][]byte
		lengths []int // of the messages, sorted
	}{
		{"largestFrame", [][]byte{frame(textEnd, k32)}, []int{32 << 10}},
		{"largestMessage", [][]byte{frame(moreText, k32), frame(0, k32), frame(0, k32), frame(final, k32)}, []int{128 << 10}},
		{"secondMessage", [][]byte{frame(textEnd, k32), frame(moreText, k32), frame(0, k32), frame(0, k32), frame(final, k32)}, []int{32 << 10, 128 << 10}},
		{"pingBetween", [][]byte{frame(moreText, []byte("a")), frame(final|10, nil), frame(final, []byte("b"))}, []int{2}},
		{"emptyFragments", [][]byte{frame(moreText, nil), frame(0, nil), frame(final, nil)}, []int{0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{}
				c := serve(t, config(map[string]Route{routeDefault: oneWay(f)})).rawConnect(t)
				all := bytes.Join(test.frames, nil)
				for size := 7; len(all) > 0; size = size*2 + 1 {
					n := min(size, len(all))
					c.write(all[:n])
					all = all[n:]
				}
				synctest.Wait()
				var got []int
				for _, event := range f.calls() { // in any order
					got = append(got, len(decode(t, event)["body"].(string)))
				}
				slices.Sort(got)
				if diff := cmp.Diff(test.lengths, got); diff != "" {
					t.Errorf("lengths of the messages (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestByteAtATime(t *testing.T) {
	c := serve(t, config(map[string]Route{routeDefault: twoWay(echoing())})).rawConnect(t)
	for _, b := range bytes.Join([][]byte{frame(moreText, []byte("slow ")), frame(final, []byte("client"))}, nil) {
		c.write([]byte{b})
	}
	if _, got := c.read(); string(got) != "slow client" {
		t.Errorf("got %q, want the whole message", got)
	}
}

func TestPing(t *testing.T) {
	c := serve(t, config(nil)).rawConnect(t)
	c.write(frame(final|9, []byte("are you there")))
	if first, payload := c.read(); first != final|opPong || string(payload) != "are you there" {
		t.Errorf("got %#x %q, want the pong", first, payload)
	}
}

// A connection that breaks off within a message has not sent that message.
func TestBrokenMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, bye := &fake{}, &fake{}
		c := serve(t, config(map[string]Route{routeDefault: oneWay(f), routeDisconnect: oneWay(bye)})).rawConnect(t)
		c.write(frame(moreText, []byte("half")))
		_ = c.conn.Close()
		checkDisconnect(t, bye, 1006, "")
		if n := len(f.calls()); n != 0 {
			t.Errorf("got %d messages, want none", n)
		}
	})
}

// FuzzFrames checks that where the network cuts the bytes changes nothing of
// what the library sees, and that no longer frame or message gets through.
func FuzzFrames(f *testing.F) {
	f.Add(bytes.Join([][]byte{frame(moreText, []byte("ab")), frame(final|9, nil), frame(final, []byte("cd"))}, nil), byte(3))
	f.Add(bytes.Join([][]byte{frame(textEnd, make([]byte, 40)), frame(textEnd, []byte("x")), closeFrame(1000, "")}, nil), byte(1))
	f.Add([]byte{textEnd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5}, byte(4))
	f.Fuzz(func(t *testing.T, bytes []byte, step byte) {
		whole, first := readThrough(bytes, len(bytes)+1)
		pieces, second := readThrough(bytes, int(step)+1)
		if diff := cmp.Diff(first, second, cmp.AllowUnexported(closeStatus{})); diff != "" {
			t.Errorf("closeStatus (-whole +pieces):\n%s", diff)
		}
		if first == nil && (string(whole) != string(bytes) || string(pieces) != string(bytes)) {
			t.Errorf("got %q whole and %q in pieces, want all of %q", whole, pieces, bytes)
		}
	})
}

// readThrough returns what a frameConn lets through of p, which arrives in
// pieces of at most step bytes.
func readThrough(p []byte, step int) ([]byte, *closeStatus) {
	c := &frameConn{Conn: &pieces{rest: p, step: step}, frames: frameParser{maxFrame: 32, maxMessage: 64}}
	var got []byte
	buffer := make([]byte, 4096)
	for {
		n, err := c.Read(buffer)
		got = append(got, buffer[:n]...)
		if err == errLost { //nolint:errorlint // as Read returns it
			return got, c.frames.refused
		}
	}
}

// pieces is a connection that delivers bytes in pieces and then ends.
type pieces struct {
	net.Conn
	rest []byte
	step int
}

func (c *pieces) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.rest[:min(c.step, len(c.rest))])
	c.rest = c.rest[n:]
	return n, nil
}

// After a refusal the client may send for as long as it takes to say goodbye,
// and not longer.
func TestStubbornClient(t *testing.T) {
	tests := []struct {
		name  string
		wrong []byte
		then  []byte // again and again
		code  int
	}{
		{"talksOn", frame(final|opBinary, nil), frame(textEnd, []byte("more")), 1003},
		{"stallsInAFrame", frame(textEnd, []byte("\xff")), []byte{textEnd, 0x80 | 100}, 1007},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bye := &fake{}
				c := serve(t, config(map[string]Route{routeDisconnect: oneWay(bye)})).rawConnect(t)
				c.write(test.wrong)
				_, reason := c.readClose()
				started := time.Now()
				for {
					if _, err := c.conn.Write(test.then); err != nil {
						break
					}
					time.Sleep(time.Second)
				}
				if took := time.Since(started); took > 2*closeWait {
					t.Errorf("the gateway listened for %v", took)
				}
				checkDisconnect(t, bye, test.code, reason)
			})
		})
	}
}
