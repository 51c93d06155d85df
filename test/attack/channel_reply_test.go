package attack

import (
	"fmt"
	"strings"
	"testing"
)

// TestChannelReplies asks in one frame of 5 KB for replies of 10 MB. A breach is a sum of
// replies above 400 KB, or a command without a reply.
func TestChannelReplies(t *testing.T) {
	v := open.get(t)
	mallory := v.joinAs(t, "mallory")
	const room, commands = "chat:replies", 100
	control(t, "subscribe", mallory.call("subscribe", "channel", room), `{"subscribe":{`)
	for range 3 {
		control(t, "publish", mallory.call("publish", "channel", room, "data", strings.Repeat("x", 30_000)), `{"publish":{}}`)
		control(t, "publication", received(mallory), `{"push":{"channel":"`+room+`","pub":{`)
	}
	for _, try := range []struct{ name, command string }{
		{"history", `"history":{"channel":"` + room + `","limit":-1}`},
		{"reverse", `"history":{"channel":"` + room + `","limit":100,"reverse":true}`},
		{"recovery", `"subscribe":{"channel":"` + room + `","recover":true,"offset":0,"epoch":"` + epochOf(t, mallory, room) + `"}`},
	} {
		mallory.send(strings.Repeat(`{"id":9,`+try.command+"}\n", commands))
		size, answers, refused := 0, 0, 0
		for range commands {
			answer := mallory.answer()
			size += len(answer)
			if strings.HasPrefix(answer, `{"id":9,`) {
				answers++
			}
			if strings.HasPrefix(answer, `{"id":9,`+tooMany[1:]) {
				refused++
			}
		}
		attempt{"channel/replies/" + try.name, "100 commands, each of which has a reply of 90 KB"}.
			verdict(t, fmt.Sprintf("%d bytes in %d replies, %d refused", size, answers, refused), answers == commands && size < 400<<10 && refused == commands-3)
		attempt{"channel/replies/" + try.name + "After", "the next command of the connection has no reply"}.expect(t, mallory.command(`"ping":{}`), `{"ping":{}}`)
	}
}

// epochOf returns the epoch of a channel.
func epochOf(t *testing.T, c *channelClient, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(c.call("history", "channel", name, "limit", 0), `"epoch":"`)
	epoch, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatal("the answer has no epoch")
	}
	return epoch
}
