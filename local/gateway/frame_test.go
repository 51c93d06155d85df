package gateway

import (
	"bytes"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestFramesRefused checks violations that the cases of test/conformance do not have. The
// client continues to send until it reads the close frame.
func TestFramesRefused(t *testing.T) {
	tests := []struct {
		name   string
		frames [][]byte
		code   int
		reason string
	}{
		{"hugeFrame", [][]byte{{textEnd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}}, 1009, "Max frame length of 32768 has been exceeded."},
		{"binaryAfterText", [][]byte{frame(textEnd, []byte("x")), frame(opBinary, nil)}, 1003, "Binary frames are not supported."},
		{"incompleteUTF8", [][]byte{frame(moreText, []byte("\xe2\x82")), frame(final, []byte("x"))}, 1007, "Text is not UTF-8."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				disconnect := &function{}
				c := serve(t, config(map[string]Route{routeDefault: oneWay(&function{}), routeDisconnect: oneWay(disconnect)})).rawConnect(t)
				go func() {
					for _, f := range test.frames {
						_, _ = c.Write(f)
					}
					_, _ = c.Write(frame(textEnd, make([]byte, 32<<10)))
				}()
				code, reason := c.readClose()
				if code != test.code || reason != test.reason {
					t.Errorf("got close %d %q, want %d %q", code, reason, test.code, test.reason)
				}
				c.write(closeFrame(code, ""))
				if rest, err := io.ReadAll(c.In); err != nil || len(rest) > 0 {
					t.Errorf("after the close frame got %q, %v, want the end of the connection", rest, err)
				}
				checkDisconnect(t, disconnect, test.code, test.reason)
			})
		})
	}
}

// checkDisconnect checks that $disconnect ran once, with this code and reason.
func checkDisconnect(t *testing.T, disconnect *function, code int, reason string) {
	t.Helper()
	synctest.Wait()
	if n := len(disconnect.events()); n != 1 {
		t.Fatalf("got %d calls of $disconnect, want 1", n)
	}
	c := contextOf(t, disconnect.events()[0])
	if c["disconnectStatusCode"] != float64(code) || c["disconnectReason"] != reason {
		t.Errorf("$disconnect got %v %q, want %d %q", c["disconnectStatusCode"], c["disconnectReason"], code, reason)
	}
}

// TestIncompleteMessage checks that a message is not dispatched if the connection is lost in it.
func TestIncompleteMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, disconnect := &function{}, &function{}
		c := serve(t, config(map[string]Route{routeDefault: oneWay(f), routeDisconnect: oneWay(disconnect)})).rawConnect(t)
		c.write(frame(moreText, []byte("half")))
		_ = c.Close()
		checkDisconnect(t, disconnect, 1006, "")
		if n := len(f.events()); n != 0 {
			t.Errorf("got %d messages, want none", n)
		}
	})
}

// FuzzFrames checks that frameConn returns the same bytes if they arrive in pieces, and all
// bytes if no frame breaks a rule.
func FuzzFrames(f *testing.F) {
	f.Add(bytes.Join([][]byte{frame(moreText, []byte("ab")), frame(final|9, nil), frame(final, []byte("cd"))}, nil), byte(3))
	f.Add(bytes.Join([][]byte{frame(textEnd, make([]byte, 40)), frame(textEnd, []byte("x")), closeFrame(1000, "")}, nil), byte(1))
	f.Add([]byte{textEnd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5}, byte(4))
	f.Fuzz(func(t *testing.T, bytes []byte, step byte) {
		whole, first := readThrough(bytes, len(bytes)+1)
		pieces, second := readThrough(bytes, int(step)+1)
		if diff := cmp.Diff(first, second, cmp.AllowUnexported(closeStatus{})); diff != "" {
			t.Errorf("close status (-whole +pieces):\n%s", diff)
		}
		if first == nil && (string(whole) != string(bytes) || string(pieces) != string(bytes)) {
			t.Errorf("got %q whole and %q in pieces, want all of %q", whole, pieces, bytes)
		}
	})
}

// readThrough returns the bytes that a frameConn returns of p, and its refusal. p arrives in
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

// pieces is a connection that returns rest in pieces of at most step bytes and then ends.
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

// TestClientSendsAfterViolation checks that the gateway reads for a limited time after it has
// sent a close frame.
func TestClientSendsAfterViolation(t *testing.T) {
	tests := []struct {
		name  string
		wrong []byte
		then  []byte // sent each second
		code  int
	}{
		{"messages", frame(final|opBinary, nil), frame(textEnd, []byte("more")), 1003},
		{"incompleteFrames", frame(textEnd, []byte("\xff")), []byte{textEnd, 0x80 | 100}, 1007},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				disconnect := &function{}
				c := serve(t, config(map[string]Route{routeDisconnect: oneWay(disconnect)})).rawConnect(t)
				c.write(test.wrong)
				_, reason := c.readClose()
				started := time.Now()
				for {
					if _, err := c.Write(test.then); err != nil {
						break
					}
					time.Sleep(time.Second)
				}
				if took := time.Since(started); took > 2*closeWait {
					t.Errorf("the gateway read for %v, want at most %v", took, 2*closeWait)
				}
				checkDisconnect(t, disconnect, test.code, reason)
			})
		})
	}
}
