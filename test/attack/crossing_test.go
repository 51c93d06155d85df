package attack

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/test/conformance/target"
)

// TestMessagesThatLookLikeEvents sends events as messages of a user. The system must echo
// or refuse each of them, and send nothing to other users.
func TestMessagesThatLookLikeEvents(t *testing.T) {
	v := open.get(t)
	victim, mallory := v.mustConnect(t, v.token(t, "victoria")), v.mustConnect(t, v.token(t, "mallory"))
	id := idOf(t, victim)
	messages := append(forgedEvents(id), []struct{ name, tries, body string }{
		{"actionConnect", "action $connect", `{"action":"$connect"}`},
		{"actionDefault", "action $default", `{"action":"$default","requestContext":{"authorizer":{"user":"admin"}}}`},
		{"actionHTTP", "action POST /tickets", `{"action":"POST /tickets","headers":{"authorization":"Bearer x"}}`},
		{"actionTwice", "action twice", `{"action":"whoami","action":"$disconnect"}`},
		{"actionNUL", "action with a NUL", `{"action":"whoami\u0000"}`},
	}...)
	for _, m := range messages {
		got := mallory.ask(m.body)
		echoed := strings.HasPrefix(got, `{"type":"echo"`) || strings.HasPrefix(got, `{"type":"error"`) || strings.HasPrefix(got, `{"message": "Forbidden"`)
		attempt{"message/" + m.name, "a message like a " + m.tries}.verdict(t, got, echoed && !strings.Contains(got, "ticket\":\""))
	}
	got := mallory.ask(encode(map[string]any{"action": "whoami", "user": "admin", "requestContext": map[string]any{"authorizer": map[string]string{"user": "admin"}}, "connectionId": id}))
	attempt{"message/claimedUser", "whoami with another user and connection in it"}.verdict(t, got, strings.HasPrefix(got, `{"type":"error","data":{"code":"message_invalid"`) && !strings.Contains(got, id))
	attempt{"message/untouched", "one of these messages reaches another user"}.expect(t, victim.ask("only mine"), `{"type":"echo","data":`)
	attempt{"message/self", "one of these messages ends the attacker's connection"}.expect(t, mallory.alive(), "alive")
}

// TestRefreshCrossing refreshes a connection with the tokens of other users.
func TestRefreshCrossing(t *testing.T) {
	v := open.get(t)
	refresh := func(s *socket, token any) string {
		return s.ask(encode(map[string]any{"action": "refresh", "token": token}))
	}
	mallory := v.mustConnect(t, v.token(t, "mallory"))
	control(t, "refresh by the user's own token", refresh(mallory, v.token(t, "mallory")), `{"type":"refreshed"`)
	for _, other := range []string{"victoria", "Mallory", "mallory\u0000", "mаllory" /* a Cyrillic a */} {
		attempt{"refresh/otherUser", "a genuine token of the user " + encode(other)}.expect(t, refresh(mallory, v.token(t, other)), `{"type":"error","data":{"code":"refresh_other_user"`, `{"type":"error","data":{"code":"token_`)
	}
	attempt{"refresh/list", "the user's own token in a list"}.expect(t, refresh(mallory, []string{v.token(t, "mallory")}), `{"type":"error","data":{"code":"refresh_malformed"`)
	twice := `{"action":"refresh","token":` + encode(v.token(t, "mallory")) + `,"token":` + encode(v.token(t, "victoria")) + `}`
	attempt{"refresh/twice", "the user's own token and another user's"}.expect(t, mallory.ask(twice), `{"type":"error"`)

	before := expiryOf(t, mallory)
	got := refresh(mallory, v.tokenFor(t, target.TokenRequest{User: "mallory", ExpiresIn: 60}))
	attempt{"refresh/older", "a token that expires sooner shortens the connection"}.verdict(t, got, expiryOf(t, mallory) >= before)
	attempt{"refresh/user", "one of these attempts changes the user"}.verdict(t, mallory.ask(`{"action":"whoami"}`), strings.Contains(mallory.ask(`{"action":"whoami"}`), `"user":"mallory"`))
}

// expiryOf returns the expiry of a connection in Unix seconds.
func expiryOf(t *testing.T, s *socket) int64 {
	t.Helper()
	var m struct{ Data map[string]any }
	_ = json.Unmarshal([]byte(s.ask(`{"action":"whoami"}`)), &m)
	for name, value := range m.Data {
		if n, ok := value.(float64); ok && strings.Contains(strings.ToLower(name), "expires") {
			return int64(n)
		}
	}
	t.Fatalf("whoami has no expiry: %v", m.Data)
	return 0
}

// TestSignOutCrossing signs out. That must end all connections of one user, and no
// connection of another user.
func TestSignOutCrossing(t *testing.T) {
	v := open.get(t)
	victim := v.mustConnect(t, v.token(t, "victoria"))
	signOut := func(header http.Header) response {
		return do(t, request{method: http.MethodDelete, url: v.http + "/connections", header: header})
	}
	for _, other := range []struct {
		name, tries string
		header      http.Header
	}{
		{"none", "no token", http.Header{}},
		{"forged", "a forged token", v.authorized(newForger(t, v).by("sub", "victoria"))},
		{"foreign", "a genuine token from a foreign page", http.Header{"Authorization": {"Bearer " + v.token(t, "victoria")}, "Origin": {"https://evil.example"}}},
		{"twoTokens", "two tokens", http.Header{"Authorization": {"Bearer " + v.token(t, "mallory"), "Bearer " + v.token(t, "victoria")}}},
	} {
		attempt{"signOut/" + other.name, "DELETE /connections with " + other.tries}.expect(t, signOut(other.header).verdict(), "400", "401", "403")
	}
	mallory := []*socket{v.mustConnect(t, v.token(t, "mallory")), v.mustConnect(t, v.token(t, "mallory"))}
	for _, query := range []string{"?user=victoria", "?user=victoria&all=true"} {
		got := do(t, request{
			method: http.MethodDelete, url: v.http + "/connections" + query, header: v.authorized(v.token(t, "mallory")),
			body: `{"user":"victoria","all":true,"disconnect":{"target":{"all":true}}}`,
		})
		control(t, "sign out", got.verdict(), "200")
	}
	attempt{"signOut/other", "mallory signs out with victoria's name in query and body"}.expect(t, victim.ask("still here"), `{"type":"echo"`)
	for i, s := range mallory {
		attempt{"signOut/own" + string(rune('1'+i)), "a connection of mallory stays open after signing out"}.expect(t, s.readToEnd(), "close")
	}
}

// nearlyExpired returns a connection whose token expires soon, or expired less than the
// leeway of thirty seconds ago, and the time at which the leeway ends. It connects with the
// handshake by, calls first on the connection and wants its answer. On a busy machine that
// needs a token that lasts longer, so that it tries again.
func (v *victim) nearlyExpired(t *testing.T, by func(token string) handshake, first func(s *socket) string, want string) (s *socket, end time.Time) {
	t.Helper()
	got := ""
	for left := 11 * time.Second; left < time.Hour; left *= 2 {
		token := v.tokenFor(t, target.TokenRequest{User: "late", ExpiresIn: int((left - 30*time.Second).Seconds())})
		end = time.Now().Add(left)
		if s = v.connect(t, by(token)); s.Status != http.StatusSwitchingProtocols {
			continue
		}
		if got = first(s); strings.HasPrefix(got, want) {
			s.extend()
			return s, end
		}
		s.close()
	}
	t.Fatalf("on a connection whose token expires soon: got %s, want %s", got, want)
	return nil, end
}

// TestAfterExpiry sends messages on a connection whose token has expired. A token may be
// thirty seconds too old at the handshake, because clocks differ, so that the wait is
// short.
func TestAfterExpiry(t *testing.T) {
	t.Parallel()
	v := open.get(t)
	refresh := func(token string) string { return encode(map[string]string{"action": "refresh", "token": token}) }
	refreshed := func(s *socket) string { return s.ask(refresh(v.token(t, "late"))) }
	echoed := func(s *socket) string { return s.ask("hello") }
	connected := func(s *socket) string { return s.verdict() }
	messages := []struct {
		name, message string
		first         func(s *socket) string
		answer        string
		socket        *socket
	}{
		{name: "echo", message: "hello", first: echoed, answer: served},
		{name: "whoami", message: `{"action":"whoami"}`, first: connected, answer: "101"},
		{name: "oldRefresh", message: refresh(v.tokenFor(t, target.TokenRequest{User: "late", ExpiresIn: -3600})), first: connected, answer: "101"},
		{name: "otherRefresh", message: refresh(v.token(t, "mallory")), first: connected, answer: "101"},
	}
	saved, last := v.nearlyExpired(t, bearer, refreshed, `{"type":"refreshed"`)
	for i, m := range messages {
		s, end := v.nearlyExpired(t, bearer, m.first, m.answer)
		messages[i].socket = s
		if end.After(last) {
			last = end
		}
	}
	<-time.After(time.Until(last) + 1500*time.Millisecond) // the run has no fake clock
	for _, m := range messages {
		answer := m.socket.ask(m.message)
		if strings.HasPrefix(answer, `{"type":"error"`) { // of a refresh
			answer = m.socket.next()
		}
		attempt{"expired/" + m.name, "a message after the token's expiry: " + m.name}.verdict(t, answer, strings.HasPrefix(answer, `{"type":"closing","data":{"code":"token_expired"`))
		attempt{"expired/" + m.name + "Stays", "the connection stays open after that"}.expect(t, m.socket.readToEnd(), "close")
	}
	control(t, "the connection that was refreshed", saved.ask("hello"), served)
}
