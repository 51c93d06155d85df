package handler_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/lambda/handler"
	"sallyport/lambda/route"
)

// The messages in testdata are what the other end's tests read. Each of them
// must be what this end sends, byte for byte.
func TestMessagesAreTheFixtures(t *testing.T) {
	makers := map[string]func() string{
		"echo_json": func() string { return replyTo(t, readEvent(t, "message", nil)) },
		"echo_text": func() string { return replyTo(t, readEvent(t, "message_text", nil)) },
		"whoami":    func() string { return replyTo(t, readEvent(t, "whoami", nil)) },
		"log":       func() string { return pushed(t, readEvent(t, "push_connection", nil)) },
		"event":     func() string { return pushed(t, readEvent(t, "push_user", nil)) },
		"pong":      mockOfPing,
		// Not ours: API Gateway sends it, when no route matches.
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
				t.Fatalf("%s: nobody sends this message", file)
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

// replyTo returns the message that a route event is answered with.
func replyTo(t *testing.T, payload []byte) string {
	t.Helper()
	answer, err := newWorld().invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	return decodeReply(t, answer).Body
}

// pushed returns the one message that a push sends to the one connection.
func pushed(t *testing.T, payload []byte) string {
	t.Helper()
	w := newWorld()
	w.table.rows[connectionID] = handler.Connection{ID: connectionID, User: "alice"}
	if _, err := w.invoke(t.Context(), payload); err != nil {
		t.Fatal(err)
	}
	got := w.posts.got[connectionID]
	if len(got) != 1 {
		t.Fatalf("got %d posts, want 1", len(got))
	}
	return got[0]
}

func mockOfPing() string {
	for _, r := range route.All() {
		if r.Key == route.Ping {
			return r.Mock
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
			got := replyTo(t, readEvent(t, "message", func(e map[string]any) { e["body"] = test.body }))
			if want := `{"type":"echo","data":` + test.want + `}`; got != want {
				t.Errorf("got %.200q, want %.200q", got, want)
			}
			if !json.Valid([]byte(got)) {
				t.Errorf("got %.200q, which is not JSON", got)
			}
		})
	}
}

func TestWhoamiWithoutAuthorizer(t *testing.T) {
	_, err := newWorld().invoke(t.Context(), readEvent(t, "whoami", func(e map[string]any) {
		delete(object(e, "requestContext"), "authorizer")
	}))
	if err == nil || !strings.Contains(err.Error(), "read expires of authorizer") {
		t.Errorf("got error %v, want one on the authorizer", err)
	}
}
