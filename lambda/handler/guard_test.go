package handler_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
	"sallyport/lambda/identity"
)

// messages are the names of events with a message, one for each route.
var messages = []string{"message", "message_text", "whoami", "refresh"}

const tokenExpired = `{"type":"closing","data":{"code":"token_expired","message":"The token has expired."}}`

func TestGuardEndsExpiredConnection(t *testing.T) {
	late := expires.Add(30*time.Second + time.Millisecond)
	tests := []struct {
		name  string
		at    time.Time
		until time.Time // of the row; zero: there is none
		ends  bool
	}{
		{"good", now, expires, false},
		{"withinLeeway", expires.Add(30 * time.Second), expires, false},
		{"late", late, expires, true},
		{"refreshed", late, expires.Add(time.Hour), false},
		{"refreshedWithinLeeway", late, late.Add(-30 * time.Second), false},
		{"refreshedTooShort", late, late.Add(-31 * time.Second), true},
		{"noRow", late, time.Time{}, true},
	}
	for _, event := range messages {
		for _, test := range tests {
			t.Run(event+"/"+test.name, func(t *testing.T) {
				w := newFixture().at(test.at)
				w.config.Metrics = "sallyport-test"
				if !test.until.IsZero() {
					w.table.rows[connectionID] = handler.Connection{ID: connectionID, User: person("alice"), AuthorizedUntil: test.until}
				}
				answer, err := w.invoke(t.Context(), readEvent(t, event, nil))
				if err != nil {
					t.Fatal(err)
				}
				got := decodeReply(t, answer)
				if test.ends != (got.Body == "") || got.StatusCode != 200 {
					t.Errorf("got %+v, want the connection to end: %v", got, test.ends)
				}
				var wantPosts, wantEnded []string
				if test.ends {
					wantPosts, wantEnded = []string{tokenExpired}, []string{connectionID}
					w.logged(t, map[string]any{"DisconnectedByFunction": 1.0})
					if line := w.lines(t)[0]; line["code"] != "token_expired" || line["outcome"] != "refused" || line["level"] != "warn" {
						t.Errorf("got log %v, want the code", line)
					}
				}
				if diff := cmp.Diff(wantPosts, w.posts.got[connectionID]); diff != "" {
					t.Errorf("posts (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(wantEnded, w.posts.endedIDs()); diff != "" {
					t.Errorf("ended (-want +got):\n%s", diff)
				}
				if _, ok := w.table.rows[connectionID]; ok == (test.ends || test.until.IsZero()) {
					t.Errorf("row exists: %v", ok)
				}
			})
		}
	}
}

// A message needs no call of the table while the token of its connection is valid.
func TestGuardMakesNoCall(t *testing.T) {
	w := newFixture()
	w.config.MessageBytes = 1000
	if _, err := w.invoke(t.Context(), readEvent(t, "message", nil)); err != nil || w.table.calls != 0 {
		t.Errorf("got %d calls of the table, error %v, want none", w.table.calls, err)
	}
}

func TestGuardCannotDecide(t *testing.T) {
	for name, w := range map[string]*fixture{"expiry": newFixture().at(expires.Add(time.Hour)), "rate": newFixture()} {
		t.Run(name, func(t *testing.T) {
			w.config.MessagesPerMinute = 10
			w.table.err = errors.New("table is down")
			_, err := w.invoke(t.Context(), readEvent(t, "message", nil))
			if !errors.Is(err, w.table.err) || len(w.posts.ended) != 0 {
				t.Errorf("got error %v, %d ended, want the error of the table and 0 ended", err, len(w.posts.ended))
			}
			w.logged(t, map[string]any{"code": "unavailable", "outcome": "failed"})
		})
	}
}

func TestGuardCannotEnd(t *testing.T) {
	t.Run("gone", func(t *testing.T) {
		w := newFixture().at(expires.Add(time.Hour)).open("alice", connectionID)
		w.posts.post = func(context.Context, string) error { return handler.ErrGone }
		if _, err := w.invoke(t.Context(), readEvent(t, "message", nil)); err != nil || len(w.table.rows) != 0 {
			t.Errorf("got error %v and %d rows, want no error and no row", err, len(w.table.rows))
		}
	})
	t.Run("postFails", func(t *testing.T) {
		w := newFixture().at(expires.Add(time.Hour)).open("alice", connectionID)
		w.posts.post = func(context.Context, string) error { return handler.ErrThrottled }
		if _, err := w.invoke(t.Context(), readEvent(t, "message", nil)); err != nil || len(w.posts.ended) != 1 {
			t.Errorf("got error %v, %d ended, want 1 ended without a closing message", err, len(w.posts.ended))
		}
		if line := w.lines(t)[0]; line["message"] != "closing message not sent" || line["connectionId"] != connectionID {
			t.Errorf("got log %v, want a line about the closing message", line)
		}
	})
	t.Run("disconnectFails", func(t *testing.T) {
		w := newFixture().at(expires.Add(time.Hour)).open("alice", connectionID)
		w.posts.disconnect = func(context.Context, string) error { return handler.ErrThrottled }
		_, err := w.invoke(t.Context(), readEvent(t, "message", nil))
		if !errors.Is(err, handler.ErrThrottled) || len(w.table.rows) != 1 {
			t.Errorf("got error %v and %d rows, want the row to stay for the sweep", err, len(w.table.rows))
		}
		w.logged(t, map[string]any{"code": "unavailable", "outcome": "failed", "reason": nil})
	})
}

func TestGuardWithoutAuthorizer(t *testing.T) {
	for _, event := range messages {
		_, err := newFixture().invoke(t.Context(), readEvent(t, event, func(e map[string]any) {
			delete(object(e, "requestContext"), "authorizer")
		}))
		if err == nil || !strings.Contains(err.Error(), "read expires of authorizer") {
			t.Errorf("%s: got error %v, want an error about the authorizer", event, err)
		}
	}
}

// A connection that was authorized before users had IDs is ended at its first
// message, even if its token is valid.
func TestGuardEndsConnectionOfOldVersion(t *testing.T) {
	for _, event := range messages {
		for _, missing := range []string{"issuer", "sub"} {
			w := newFixture().openAs(identity.User{Name: "alice"}, connectionID)
			answer, err := w.invoke(t.Context(), readEvent(t, event, func(e map[string]any) {
				delete(object(object(e, "requestContext"), "authorizer"), missing)
			}))
			if err != nil || decodeReply(t, answer).Body != "" {
				t.Errorf("%s without %s: got %s, error %v, want no answer", event, missing, answer, err)
			}
			if diff := cmp.Diff([]string{tokenExpired}, w.posts.got[connectionID]); diff != "" || len(w.posts.ended) != 1 {
				t.Errorf("%s without %s: %d ended, posts (-want +got):\n%s", event, missing, len(w.posts.ended), diff)
			}
		}
	}
}

func TestGuardLimitsSize(t *testing.T) {
	for body, want := range map[string]string{"12345678": `"echo"`, "123456789": "message_too_large", "ü2345678": "message_too_large"} {
		w := newFixture()
		w.config.MessageBytes, w.config.MessagesPerMinute = 8, 10
		w.open("alice", connectionID)
		answer, err := w.invoke(t.Context(), readEvent(t, "message", func(e map[string]any) { e["body"] = body }))
		if err != nil || !strings.Contains(answer, strings.Trim(want, `"`)) || len(w.posts.ended) != 0 {
			t.Errorf("%s: got %s, error %v, want %s", body, answer, err, want)
		}
	}
}

func TestGuardLimitsRate(t *testing.T) {
	w := newFixture().open("alice", connectionID)
	w.config.MessagesPerMinute = 3
	send := func() string {
		answer, err := w.invoke(t.Context(), readEvent(t, "message", nil))
		if err != nil {
			t.Fatal(err)
		}
		_, code, _ := strings.Cut(decodeReply(t, answer).Body, `"code":"`)
		code, _, _ = strings.Cut(code, `"`)
		return code
	}
	got := []string{send(), send(), send(), send(), send()}
	w.at(now.Add(time.Minute))
	got = append(got, send())
	if diff := cmp.Diff([]string{"", "", "", "too_many_messages", "too_many_messages", ""}, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	delete(w.table.rows, connectionID)
	if got := send(); got != "connection_unknown" {
		t.Errorf("got code %q without a row, want connection_unknown", got)
	}
}

// A message that is too large counts like every other message.
func TestGuardCountsLargeMessages(t *testing.T) {
	w := newFixture().open("alice", connectionID)
	w.config.MessageBytes, w.config.MessagesPerMinute = 8, 2
	var got []string
	for _, body := range []string{"123456789", "1", "1", strings.Repeat("x", 1000)} {
		answer, err := w.invoke(t.Context(), readEvent(t, "message", func(e map[string]any) { e["body"] = body }))
		if err != nil {
			t.Fatal(err)
		}
		_, code, _ := strings.Cut(decodeReply(t, answer).Body, `"code":"`)
		code, _, _ = strings.Cut(code, `"`)
		got = append(got, code)
	}
	if diff := cmp.Diff([]string{"message_too_large", "", "too_many_messages", "too_many_messages"}, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

// A refresh may be large enough for a token, even if the limit for other messages
// is smaller.
func TestGuardAllowsLongRefresh(t *testing.T) {
	for _, test := range []struct {
		limit, size int
		want        string
	}{{1, 100, `"refreshed"`}, {1, 8192, `"refreshed"`}, {1, 9216, "message_too_large"}, {20_000, 9216, `"refreshed"`}, {20_000, 20_000, "message_too_large"}} {
		w := newFixture().open("alice", connectionID)
		w.config.MessageBytes = test.limit
		answer, err := w.invoke(t.Context(), readEvent(t, "refresh", func(e map[string]any) {
			e["body"] = `{"action":"refresh","token":"` + strings.Repeat("x", test.size) + `"}`
		}))
		if err != nil || !strings.Contains(decodeReply(t, answer).Body, test.want) {
			t.Errorf("limit %d, token of %d bytes: got %s, error %v, want %s", test.limit, test.size, answer, err, test.want)
		}
	}
}

// An answer that is too large for API Gateway is replaced by an error that has both
// sizes, and the log does not say "ok".
func TestGuardLimitsAnswer(t *testing.T) {
	frame := len(`{"type":"echo","data":""}`)
	for name, test := range map[string]struct {
		body string
		size int // of the answer; 0: it is sent
	}{
		"quotes":          {strings.Repeat(`"`, 66_000), 132_000 + frame},
		"backslashes":     {strings.Repeat(`\`, 65_536), 131_072 + frame},
		"controls":        {"x" + strings.Repeat("\x01", 30_000), 1 + 180_000 + frame},
		"onlyByItsFrame":  {strings.Repeat("x", 131_072), 131_072 + frame},
		"longest":         {strings.Repeat("x", 131_072-frame), 0},
		"longestJSON":     {`"` + strings.Repeat("x", 131_072-frame) + `"`, 0},
		"oneMore":         {strings.Repeat("x", 131_073-frame), 131_073},
		"longestOfQuotes": {strings.Repeat(`"`, 65_500), 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture()
			answer, err := w.invoke(t.Context(), readEvent(t, "message", func(e map[string]any) { e["body"] = test.body }))
			if err != nil {
				t.Fatal(err)
			}
			got := decodeReply(t, answer).Body
			if test.size == 0 {
				if !strings.HasPrefix(got, `{"type":"echo"`) || len(got) > 131_072 {
					t.Errorf("got %.100s of %d bytes, want the echo", got, len(got))
				}
				return
			}
			text := fmt.Sprintf("The answer has %d bytes. At most 131072 are allowed.", test.size)
			if want := `{"type":"error","data":{"code":"message_too_large","message":"` + text + `"}}`; got != want {
				t.Errorf("got %.200s, want %s", got, want)
			}
			w.logged(t, map[string]any{"code": "message_too_large", "outcome": "refused", "reason": text})
		})
	}
}
