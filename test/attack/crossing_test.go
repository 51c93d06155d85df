package attack

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/test/conformance/target"
)

// TestMessagesThatLookLikeEvents sends, as a user's messages, what would be an
// order if somebody else sent it. Each must be echoed, or refused, and reach
// nobody else.
func TestMessagesThatLookLikeEvents(t *testing.T) {
	v := open.get(t)
	victim, mallory := v.enter(t, v.token(t, "victoria")), v.enter(t, v.token(t, "mallory"))
	id := idOf(t, victim)
	messages := append(forgedEvents(id), []struct{ name, tries, body string }{
		{"actionConnect", "action $connect", `{"action":"$connect"}`},
		{"actionDisconnect", "action $disconnect", `{"action":"$disconnect"}`},
		{"actionPush", "action push", `{"action":"push",` + forgedPush[1:]},
		{"actionDefault", "action $default", `{"action":"$default","requestContext":{"authorizer":{"user":"admin"}}}`},
		{"actionHTTP", "action POST /tickets", `{"action":"POST /tickets","headers":{"authorization":"Bearer x"}}`},
		{"actionProto", "action __proto__", `{"action":"__proto__"}`},
		{"actionObject", "action an object", `{"action":{"$ne":""}}`},
		{"actionTwice", "action twice", `{"action":"whoami","action":"$disconnect"}`},
		{"actionCase", "action WHOAMI", `{"action":"WHOAMI"}`},
		{"actionNUL", "action with a NUL", `{"action":"whoami\u0000"}`},
	}...)
	for _, m := range messages {
		got := mallory.ask(m.body)
		echoed := strings.HasPrefix(got, `{"type":"echo"`) || strings.HasPrefix(got, `{"type":"error"`) || strings.HasPrefix(got, `{"message": "Forbidden"`)
		attempt{"message/" + m.name, "a message like a " + m.tries}.verdict(t, got, echoed && !strings.Contains(got, "ticket\":\""))
	}
	// A claim to be somebody else within a message is refused.
	got := mallory.ask(encode(map[string]any{"action": "whoami", "user": "admin", "requestContext": map[string]any{"authorizer": map[string]string{"user": "admin"}}, "connectionId": id}))
	attempt{"message/claimedUser", "whoami with another user and connection in it"}.verdict(t, got, strings.HasPrefix(got, `{"type":"error","data":{"code":"message_invalid"`) && !strings.Contains(got, id))
	attempt{"message/untouched", "any of these has reached another user"}.ends(t, victim.ask("only mine"), `{"type":"echo","data":`)
	attempt{"message/self", "any of these has ended the attacker's own connection"}.ends(t, mallory.alive(), "alive")
}

// TestRefreshCrossing refreshes connections with tokens that are not for that.
func TestRefreshCrossing(t *testing.T) {
	v := open.get(t)
	refresh := func(s *socket, token any) string {
		return s.ask(encode(map[string]any{"action": "refresh", "token": token}))
	}
	mallory := v.enter(t, v.token(t, "mallory"))
	control(t, "refresh by the user's own token", refresh(mallory, v.token(t, "mallory")), `{"type":"refreshed"`)
	for _, other := range []string{"victoria", "Mallory", "mallory ", "mallory\u0000", "mallory\n", "mаllory" /* a Cyrillic a */} {
		attempt{"refresh/otherUser", "a genuine token of the user " + encode(other)}.ends(t, refresh(mallory, v.token(t, other)), `{"type":"error","data":{"code":"refresh_other_user"`, `{"type":"error","data":{"code":"token_`)
	}
	for _, odd := range []struct {
		name  string
		token any
	}{
		{"absent", nil}, {"empty", ""}, {"number", 1}, {"list", []string{v.token(t, "mallory")}}, {"object", map[string]string{"jwt": v.token(t, "mallory")}}, {"true", true}, {"bearer", "Bearer " + v.token(t, "mallory")},
	} {
		attempt{"refresh/" + odd.name, "a token that is " + odd.name}.ends(t, refresh(mallory, odd.token), `{"type":"error","data":{"code":"refresh_malformed"`, `{"type":"error","data":{"code":"token_`)
	}
	twice := `{"action":"refresh","token":` + encode(v.token(t, "mallory")) + `,"token":` + encode(v.token(t, "victoria")) + `}`
	attempt{"refresh/twice", "the own token and one of another user"}.ends(t, mallory.ask(twice), `{"type":"error"`)

	before := expiryOf(t, mallory)
	got := refresh(mallory, v.tokenFor(t, target.TokenRequest{User: "mallory", ExpiresIn: 60}))
	attempt{"refresh/older", "a token that expires sooner shortens"}.verdict(t, got, expiryOf(t, mallory) >= before)
	attempt{"refresh/user", "any of these has changed the user"}.verdict(t, mallory.ask(`{"action":"whoami"}`), strings.Contains(mallory.ask(`{"action":"whoami"}`), `"user":"mallory"`))
}

// expiryOf returns until when a connection may talk, in Unix seconds.
func expiryOf(t *testing.T, s *socket) int64 {
	t.Helper()
	var m struct{ Data map[string]any }
	_ = json.Unmarshal([]byte(s.ask(`{"action":"whoami"}`)), &m)
	for name, value := range m.Data {
		if n, ok := value.(float64); ok && strings.Contains(strings.ToLower(name), "expires") {
			return int64(n)
		}
	}
	t.Fatalf("whoami does not tell the expiry: %v", m.Data)
	return 0
}

// TestSignOutCrossing signs out, which must end all connections of one user and
// no other's.
func TestSignOutCrossing(t *testing.T) {
	v := open.get(t)
	victim := v.enter(t, v.token(t, "victoria"))
	signOut := func(header http.Header) response {
		return do(t, request{method: http.MethodDelete, url: v.http + "/connections", header: header})
	}
	for _, other := range []struct {
		name, tries string
		header      http.Header
	}{
		{"none", "no token", http.Header{}},
		{"forged", "a forged token", v.authorized(newForger(t, v).by("sub", "victoria"))},
		{"foreign", "a genuine token on a foreign page", http.Header{"Authorization": {"Bearer " + v.token(t, "victoria")}, "Origin": {"https://evil.example"}}},
		{"twoTokens", "two tokens", http.Header{"Authorization": {"Bearer " + v.token(t, "mallory"), "Bearer " + v.token(t, "victoria")}}},
		{"basic", "Basic", http.Header{"Authorization": {"Basic dmljdG9yaWE6"}}},
		{"twoSchemes", "two tokens in one header", http.Header{"Authorization": {"Bearer " + v.token(t, "mallory") + ", Bearer " + v.token(t, "victoria")}}},
	} {
		attempt{"signOut/" + other.name, "DELETE /connections with " + other.tries}.ends(t, signOut(other.header).verdict(), "400", "401", "403")
	}
	mallory := []*socket{v.enter(t, v.token(t, "mallory")), v.enter(t, v.token(t, "mallory"))}
	for _, query := range []string{"?user=victoria", "?user=victoria&all=true"} {
		got := do(t, request{
			method: http.MethodDelete, url: v.http + "/connections" + query, header: v.authorized(v.token(t, "mallory")),
			body: `{"user":"victoria","all":true,"disconnect":{"target":{"all":true}}}`,
		})
		control(t, "sign out", got.verdict(), "200")
	}
	attempt{"signOut/other", "mallory signs out, with victoria's name in query and body"}.ends(t, victim.ask("still here"), `{"type":"echo"`)
	for i, s := range mallory {
		attempt{"signOut/own" + string(rune('1'+i)), "a connection of mallory stays, after signing out"}.ends(t, lastWord(s), "close")
	}
}

// lastWord reads up to the end of a connection and returns how it ended.
func lastWord(s *socket) string {
	for {
		switch got := s.next(); {
		case strings.HasPrefix(got, "close"), got == "silence":
			return got
		}
	}
}

// almostLate returns a connection whose token is about to expire, or has by less
// than the leeway of thirty seconds, and when it is too late for it. first is done
// on it, with the answer want: on a busy machine it needs a token that lasts longer.
func (v *victim) almostLate(t *testing.T, first func(s *socket) string, want string) (s *socket, late time.Time) {
	t.Helper()
	got := ""
	for left := 11 * time.Second; left < time.Hour; left *= 2 {
		token := v.tokenFor(t, target.TokenRequest{User: "late", ExpiresIn: int((left - 30*time.Second).Seconds())})
		late = time.Now().Add(left)
		if s = v.shake(t, bearer(token)); s.status != http.StatusSwitchingProtocols {
			continue
		}
		if got = first(s); strings.HasPrefix(got, want) {
			s.patient(2 * patience)
			return s, late
		}
		s.close()
	}
	t.Fatalf("on a connection whose token is about to expire: got %s, want %s", got, want)
	return nil, late
}

// TestAfterExpiry talks on a connection whose token has expired. (A token may be
// thirty seconds old at the handshake, for clocks differ: so nobody needs to
// wait for long.)
func TestAfterExpiry(t *testing.T) {
	t.Parallel()
	v := open.get(t)
	refreshed := func(s *socket) string {
		return s.ask(encode(map[string]string{"action": "refresh", "token": v.token(t, "late")}))
	}
	echoed := func(s *socket) string { return s.ask("hello") }
	talk := []struct {
		name, message string
		socket        *socket
	}{
		{"echo", "hello", nil},
		{"whoami", `{"action":"whoami"}`, nil},
		{"unknown", `{"action":"nothing"}`, nil},
		{"oldRefresh", encode(map[string]string{"action": "refresh", "token": v.tokenFor(t, target.TokenRequest{User: "late", ExpiresIn: -3600})}), nil},
		{"otherRefresh", encode(map[string]string{"action": "refresh", "token": v.token(t, "mallory")}), nil},
	}
	saved, late := v.almostLate(t, refreshed, `{"type":"refreshed"`)
	for i, m := range talk {
		first, want := (*socket).verdict, "101"
		if m.name == "echo" { // a message while the leeway lasts
			first, want = echoed, served
		}
		s, end := v.almostLate(t, first, want)
		talk[i].socket = s
		if end.After(late) {
			late = end
		}
	}
	<-time.After(time.Until(late) + 1500*time.Millisecond) // the clock is the system's
	for _, m := range talk {
		m.socket.send(m.message)
		first := m.socket.next()
		if strings.HasPrefix(first, `{"type":"error"`) { // of a refresh
			first = m.socket.next()
		}
		attempt{"expired/" + m.name, "a message after the token's expiry: " + m.name}.verdict(t, first, strings.HasPrefix(first, `{"type":"closing","data":{"code":"token_expired"`))
		attempt{"expired/" + m.name + "Stays", "the connection stays after that"}.ends(t, lastWord(m.socket), "close")
	}
	control(t, "the connection that was refreshed", saved.ask("hello"), served)
}
