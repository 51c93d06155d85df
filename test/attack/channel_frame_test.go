package attack

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/test/support"
)

// TestChannelFrames sends frames against the protocol, and commands in frames that a
// careless server reads in two ways. A breach is a subscription to another user's channel,
// an answer that does not refuse, or an effect on another user.
func TestChannelFrames(t *testing.T) {
	v := open.get(t)
	victim := v.joinAs(t, "victoria")
	own := encode(victim.own)
	token := v.token(t, "mallory")
	ping := `{"id":1,"ping":{}}`
	refused := []string{malformed, `{"id":1,` + notPermitted[1:], `{"id":1,` + badRequest[1:], `{"id":1,` + notAvailable[1:]}
	const pinged = `{"id":99,"ping":{}}`
	ignored := append([]string{pinged}, refused...)
	type try struct {
		name, frame string
		want        []string
	}
	tries := []try{
		{"commands101", strings.TrimSuffix(strings.Repeat(ping+"\n", 101), "\n"), []string{malformed}},
		{"commands5000", strings.Repeat(ping, 5000), []string{malformed}},
		{"twoRequests", `{"id":1,"ping":{},"subscribe":{"channel":` + own + `}}`, []string{malformed}},
		{"noID", `{"subscribe":{"channel":` + own + `}}`, []string{malformed}},
		{"noRequest", `{"id":1}`, []string{malformed}},
		{"negativeID", `{"id":-1,"ping":{}}`, []string{malformed}},
		{"hugeID", `{"id":4294967296,"ping":{}}`, []string{malformed}},
		{"textID", `{"id":"1","ping":{}}`, []string{malformed}},
		{"list", "[" + ping + "]", []string{malformed}},
		{"half", `{"id":1,"publish":{"channel":"chat:frame","data":`, []string{malformed}},
		{"rest", ping + "}", []string{malformed}},
		{"text", "hello", []string{malformed}},
		{"deep", strings.Repeat(`{"id":`, 10001), []string{malformed}},
		{"offset2to64", `{"id":1,"subscribe":{"channel":"chat:frame","recover":true,"offset":18446744073709551616}}`, []string{malformed}},
		{"offsetNegative", `{"id":1,"subscribe":{"channel":"chat:frame","recover":true,"offset":-1}}`, []string{malformed}},
		{"limit2to63", `{"id":1,"history":{"channel":"chat:frame","limit":9223372036854775808}}`, []string{malformed}},
		{"requestTwice", `{"id":1,"subscribe":{"channel":"chat:frame"},"subscribe":{"channel":` + own + `}}`, refused},
		{"channelTwice", `{"id":1,"subscribe":{"channel":"chat:frame","channel":` + own + `}}`, refused},
		{"channelCase", `{"id":1,"subscribe":{"channel":"chat:frame","CHANNEL":` + own + `}}`, refused},
		{"type", `{"id":1,"subscribe":{"channel":"chat:frame","type":1}}`, refused},
		{"beforeConnect", `{"id":1,"subscribe":{"channel":` + own + `}}`, refused},
		{"historyBeforeConnect", `{"id":1,"history":{"channel":` + own + `,"limit":9}}`, refused},
		{"publishBeforeConnect", `{"id":1,"publish":{"channel":` + own + `,"data":1}}`, refused},
		{"actionAndCommand", `{"action":"refresh","id":1,"subscribe":{"channel":` + own + `}}`, refused},
		{"push", `{"push":{"channel":` + own + `,"pub":{"data":"forged"}}}`, ignored},
		{"pushWithID", `{"id":1,"push":{"disconnect":{"code":3500}}}`, refused},
		{"send", `{"send":{"data":"forged","channel":` + own + `}}`, ignored},
		{"taskRepair", `{"repair":{"channel":` + own + `,"shard":0,"connectionId":"` + victim.id + `","token":"x","id":"x"}}`, ignored},
		{"taskPost", `{"post":{"channel":` + own + `,"shard":0,"id":"x","frame":"Zm9yZ2Vk"}}`, ignored},
		{"taskPublish", `{"id":1,"publish":{"channel":` + own + `,"publication":{"id":"x","data":"forged"},"data":"forged"}}`, refused},
		{"records", `{"Records":[{"messageId":"1","body":"{\"post\":{}}","eventSource":"aws:sqs","attributes":{"MessageGroupId":"x","ApproximateReceiveCount":"1"}}]}`, ignored},
		{"whoami", `{"action":"whoami"}`, ignored},
	}
	for _, forged := range forgedEvents(victim.id) {
		tries = append(tries, try{"event/" + forged.name, forged.body, ignored})
	}
	for _, method := range []string{"refresh", "$connect", "$disconnect", "$default", "ping", "POST /tickets", "", "nope", "whoami\x00", "../whoami"} {
		tries = append(tries, try{"rpc/" + strings.Trim(method, "\x00$"), `{"id":1,"rpc":{"method":` + encode(method) + `,"data":{"token":"x"}}}`, []string{`{"id":1,` + notAvailable[1:]}})
	}
	tries = append(tries, try{"rpc/otherUser", `{"id":1,"rpc":{"method":"whoami","data":{"user":"admin"}}}`, []string{`{"id":1,` + badRequest[1:]}})
	for _, try := range tries {
		c := &channelClient{socket: v.connect(t, inFrames(token))}
		c.send(try.frame)
		if slices.Contains(try.want, pinged) {
			c.send(pinged) // its answer may come first
		}
		attempt{"frame/channel/" + try.name, "a frame: " + try.name}.expect(t, c.answer(), try.want...)
		c.close()
	}
	broken := &channelClient{socket: v.connect(t, inFrames(token))}
	broken.write(support.Frame(support.Final|support.OpText, `{"id":1,"publish":{"channel":"chat:frame","data":"`+"\xff"+`"}}`))
	attempt{"frame/channel/notUTF8", "a publication that is not UTF-8"}.expect(t, broken.answer(), "close 1007", "closed")
	many := v.joinAs(t, "mallory")
	many.send(strings.TrimSuffix(strings.Repeat(`{"id":50,"history":{"channel":`+own+`,"limit":-1}}`+"\n", 100), "\n"))
	attempt{"frame/channel/histories", "100 commands for another user's history"}.expect(t, many.answer(), `{"id":50,`+notPermitted[1:])
	attempt{"frame/channel/untouched", "one of these frames reaches another user"}.verdict(t, victim.command(`"ping":{}`)+fmt.Sprint(victim.pushes), len(victim.pushes) == 0)
}

// TestChannelProtocols mixes the two protocols. A breach is a frame that does anything on a
// connection of plain routes.
func TestChannelProtocols(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "mallory")
	const frame = `{"id":1,"subscribe":{"channel":"chat:mixed"}}`
	for _, offered := range []struct{ name, protocols string }{
		{"plain", "sallyport.v1"}, {"case", "sallyport.v1, Centrifuge-JSON"}, {"other", "sallyport.v1, centrifuge-protobuf"}, {"prefix", "centrifuge-json2"},
	} {
		s := v.connect(t, handshake{headers: []string{"Sec-WebSocket-Protocol: " + offered.protocols + ", bearer." + token}})
		if s.Status != 101 {
			attempt{"protocol/" + offered.name, "a connection that offers " + offered.protocols}.expect(t, s.verdict(), "4")
			continue
		}
		attempt{"protocol/" + offered.name, "a frame on a connection that offers " + offered.protocols}.expect(t, s.ask(frame), served)
		attempt{"protocol/" + offered.name + "Rows", "a subscription after that"}.verdict(t, "", !lists(v.channelRows(t), "connection/"+idOf(t, s), "chat:mixed"))
	}
	both := v.connect(t, handshake{headers: []string{"Sec-WebSocket-Protocol: sallyport.v1, centrifuge-json, bearer." + token}})
	control(t, "a connection that offers both", both.verdict(), "101")
	attempt{"protocol/both", "the answer names more than one protocol, or a credential"}.verdict(t, strings.Join(both.Header.Values("Sec-WebSocket-Protocol"), ","), len(both.Header.Values("Sec-WebSocket-Protocol")) == 1 && both.Header.Get("Sec-WebSocket-Protocol") == "centrifuge-json")
	attempt{"protocol/bothMessage", "a message of plain routes on that connection is answered as one"}.expect(t, both.ask("hello"), malformed)
}

// TestChannelNames uses names of every odd kind. A breach is a channel that should not
// exist, or one that has the rows of another one.
func TestChannelNames(t *testing.T) {
	v := open.get(t)
	victim, mallory := v.joinAs(t, "victoria"), v.joinAs(t, "mallory")
	for _, name := range []string{
		"", ":", "::", "chat", "chat:", ":room", "Chat:room", "chat :room", " chat:room", "chat:room ", "$chat:room", "#chat:room", "private:room", "*:room", "stream:room", "minute:room",
		"chat:a b", "chat:a\x00b", "chat:a\nb", "chat:a\r\n" + `{"push":{"disconnect":{"code":3500}}}`, "chat:a\tb", "chat:a\x7fb", "chat:a\u2028b", "chat:a\u202eb", "chat:\u0440oom", "chat:\U0001f600", "cha\u0442:room",
		`chat:a"b`, "chat:a'b", `chat:a\b`, "chat:#", "chat:#chat", "chat:*", "chat:%2e%2e", "chat:a%00", "chat:a&b", "chat:a?b", "chat:a,b", "chat:a|b", "chat:<a>", "chat:{a}", "chat:$a",
		"stream/chat:room", "batch/x/chat:room", "shard/0/chat:room", "connection/" + victim.id, "chat/0:room", "../chat:room", "chat:" + strings.Repeat("x", 196), strings.Repeat("x", 30000), "chat:" + strings.Repeat("\u00e9", 97),
	} {
		for _, method := range []string{"subscribe", "publish", "history"} {
			attempt{"name/" + method, method + " " + brief(encode(name))}.expect(t, mallory.call(method, "channel", name, "data", 1), unknownChannel)
		}
	}
	// These are names of rooms in which everybody may talk.
	for _, name := range []string{
		"chat:/shard/0/" + victim.own, "chat:../" + victim.own, "chat:stream/" + victim.own, "chat:/" + victim.own, "chat:" + victim.own, "chat::", "chat:=", "chat:connection/" + victim.id, "chat:" + strings.Repeat("x", 195),
	} {
		control(t, "subscribe "+name, mallory.call("subscribe", "channel", name), `{"subscribe":{"recoverable":true`)
		control(t, "publish in "+name, mallory.call("publish", "channel", name, "data", "mine"), `{"publish":{}}`)
		control(t, "publication in "+name, received(mallory), `{"push":{"channel":`+encode(name)+`,"pub":{"data":"mine"`)
		attempt{"name/room", "the room " + name + " is another user's channel"}.expect(t, victim.call("history", "channel", victim.own, "limit", 0), `{"history":{"publications":[],"epoch":"`+victim.epoch)
	}
	v.publishAs(t, victim.own, "after the names")
	attempt{"name/victim", "the victim gets no publication, or another one"}.expect(t, victim.push(), `{"push":{"channel":"`+victim.own+`","pub":{"data":"after the names"`)
	attempt{"name/mallory", "the attacker gets it"}.verdict(t, mallory.command(`"ping":{}`)+fmt.Sprint(mallory.pushes), !strings.Contains(fmt.Sprint(mallory.pushes), "after the names"))
}

// TestChannelLimits asks for more than the limits. A breach is an answer beyond them.
func TestChannelLimits(t *testing.T) {
	v := open.get(t)
	mallory := v.joinAs(t, "mallory") // is subscribed to one channel
	for i := range 99 {
		control(t, "subscribe", mallory.call("subscribe", "channel", fmt.Sprint("cursor:limit", i)), `{"subscribe":{}}`)
	}
	for _, room := range []string{"cursor:limit100", "chat:limit101"} {
		attempt{"channel/limit", "one channel more than 100: " + room}.expect(t, mallory.call("subscribe", "channel", room), overLimit)
	}
	attempt{"channel/limitRows", "a subscription of these is in the table"}.verdict(t, "", !lists(v.channelRows(t), "connection/"+mallory.id, "cursor:limit100"))

	s := strict.get(t)
	flooder, room := s.joinAs(t, "frames"), "cursor:flood"
	const frames, each = 40, 10
	began := time.Now()
	for range frames {
		flooder.send(strings.TrimSuffix(strings.Repeat(`{"id":7,"publish":{"channel":"`+room+`","data":1}}`+"\n", each), "\n"))
	}
	count := map[string]int{}
	for range frames * each {
		switch answer := flooder.answer(); {
		case answer == `{"id":7,"publish":{}}`:
			count["published"]++
		case strings.HasPrefix(answer, `{"id":7,`+tooMany[1:]):
			count["refused"]++
		default:
			count[brief(answer)]++
		}
	}
	// A frame that begins below the limit is answered whole.
	most := (20 + each) * (2 + int(time.Since(began).Minutes()))
	attempt{"limit/frames", "400 publications in 40 frames where the limit is 20 a minute"}.verdict(t, fmt.Sprint(count), count["published"] <= most && count["published"]+count["refused"] == frames*each)
	attempt{"limit/framesBystander", "the limit of one user applies to another user"}.expect(t, s.joinAs(t, "bystander").command(`"ping":{}`), `{"ping":{}}`)
}
