package attack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestPublicationInjection publishes data that try to become another push, another command
// or a task of the queue. After each publication, another user publishes. A breach is
// a push that is not a publication of the attacker, or that does not have the attacker's
// name; a publication of the other user that does not arrive; or a wrong answer.
func TestPublicationInjection(t *testing.T) {
	v := open.get(t)
	victim, other := v.joinAs(t, "victoria"), v.joinAs(t, "bystander")
	const evilPush = `{"push":{"disconnect":{"code":3500,"reason":"forged"}}}`
	const published = `{"publish":{}}`
	nested := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	task := func(kind string) string {
		return `{"` + kind + `":{"channel":"` + victim.own + `","shard":0,"connectionId":"` + victim.id + `","frame":"` + "Zm9yZ2Vk" + `","publication":{"data":"forged"}}}`
	}
	for _, room := range []string{"chat:inject", "cursor:inject"} {
		control(t, "subscribe", victim.call("subscribe", "channel", room), `{"subscribe":{`)
		for i, try := range []struct {
			name, data string // with other members of the request
			want       []string
		}{
			{"lines", "{\n\"push\":\r\n" + evilPush + "\n}", []string{published}},
			{"lineOutside", "1\n\n\r\n", []string{published}},
			{"lineInText", encode("x\n" + evilPush + "\r\n"), []string{published}},
			{"lineRaw", "\"x\n" + evilPush + "\"", []string{malformed}},
			{"breakOut", "1}}}\n" + evilPush, []string{malformed}},
			{"secondValue", `1 2`, []string{malformed}},
			{"push", evilPush, []string{published}},
			{"pub", `{"pub":{"data":1},"info":{"user":"admin"},"offset":1}`, []string{published}},
			{"info", `1,"info":{"user":"admin","client":"` + victim.id + `"},"user":"admin","client":"` + victim.id + `"`, []string{published}},
			{"offset", `1,"offset":18446744073709551615,"epoch":"x","time":0,"id":"same"`, []string{published}},
			{"tags", `1,"tags":{"a":"b"},"delta":true,"version":9`, []string{published}},
			{"repair", task("repair"), []string{published}},
			{"post", task("post"), []string{published}},
			{"deliver", task("deliver"), []string{published}},
			{"publish", task("publish"), []string{published}},
			{"records", `{"Records":[{"body":` + encode(task("post")) + `,"eventSource":"aws:sqs"}]}`, []string{published}},
			{"disconnectAll", `{"disconnect":{"target":{"all":true}}}`, []string{published}},
			{"pushAll", forgedPush, []string{published}},
			{"separator", "\"\u2028\u2029\"", []string{published}},
			{"surrogate", `"\ud800"`, []string{published, badRequest}},
			{"markup", `"</script><script>alert(1)</script>"`, []string{published}},
			{"number", "1e999999", []string{published, badRequest}},
			{"digits", strings.Repeat("9", 900), []string{published}},
			{"null", "null", []string{published, badRequest}},
			{"empty", `""`, []string{published}},
			{"twice", `{"a":1,"a":2}`, []string{published}},
			{"type", `1,"type":1`, []string{published, notAvailable, badRequest}},
			{"deep200", nested(200), []string{badRequest}},
			{"deep9997", nested(9997), []string{badRequest, overLimit}},
			{"deep9998", nested(9998), []string{badRequest, overLimit}},
			{"deep9999", nested(9999), []string{malformed}},
			{"large", encode(strings.Repeat("x", 32<<10)), []string{overLimit}},
			{"quotes", encode(strings.Repeat(`"`, 16<<10)), []string{overLimit}},
			{"huge", encode(strings.Repeat("x", 120<<10)), []string{overLimit}},
		} {
			mallory := v.joinAs(t, "mallory")
			got := mallory.command(`"publish":{"channel":"` + room + `","data":` + try.data + `}`)
			marker := fmt.Sprintf("marker %s %d", room, i)
			control(t, "a publication of another user", other.call("publish", "channel", room, "data", marker), published)
			arrived, genuine := until(victim, marker)
			attempt{"inject/" + try.name, "a publication in " + room + ": " + try.name}.verdict(t, got+" "+strings.Join(arrived, " "),
				begins(got, try.want) && genuine && onlyOf(arrived, room, mallory.id, strings.HasPrefix(got, published)))
			mallory.close()
		}
	}
	attempt{"inject/victim", "one of these publications does something else"}.verdict(t, victim.command(`"ping":{}`)+fmt.Sprint(victim.pushes), len(victim.pushes) == 0)
}

// until returns the pushes before the one that has a text, and whether that one came.
func until(c *channelClient, marker string) (before []string, came bool) {
	for {
		push := c.push()
		if strings.Contains(push, marker) {
			return before, true
		}
		before = append(before, push)
		if !strings.HasPrefix(push, "{") {
			return before, false
		}
	}
}

// onlyOf reports whether pushes are one publication of mallory's connection, or none.
func onlyOf(pushes []string, room, connection string, published bool) bool {
	if len(pushes) == 0 || !published {
		return len(pushes) == 0 && !published
	}
	var m struct {
		Push map[string]json.RawMessage
	}
	var pub struct {
		Info struct{ User, Client string }
	}
	return len(pushes) == 1 && json.Unmarshal([]byte(pushes[0]), &m) == nil && len(m.Push) == 2 && string(m.Push["channel"]) == encode(room) &&
		json.Unmarshal(m.Push["pub"], &pub) == nil && pub.Info.User == "mallory" && pub.Info.Client == connection
}

// TestPublisherNames publishes and joins as users whose names look like parts of a push. A
// breach is a push with other members, or with another name.
func TestPublisherNames(t *testing.T) {
	v := open.get(t)
	victim := v.joinAs(t, "victoria")
	const room = "chat:names"
	control(t, "subscribe", victim.call("subscribe", "channel", room), `{"subscribe":{`)
	for _, name := range []string{`x"}}}`, `x","client":"` + victim.id, `{"push":{"disconnect":{"code":3500}}}`, "x\u2028y", `x\n{"push":{}}`, "<b>", victim.own} {
		c := v.joinBy(t, inFrames(ownIssuer().token(name)), `"connect":{}`)
		control(t, "publish", c.call("publish", "channel", room, "data", "named"), `{"publish":{}}`)
		got := victim.push()
		var m struct {
			Push struct {
				Pub struct {
					Info struct{ User, Client string }
				}
			}
		}
		err := json.Unmarshal([]byte(got), &m)
		attempt{"inject/name", "a publication of the user " + encode(name)}.verdict(t, got, err == nil && m.Push.Pub.Info.User == name && m.Push.Pub.Info.Client == c.id)
	}
}

// TestRecoveryBeyond recovers and reads from positions that do not exist, with limits that
// are too large. A breach is a recovered subscription, or a publication that is not after
// the position.
func TestRecoveryBeyond(t *testing.T) {
	v := open.get(t)
	victim, mallory := v.joinAs(t, "victoria"), v.joinAs(t, "mallory")
	const room = "chat:recover"
	control(t, "subscribe", mallory.call("subscribe", "channel", room), `{"subscribe":{`)
	for i := range 3 {
		v.publishAs(t, room, fmt.Sprint("old ", i))
		control(t, "publication", received(mallory), `{"push":{"channel":"`+room+`","pub":{"data":"old `)
	}
	var at struct {
		History struct {
			Epoch  string
			Offset uint64
		}
	}
	_ = json.Unmarshal([]byte(mallory.call("history", "channel", room, "limit", 0)), &at)
	epoch, top := at.History.Epoch, at.History.Offset
	control(t, "recover", mallory.call("subscribe", "channel", room, "recover", true, "epoch", epoch, "offset", top-1), fmt.Sprintf(`{"subscribe":{"recoverable":true,"positioned":true,"epoch":%q,"offset":%d,"was_recovering":true,"recovered":true,"publications":[{`, epoch, top-1))
	for _, position := range []struct {
		name, epoch string
		offset      uint64
	}{
		{"epoch", "other", 0},
		{"epochOfVictim", victim.epoch, 0},
		{"noEpoch", "", 0},
		{"epochCase", flipCase(epoch), 0},
		{"epochPath", epoch + "/" + room, 0},
		{"epochLong", strings.Repeat(epoch, 1000), 0},
		{"afterTop", epoch, top + 1},
		{"2to63less1", epoch, 1<<63 - 1},
		{"2to63", epoch, 1 << 63},
		{"2to64less1", epoch, 1<<64 - 1},
	} {
		got := mallory.call("subscribe", "channel", room, "recover", true, "epoch", position.epoch, "offset", position.offset)
		attempt{"recover/" + position.name, "recover since a position that does not exist"}.verdict(t, got, strings.HasPrefix(got, `{"subscribe":{`) && !strings.Contains(got, `"recovered":true`) && !strings.Contains(got, `"publications"`))
		got = mallory.call("subscribe", "channel", room, "recover", true, "epoch", position.epoch, "offset", position.offset, "flag", 2)
		attempt{"recover/strict/" + position.name, "the same, where the client wants an error"}.expect(t, got, unrecoverable)
		got = mallory.call("history", "channel", room, "limit", -1, "since", map[string]any{"epoch": position.epoch, "offset": position.offset})
		attempt{"recover/history/" + position.name, "history since that position"}.expect(t, got, unrecoverable, `{"history":{"publications":[],`)
	}
	for range 110 {
		mallory.send(`{"id":1000000,"publish":{"channel":"` + room + `","data":"` + strings.Repeat("x", 2000) + `"}}`)
	}
	for range 110 {
		control(t, "publish", mallory.answer(), `{"id":1000000,"publish":{}}`)
	}
	for _, limit := range []string{"-1", "-9223372036854775808", "9223372036854775807", "2147483648", "101"} {
		for _, reverse := range []string{"false", "true"} {
			got := mallory.command(`"history":{"channel":"` + room + `","limit":` + limit + `,"reverse":` + reverse + `}`)
			attempt{"recover/limit", "history with limit " + limit + ", reverse " + reverse}.verdict(t, fmt.Sprint(len(got), " bytes ", got), strings.HasPrefix(got, `{"history":{`) && len(got) <= 128<<10 && strings.Count(got, `"data":`) <= 100)
		}
	}
	got := mallory.command(`"history":{"channel":"` + room + `","limit":9,"reverse":true,"since":{"epoch":"` + epoch + `","offset":0}}`)
	attempt{"recover/beforeFirst", "history before the first publication"}.expect(t, got, badRequest)
	mallory.send(strings.TrimSuffix(strings.Repeat(`{"id":2000000,"history":{"channel":"`+room+`","limit":-1}}`+"\n", 100), "\n"))
	wrong := ""
	for range 100 {
		if got := mallory.answer(); len(got) > 128<<10 || !begins(got, []string{`{"id":2000000,"history":`, `{"id":2000000,` + overLimit[1:], `{"id":2000000,` + tooMany[1:]}) {
			wrong = brief(got)
			break
		}
	}
	attempt{"recover/100histories", "100 histories of 100 KB in a frame"}.verdict(t, wrong, wrong == "")
	attempt{"recover/bystander", "one of these attempts disturbs another user"}.expect(t, victim.command(`"ping":{}`), `{"ping":{}}`)
}
