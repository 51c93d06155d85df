package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/test/conformance/target"
)

// publishAs publishes in a channel as a backend, which has the permission to invoke the function.
func (v *victim) publishAs(t *testing.T, channel, data string) {
	t.Helper()
	got := v.invoke(t, encode(map[string]any{"push": map[string]any{"target": map[string]string{"channel": channel}, "message": data}}))
	control(t, "a publication of a backend", got, `200 {"channel"`)
}

// TestChannelCrossing asks for the own channel of another user, by its name and by similar
// names. A breach is every answer but a refusal.
func TestChannelCrossing(t *testing.T) {
	v := open.get(t)
	victim, mallory := v.joinAs(t, "victoria"), v.joinAs(t, "mallory")
	_, key, _ := strings.Cut(victim.own, ":")
	_, mine, _ := strings.Cut(mallory.own, ":")
	v.publishAs(t, victim.own, "only for victoria")
	control(t, "a publication in the own channel", victim.push(), `{"push":{"channel":"`+victim.own+`","pub":{"data":"only for victoria"`)
	control(t, "history of the own channel", victim.call("history", "channel", victim.own, "limit", 9), `{"history":{"publications":[{"data":`)
	control(t, "history of mallory's own channel", mallory.call("history", "channel", mallory.own, "limit", 9), `{"history":{"publications":[]`)
	for _, name := range []struct{ name, channel string }{
		{"exact", victim.own},
		{"flipped", "user:" + flipCase(key)},
		{"upper", "USER:" + key},
		{"space", victim.own + " "},
		{"before", " " + victim.own},
		{"NUL", victim.own + "\x00"},
		{"line", victim.own + "\n"},
		{"colons", "user::" + key},
		{"colon", victim.own + ":"},
		{"slash", victim.own + "/"},
		{"prefix", victim.own[:len(victim.own)-1]},
		{"suffix", victim.own + "A"},
		{"padded", victim.own + "="},
		{"path", mallory.own + "/../" + key},
		{"pathBack", "user:../user:" + key},
		{"pair", mallory.own + ":" + key},
		{"pairBack", victim.own + ":" + mine},
		{"comma", mallory.own + "," + victim.own},
		{"star", "user:*"},
		{"empty", "user:"},
		{"name", "user:victoria"},
		{"sub", "user:" + v.Issuer + "#victoria"},
		{"percent", "user%3a" + key},
		{"row", "stream/" + victim.own},
		{"shard", "shard/0/" + victim.own},
		{"batch", "batch/" + victim.epoch + "/" + victim.own},
	} {
		for _, method := range []string{"subscribe", "history", "presence", "presence_stats", "publish"} {
			got := mallory.call(method, "channel", name.channel, "data", "forged", "limit", 9, "recover", true, "epoch", victim.epoch, "offset", 0)
			attempt{"channel/" + method + "/" + name.name, method + " of another user's channel " + encode(name.channel)}.expect(t, got, unknownChannel, notPermitted)
		}
	}
	for _, method := range []string{"publish", "presence", "presence_stats"} {
		attempt{"channel/own/" + method, method + " in the attacker's own channel, without the permission"}.expect(t, mallory.call(method, "channel", mallory.own, "data", "forged"), notPermitted)
		attempt{"channel/victim/" + method, method + " in the own channel of its user, without the permission"}.expect(t, victim.call(method, "channel", victim.own, "data", "forged"), notPermitted)
	}
	attempt{"channel/cursorHistory", "history of a namespace without one"}.expect(t, mallory.call("history", "channel", "cursor:x", "limit", 9), notPermitted)
	v.publishAs(t, victim.own, "the second")
	attempt{"channel/untouched", "one of these attempts stops or changes the victim's publications"}.expect(t, victim.push(), `{"push":{"channel":"`+victim.own+`","pub":{"data":"the second","offset":`)
	attempt{"channel/received", "the attacker receives a publication"}.verdict(t, mallory.command(`"ping":{}`)+fmt.Sprint(mallory.pushes), len(mallory.pushes) == 0)
	control(t, "the table has the victim's subscription", fmt.Sprint(lists(v.channelRows(t), "connection/"+victim.id, victim.own)), "true")
	attempt{"channel/rows", "the table has a subscription of the attacker"}.verdict(t, "", !lists(v.channelRows(t), "connection/"+mallory.id, victim.own))
}

// TestChannelClaims connects and refreshes with forged claims. A breach is a subscription to
// another user's channel, or another user of the connection.
func TestChannelClaims(t *testing.T) {
	v := open.get(t)
	victim := v.joinAs(t, "victoria")
	forger := newForger(t, v)
	wide := []string{"*", "user:*", victim.own}
	evil := forge(`{"alg":"RS256","kid":"rsa"}`, encode(with(evilIssuer().claims("victoria"), "channels", wide)), rs256(evilIssuer().rsa))
	unsignedClaim := forge(forger.head("alg", "none"), encode(with(forger.wanted, "channels", wide, "sub", "victoria")), unsigned)
	genuine := inFrames(v.token(t, "mallory"))
	claim := forge(`{"alg":"RS256","kid":"rsa"}`, encode(with(ownIssuer().claims("mallory"), "channels", wide, "subs", wide)), rs256(ownIssuer().rsa))
	ticket := handshake{headers: []string{"Sec-WebSocket-Protocol: centrifuge-json, ticket." + v.ticket(t, v.token(t, "mallory"))}}
	position := map[string]any{"channel": victim.own, "recover": true, "epoch": victim.epoch, "offset": 0}
	for _, try := range []struct {
		name, tries string
		handshake   handshake
		connect     map[string]any
	}{
		{"connectSubs", "connect with subs of another user's channel", genuine, map[string]any{"subs": map[string]any{victim.own: position, "user:*": position}}},
		{"connectData", "connect with claims in its data", genuine, map[string]any{"data": map[string]any{"channels": wide, "user": "victoria", "sub": "victoria"}, "headers": map[string]any{"channels": victim.own}}},
		{"connectMembers", "connect with a user, claims and channels as members", genuine, map[string]any{"user": "victoria", "channels": wide, "claims": map[string]any{"channels": wide}, "info": map[string]any{"user": "victoria"}}},
		{"connectUnsigned", "connect with an unsigned token and a claim", genuine, map[string]any{"token": unsignedClaim}},
		{"connectIssuer", "connect with a token of a foreign issuer and a claim", genuine, map[string]any{"token": evil}},
		{"connectVictim", "connect with a good token of another user", genuine, map[string]any{"token": v.token(t, "victoria")}},
		{"ticketForged", "connect with a forged token beside a valid ticket", ticket, map[string]any{"token": forger.by("sub", "victoria")}},
		{"genuineClaim", "a genuine claim that no namespace reads", inFrames(claim), map[string]any{"token": claim}},
	} {
		c := v.joinBy(t, try.handshake, `"connect":`+encode(try.connect))
		attempt{"claim/" + try.name, try.tries}.verdict(t, c.own, c.own != victim.own)
		attempt{"claim/" + try.name + "Subscribe", "subscribe after " + try.tries}.expect(t, c.call("subscribe", "channel", victim.own), notPermitted)
		attempt{"claim/" + try.name + "User", "the user is another one after " + try.tries}.verdict(t, c.call("rpc", "method", "whoami"), strings.Contains(c.call("rpc", "method", "whoami"), `"user":"mallory"`))
	}
	mallory := v.joinAs(t, "mallory")
	control(t, "refresh by the user's own token", mallory.call("refresh", "token", v.token(t, "mallory")), `{"refresh":{"expires":true`)
	for name, token := range map[string]any{
		"victim": v.token(t, "victoria"), "evil": evil, "unsigned": unsignedClaim, "otherIssuer": ownIssuer().token("mallory"), "empty": "",
		"minted": v.tokenFor(t, target.TokenRequest{User: "mallory", Audience: "others"}), "old": v.tokenFor(t, target.TokenRequest{User: "mallory", ExpiresIn: -3600}),
	} {
		attempt{"claim/refresh/" + name, "refresh with a token: " + name}.expect(t, mallory.call("refresh", "token", token), ownError, `{"error":{"code":109`, badRequest)
	}
	attempt{"claim/refreshSubscribe", "subscribe after these"}.expect(t, mallory.call("subscribe", "channel", victim.own), notPermitted)
	attempt{"claim/subToken", "a subscription token for another user's channel"}.expect(t, mallory.call("subscribe", "channel", victim.own, "token", evil, "data", map[string]any{"channels": wide}), notPermitted)
	attempt{"claim/subRefresh", "sub_refresh with a token"}.expect(t, mallory.call("sub_refresh", "channel", victim.own, "token", evil), notAvailable)
}

// TestChannelUnsubscribeOthers ends subscriptions of others. A breach is a subscriber that
// gets no publication, or a push that reports that the subscriber leaves.
func TestChannelUnsubscribeOthers(t *testing.T) {
	v := open.get(t)
	victim, mallory := v.joinAs(t, "victoria"), v.joinAs(t, "mallory")
	const room = "chat:unsubscribe"
	control(t, "subscribe", victim.call("subscribe", "channel", room, "join_leave", true), `{"subscribe":{"recoverable":true`)
	for _, try := range []struct {
		name    string
		members []any
	}{
		{"plain", nil}, {"client", []any{"client", victim.id}}, {"user", []any{"user", "victoria"}}, {"connection", []any{"connectionId", victim.id, "ConnectionID", victim.id}},
	} {
		mallory.call("unsubscribe", append(try.members, "channel", room)...)
		mallory.call("unsubscribe", append(try.members, "channel", victim.own)...)
		v.publishAs(t, room, "for "+try.name)
		attempt{"unsubscribe/" + try.name, "unsubscribe of another connection: " + try.name}.verdict(t, "", strings.HasPrefix(received(victim), `{"push":{"channel":"`+room+`","pub":{"data":"for `+try.name))
	}
}

// received returns the next push that is not about the subscriber's own joining.
func received(c *channelClient) string {
	for {
		if got := c.push(); !strings.Contains(got, `"join":{"info":{"user":"`) {
			return got
		}
	}
}

// TestChannelAfterEnd uses channels after the end of an authorization. A breach is a reply,
// or a subscription that stays.
func TestChannelAfterEnd(t *testing.T) {
	t.Parallel() // it waits for the expiry of a token
	v := open.get(t)
	watcher, leaver := v.joinAs(t, "victoria"), v.joinAs(t, "leaver")
	const room = "chat:end"
	for _, c := range []*channelClient{watcher, leaver} {
		control(t, "subscribe", c.call("subscribe", "channel", room), `{"subscribe":{"recoverable":true`)
	}
	got := do(t, request{method: http.MethodDelete, url: v.http + "/connections", header: v.authorized(v.token(t, "leaver"))})
	control(t, "sign out", got.verdict(), "200")
	leaver.send(`{"id":9,"subscribe":{"channel":"chat:end2"}}` + "\n" + `{"id":10,"publish":{"channel":"` + room + `","data":"late"}}`)
	for reply := leaver.answer(); ; reply = leaver.answer() {
		if strings.HasPrefix(reply, "close") || reply == "silence" {
			attempt{"end/signOut", "a connection with subscriptions stays open after signing out"}.expect(t, reply, "close")
			break
		}
	}
	stats := ""
	for end := time.Now().Add(hangLimit); time.Now().Before(end) && stats != `{"presence_stats":{"num_clients":1,"num_users":1}}`; {
		stats = watcher.call("presence_stats", "channel", room)
	}
	attempt{"end/presence", "a subscription stays after signing out"}.expect(t, stats, `{"presence_stats":{"num_clients":1,"num_users":1}}`)
	attempt{"end/rows", "a subscription stays in the table after signing out"}.verdict(t, "", !lists(v.channelRows(t), "connection/"+leaver.id, room) && !lists(v.channelRows(t), "connection/"+leaver.id, "chat:end2"))

	s, end := v.nearlyExpired(t, inFrames, func(s *socket) string { return s.verdict() }, "101")
	late := &channelClient{socket: s}
	<-time.After(time.Until(end) + 1500*time.Millisecond) // the run has no fake clock
	attempt{"end/publish", "a publication after the token's expiry"}.expect(t, late.call("publish", "channel", room, "data", "after the expiry"), expired)
	attempt{"end/publishStays", "the connection stays open after that"}.expect(t, late.readToEnd(), "close")
	history := watcher.call("history", "channel", room, "limit", -1)
	attempt{"end/history", "the channel has the late publication"}.verdict(t, history, strings.HasPrefix(history, `{"history":`) && !strings.Contains(history, "after the expiry"))
}

// channelRows returns the rows of the table of channels.
func (v *victim) channelRows(t *testing.T) string {
	t.Helper()
	plan, err := readPlan()
	if err != nil {
		t.Fatal(err)
	}
	name, _ := plannedVariables(plan)["CHANNEL_TABLE_NAME"].(string)
	return v.rows(t, name)
}
