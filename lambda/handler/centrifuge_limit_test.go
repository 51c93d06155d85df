package handler_test

import (
	"strings"
	"testing"
)

// A publication has at most 100 levels. Brackets in its texts are no levels.
func TestCentrifugeDepth(t *testing.T) {
	w := newFixture().open("alice", connectionID)
	w.withChannels(t)
	for _, data := range []string{strings.Repeat("[", 100) + strings.Repeat("]", 100), `"` + strings.Repeat("[", 200) + `"`, strings.Repeat(`[{"\"[{":1},`, 90) + "1" + strings.Repeat("]", 90)} {
		if got := w.send(t, `{"publish":{"channel":"room:1","data":`+data+`},"id":1}`); got != `{"id":1,"publish":{}}` {
			t.Errorf("%.40s: got %s", data, got)
		}
	}
}

// Each command of a frame counts as a message. A frame that begins below the limit is
// answered whole.
func TestCentrifugeMessageRate(t *testing.T) {
	w := newFixture().open("alice", connectionID)
	w.withChannels(t)
	w.config.MessagesPerMinute = 5
	ping := func(n int) string { return strings.Repeat(`{"ping":{},"id":1}`, n) }
	for i, step := range []struct {
		frame string
		want  string
	}{
		{ping(4), `{"id":1,"ping":{}}`}, {ping(100), `{"id":1,"ping":{}}`}, {ping(1), `{"id":1,"error":{"code":111`},
	} {
		if got := w.send(t, step.frame); !strings.HasPrefix(got, step.want) {
			t.Errorf("frame %d: got %.80s, want %s", i, got, step.want)
		}
	}
}

// The log has no text of a client: neither a method, a channel, data nor a token.
func TestCentrifugeLogHoldsNoText(t *testing.T) {
	for _, command := range []string{`"rpc":{"method":"canary"}`, `"subscribe":{"channel":"canary"}`, `"publish":{"channel":"room:1","data":"canary"}`, `"connect":{"token":"canary"}`, `"canary":{}`} {
		w := newFixture().open("alice", connectionID)
		w.withChannels(t)
		w.send(t, `{"id":1,`+command+`}`)
		if strings.Contains(w.log.String(), "canary") {
			t.Errorf("%s: got log %s", command, w.log.String())
		}
	}
}
