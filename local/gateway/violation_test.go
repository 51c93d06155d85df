package gateway

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestControlFramesAfterViolation checks that frameConn returns only control frames after a
// violation, also if the bytes arrive in pieces.
func TestControlFramesAfterViolation(t *testing.T) {
	data, more := frame(textEnd, []byte("data")), frame(moreText, []byte("half"))
	ping, pong, bye := frame(final|9, []byte("there?")), frame(final|opPong, nil), closeFrame(1000, "bye")
	for name, test := range map[string]struct {
		before, wrong []byte
		after, want   [][]byte // frames of the client after the violation; those that Read returns
	}{
		"binary":             {nil, frame(final|opBinary, []byte("x")), [][]byte{data, ping, data, bye}, [][]byte{ping, bye}},
		"onlyControl":        {nil, frame(final|opBinary, nil), [][]byte{ping, pong, bye}, [][]byte{ping, pong, bye}},
		"onlyData":           {nil, frame(final|3, nil), [][]byte{data, more, data}, nil},
		"fragments":          {nil, frame(final|opBinary, []byte("x")), [][]byte{more, pong, frame(final, nil), bye}, [][]byte{pong, bye}},
		"withinMessage":      {more, data, [][]byte{frame(0, []byte("rest")), ping, frame(final, nil), bye}, [][]byte{ping, bye}},
		"pingWithinMessage":  {append(bytes.Clone(more), ping...), frame(final|opBinary, nil), [][]byte{frame(final, nil), bye}, [][]byte{bye}},
		"refusedControl":     {nil, frame(final|9, make([]byte, 126)), [][]byte{ping, bye}, [][]byte{ping, bye}},
		"fragmentedControl":  {nil, frame(9, []byte("x")), [][]byte{data, bye}, [][]byte{bye}},
		"unmaskedAfterwards": {nil, []byte{textEnd, 1, 'x'}, [][]byte{data, bye}, [][]byte{bye}},
	} {
		t.Run(name, func(t *testing.T) {
			want := string(test.before) + string(bytes.Join(test.want, nil))
			all := bytes.Join(append([][]byte{test.before, test.wrong}, test.after...), nil)
			got, refused := readThrough(all, len(all))
			if refused == nil || string(got) != want {
				t.Errorf("in one piece: got %q and the refusal %v, want %q and a refusal", got, refused, want)
			}
			// In pieces, Read has already returned the beginning of the refused frame.
			for _, step := range []int{1, 2, 3, 5, 7} {
				if got, _ := readThrough(all, step); !strings.HasPrefix(string(got), string(test.before)) || !bytes.HasSuffix(got, bytes.Join(test.want, nil)) ||
					len(got) >= len(want)+len(test.wrong) {
					t.Errorf("in pieces of %d bytes: got %q, want %q", step, got, want)
				}
			}
		})
	}
}

// TestCloseHandshakeAfterViolation checks that the gateway closes the socket as soon as the
// client answers the close frame, even if the client has sent other frames before.
func TestCloseHandshakeAfterViolation(t *testing.T) {
	for name, meanwhile := range map[string][]byte{
		"nothing":  nil,
		"message":  frame(textEnd, []byte("sent before")),
		"fragment": frame(moreText, []byte("half")),
		"pong":     frame(final|opPong, []byte("late")),
		"both":     append(frame(moreText, []byte("half")), frame(final|opPong, nil)...),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				disconnect := &function{}
				c := serve(t, config(map[string]Route{routeDisconnect: oneWay(disconnect)})).rawConnect(t)
				c.write(frame(final|opBinary, []byte("x")))
				code, reason := c.readClose()
				started := time.Now()
				c.write(meanwhile)
				c.write(closeFrame(code, ""))
				if rest, err := io.ReadAll(c.In); err != nil || len(rest) > 0 {
					t.Errorf("after the close frame got %q, %v, want the end of the connection", rest, err)
				}
				if took := time.Since(started); took != 0 {
					t.Errorf("the gateway closed the socket after %v, want at once", took)
				}
				checkDisconnect(t, disconnect, code, reason)
			})
		})
	}
}
