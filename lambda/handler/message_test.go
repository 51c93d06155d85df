package handler_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The tests of the console read the messages in testdata. The function must send each of
// them, byte for byte.
func TestMessagesAreTheFixtures(t *testing.T) {
	makers := map[string]func() string{
		"echo_json": func() string { return replyOf(t, newFixture(), "message") },
		"echo_text": func() string { return replyOf(t, newFixture(), "message_text") },
		"whoami":    func() string { return replyOf(t, newFixture().open("alice", connectionID), "whoami") },
		"refreshed": func() string {
			return replyOf(t, newFixture().open("alice", connectionID).verifies("alice", expires.Add(time.Hour), nil), "refresh")
		},
		"error_message_too_large": func() string {
			w := newFixture()
			w.config.MessageBytes = 10
			return replyOf(t, w, "message")
		},
		"error_refresh_other_user": func() string { return replyOf(t, newFixture().verifies("mallory", expires, nil), "refresh") },
		"closing_token_expired":    func() string { return told(t, newFixture().at(expires.Add(time.Hour)), "message") },
		"closing_disconnected":     func() string { return told(t, newFixture(), "disconnect_connection") },
		"closing_signed_out":       func() string { return told(t, newFixture(), "http_sign_out") },
		"closing_too_many_connections": func() string {
			w := newFixture()
			w.config.ConnectionsPerUser = 1
			w.open("alice", connectionID)
			_, _ = w.invoke(t.Context(), readEvent(t, "connect", func(e map[string]any) { object(e, "requestContext")["connectionId"] = "other" }))
			return strings.Join(w.posts.got[connectionID], "")
		},
		"log":   func() string { return told(t, newFixture(), "push_connection") },
		"event": func() string { return told(t, newFixture(), "push_user") },
		"pong":  mockOfPing,
		// API Gateway sends this message when no route matches.
		"gateway_forbidden": nil,
	}
	files, err := filepath.Glob("testdata/message/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(makers) {
		t.Errorf("got %d fixtures, want %d", len(files), len(makers))
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			make, ok := makers[name]
			if !ok {
				t.Fatalf("%s: the test does not produce this message", file)
			}
			if make == nil {
				return
			}
			if got, want := make(), strings.TrimSuffix(string(text), "\n"); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

// told returns the message that the only connection of the fixture receives because of an
// event.
func told(t *testing.T, w *fixture, event string) string {
	t.Helper()
	w.open("alice", connectionID)
	if _, err := w.invoke(t.Context(), readEvent(t, event, nil)); err != nil {
		t.Fatal(err)
	}
	got := w.posts.got[connectionID]
	if len(got) != 1 {
		t.Fatalf("got %d posts, want 1", len(got))
	}
	return got[0]
}

func mockOfPing() string {
	for _, r := range newFixture().config.Routes.All() {
		if r.Key == "ping" {
			return r.Mock()
		}
	}
	return ""
}

func TestEcho(t *testing.T) {
	large := `{"text":"` + strings.Repeat("<ü", 40_000) + `"}`
	tests := []struct {
		name, body, want string // want: data
	}{
		{"object", `{"a": 1}`, `{"a": 1}`},
		{"bigNumber", `12345678901234567890.10`, `12345678901234567890.10`},
		{"duplicateKeys", `{"a":1,"a":2}`, `{"a":1,"a":2}`},
		{"string", `"x"`, `"x"`},
		{"null", `null`, `null`},
		{"escapes", `"\u003c\/"`, `"\u003c\/"`},
		{"spaceAround", " [1]\n", " [1]\n"},
		{"text", `hello`, `"hello"`},
		{"markup", `<b>&</b>`, `"<b>&</b>"`},
		{"almostJSON", `{"a":1`, `"{\"a\":1"`},
		{"twoValues", `{} {}`, `"{} {}"`},
		{"empty", ``, `""`},
		{"control", "a\x00\x1b\n", `"a\u0000\u001b\n"`},
		{"large", large, large},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer, err := newFixture().invoke(t.Context(), readEvent(t, "message", func(e map[string]any) { e["body"] = test.body }))
			if err != nil {
				t.Fatal(err)
			}
			got := decodeReply(t, answer).Body
			if want := `{"type":"echo","data":` + test.want + `}`; got != want {
				t.Errorf("got %.200q, want %.200q", got, want)
			}
			if !json.Valid([]byte(got)) {
				t.Errorf("got %.200q, which is not JSON", got)
			}
		})
	}
}
