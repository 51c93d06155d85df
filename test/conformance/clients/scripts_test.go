package clients

import (
	"strings"
	"testing"

	"github.com/coder/websocket"

	"sallyport/test/conformance/target"
)

// testScripts runs send.sh, which reads the keys of the local run itself.
func (s stage) testScripts(t *testing.T) {
	r := s.receive(t)
	for _, to := range [][]string{{"--connection", r.id}, {"--user", "ann"}, {"--sub", "ann"}, {"--all"}} {
		args := append(append([]string{"--local"}, to...), "testdata/hello.json")
		got, failed := s.run(t, "../../../scripts/send.sh", args...)
		if failed || !strings.Contains(got, ": sent ") {
			t.Errorf("send.sh %s: got %q, want it to contain \": sent \"", to, got)
		}
		if got := r.next(t); got != "{\"hello\":1}\n" && got != `{"hello":1}` {
			t.Errorf("send.sh %s: got the message %q, want {\"hello\":1}", to, got)
		}
	}
	if got, failed := s.run(t, "../../../scripts/send.sh", "--local", "--connection", gone, "testdata/hello.json"); !failed || !strings.Contains(got, "is gone") {
		t.Errorf("send.sh to an unknown connection: got %q, want \"is gone\"", got)
	}
}

// testDisconnect ends connections with send.sh. The reason has characters that JSON
// escapes.
func (s stage) testDisconnect(t *testing.T) {
	const reason = "Back at\n\"noon\" \\o/"
	for _, target := range []string{"connection", "user", "all"} {
		user := "disconnected-" + target // with one connection
		r := s.as(t, user).receive(t)
		args := []string{"--local", "--disconnect", "--reason", reason, "--" + target}
		switch target {
		case "connection":
			args = append(args, r.id)
		case "user":
			args = append(args, user)
		}
		// With --all, connections of earlier tests may be disconnected too.
		got, failed := s.run(t, "../../../scripts/send.sh", args...)
		if failed || !strings.HasPrefix(got, "disconnected ") || (target != "all" && got != "disconnected 1, gone 0, failed 0\n") {
			t.Errorf("send.sh --disconnect --%s: got %q, want \"disconnected 1, gone 0, failed 0\"", target, got)
		}
		want := `{"type":"closing","data":{"code":"disconnected","message":"Back at\n\"noon\" \\o/"}}`
		if got := r.next(t); got != want {
			t.Errorf("send.sh --disconnect --%s: got the message %q, want %q", target, got, want)
		}
		if got := r.next(t); !strings.Contains(got, "StatusNormalClosure") {
			t.Errorf("send.sh --disconnect --%s: got the end %q, want 1000", target, got)
		}
	}
}

func (s stage) testDisconnectRefused(t *testing.T) {
	for _, test := range []struct {
		name, want string
		args       []string
	}{
		{"noTarget", "needs one of --connection, --user, --sub and --all", nil},
		{"twoTargets", "use only one of --connection, --user, --sub, --channel and --all", []string{"--all", "--user", "ann"}},
		{"file", "--disconnect sends no file (testdata/hello.json)", []string{"--all", "testdata/hello.json"}},
		{"longReason", "the reason has 1002 bytes: shorten it to 1000", []string{"--all", "--reason", strings.Repeat("é", 501)}},
		{"noConnectionID", `the connection id "bot_X!" is not valid: copy it from the page`, []string{"--connection", "bot_X!"}},
		{"longName", "the function failed: command_invalid: ", []string{"--user", strings.Repeat("x", 257)}},
		{"unknownUser", "no user with the name nobody is connected", []string{"--user", "nobody"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, failed := s.run(t, "../../../scripts/send.sh", append([]string{"--local", "--disconnect"}, test.args...)...)
			if !failed || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want a failure with %q", got, test.want)
			}
		})
	}
	if got, failed := s.run(t, "../../../scripts/send.sh", "--local", "--reason", "x"); !failed || !strings.Contains(got, "needs --disconnect") {
		t.Errorf("a reason without --disconnect: got %q, want \"needs --disconnect\"", got)
	}
}

// testTicketScript connects with the ticket that token.sh prints. The ticket is valid for
// one connection.
func (s stage) testTicketScript(t *testing.T) {
	ticket, failed := s.run(t, "../../../scripts/token.sh", "--local", "--ticket", "ann")
	if ticket = strings.TrimSpace(ticket); failed || len(ticket) != 43 {
		t.Fatalf("token.sh --ticket: got %q, want 43 characters", ticket)
	}
	s.protocols = []string{"sallyport.v1", "ticket." + ticket}
	s.receive(t)
	//nolint:bodyclose // Dial closes it
	if _, _, err := websocket.Dial(t.Context(), s.WebSocketURL, &websocket.DialOptions{Subprotocols: s.protocols}); err == nil {
		t.Error("got a second connection with the ticket, want a refusal")
	}
}

// as returns the stage with the token of another user.
func (s stage) as(t *testing.T, user string) stage {
	t.Helper()
	token, err := s.Token(t.Context(), target.TokenRequest{User: user})
	if err != nil {
		t.Fatal(err)
	}
	s.protocols = []string{"sallyport.v1", "bearer." + token}
	return s
}
