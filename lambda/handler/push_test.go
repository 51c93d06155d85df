package handler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
	"sallyport/lambda/route"
)

// These tests run in synctest bubbles, so a test fails if a goroutine of the push does not
// end.

func TestPushTargets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tests := []struct {
			target string
			want   route.Sent
			left   []string
		}{
			{`{"connection":"a1"}`, route.Sent{Sent: 1}, []string{"a1", "a2", "b1", "gone", "stuck"}},
			{`{"connection":"gone"}`, route.Sent{Gone: 1}, []string{"a1", "a2", "b1", "stuck"}},
			{`{"connection":"stuck"}`, route.Sent{Failed: 1}, []string{"a1", "a2", "b1", "gone", "stuck"}},
			{`{"connection":"unknown"}`, route.Sent{Gone: 1}, []string{"a1", "a2", "b1", "gone", "stuck"}},
			{`{"user":"alice"}`, route.Sent{Sent: 2, Gone: 1}, []string{"a1", "a2", "b1", "stuck"}},
			{`{"user":"nobody"}`, route.Sent{}, []string{"a1", "a2", "b1", "gone", "stuck"}},
			{`{"all":true}`, route.Sent{Sent: 3, Gone: 1, Failed: 1}, []string{"a1", "a2", "b1", "stuck"}},
		}
		for _, test := range tests {
			w := newFixtureWithConnections()
			answer, err := w.invoke(t.Context(), []byte(`{"push":{"target":`+test.target+`,"message":{"n": 1.0}}}`))
			if err != nil {
				t.Errorf("%s: %v", test.target, err)
				continue
			}
			var got route.Sent
			if err := json.Unmarshal([]byte(answer), &got); err != nil || got != test.want {
				t.Errorf("%s: got %s, error %v, want %+v", test.target, answer, err, test.want)
			}
			if diff := cmp.Diff(test.left, w.table.ids()); diff != "" {
				t.Errorf("%s: rows left (-want +got):\n%s", test.target, diff)
			}
			for id, messages := range w.posts.got {
				if diff := cmp.Diff([]string{`{"n": 1.0}`}, messages); diff != "" {
					t.Errorf("%s: messages to %s (-want +got):\n%s", test.target, id, diff)
				}
			}
		}
	})
}

// newFixtureWithConnections returns a fixture of five connections: alice has a1, a2 and gone,
// which is closed; bob has b1 and stuck, for which every call fails.
func newFixtureWithConnections() *fixture {
	w := newFixture().open("alice", "a1", "a2", "gone").open("bob", "b1", "stuck")
	closedOrStuck(w)
	return w
}

// closedOrStuck returns the errors of the connections gone and stuck.
func closedOrStuck(w *fixture) {
	fate := func(_ context.Context, id string) error {
		switch id {
		case "gone", "opening", "unknown":
			return fmt.Errorf("post: %w", handler.ErrGone)
		case "stuck":
			return errors.New("buffer is full")
		}
		return nil
	}
	w.posts.post, w.posts.disconnect = fate, fate
}

// A connection that is opening looks like one that is gone. Its row must stay, because
// without it no push reaches the connection.
func TestPushKeepsOpeningConnection(t *testing.T) {
	w := newFixtureWithConnections()
	w.table.rows["opening"] = handler.Connection{ID: "opening", User: person("carol"), ConnectedAt: now.Add(-58 * time.Second)}
	answer, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"user":"carol"},"message":1}}`))
	if want := `{"sent":0,"gone":1,"failed":0}`; err != nil || answer != want {
		t.Errorf("got %s, error %v, want %s", answer, err, want)
	}
	if _, ok := w.table.rows["opening"]; !ok {
		t.Error("the row is gone, want it kept")
	}
}

func TestPushLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixtureWithConnections()
		if _, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"all":true},"message":1}}`)); err != nil {
			t.Fatal(err)
		}
		lines := w.lines(t)
		if len(lines) != 2 {
			t.Fatalf("got %d log lines, want 2: %v", len(lines), lines)
		}
		want := []map[string]any{
			{
				"level": "warn", "requestId": "request-1", "route": "push", "connectionId": "stuck",
				"error": "buffer is full", "message": "message not sent",
			},
			{
				"level": "info", "requestId": "request-1", "route": "push", "outcome": "ok",
				"sent": 3.0, "gone": 1.0, "failed": 1.0, "durationMs": 0.0,
			},
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestPushMessageMayBeNull(t *testing.T) {
	w := newFixtureWithConnections()
	_, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"connection":"a1"},"message":null}}`))
	if diff := cmp.Diff([]string{"null"}, w.posts.got["a1"]); diff != "" || err != nil {
		t.Errorf("error %v, messages (-want +got):\n%s", err, diff)
	}
}

// The number of concurrent posts is limited, and so is the number of connections that are
// listed before they are posted to.
func TestPushIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const connections, atOnce = 1000, 32
		w := newFixture()
		for i := range connections {
			id := fmt.Sprintf("c%03d", i)
			w.open("alice", id)
		}
		var posting, most atomic.Int64
		w.posts.post = func(context.Context, string) error {
			if n := posting.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Second) // of the bubble's clock
			posting.Add(-1)
			return nil
		}
		start := time.Now()
		answer, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"all":true},"message":1}}`))
		if want := `{"sent":1000,"gone":0,"failed":0}`; answer != want || err != nil {
			t.Errorf("got %s, error %v, want %s", answer, err, want)
		}
		if got, want := time.Since(start), connections/atOnce*time.Second+time.Second; most.Load() != atOnce || got != want {
			t.Errorf("got %d posts at once, %v in all, want %d, %v", most.Load(), got, atOnce, want)
		}
	})
}

// outOfTime is the end of the error of a command that ran out of time.
const outOfTime = ", and the others were not reached (context deadline exceeded): raise the setting timeout, or declare a namespace in lambda/app/channels.go, so that a queue reaches many connections"

func TestPushEndsBeforeItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixture()
		for i := range 50 {
			id := fmt.Sprintf("c%03d", i)
			w.open("alice", id)
		}
		w.posts.post = func(ctx context.Context, id string) error {
			if id == "c000" {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		_, err := w.invoke(ctx, []byte(`{"push":{"target":{"all":true},"message":1}}`))
		want := "push: time ran out after 1 sent, 0 gone, 32 failed" + outOfTime
		if err == nil || err.Error() != want || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want %s", err, want)
		}
		if got, want := time.Since(start), 9750*time.Millisecond; got != want {
			t.Errorf("got an answer after %v, want %v", got, want)
		}
	})
}

func TestPushSendsNothingAfterItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixture()
		w.open("alice", "c1")
		for range 10 {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond) // less than answerTime
			_, err := w.invoke(ctx, []byte(`{"push":{"target":{"all":true},"message":1}}`))
			cancel()
			if want := "push: time ran out after 0 sent, 0 gone, 0 failed" + outOfTime; err == nil || err.Error() != want {
				t.Fatalf("got error %v, want %s", err, want)
			}
		}
	})
}

func TestPushListFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixtureWithConnections()
		w.table.err = errors.New("table is down")
		_, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"user":"alice"},"message":1}}`))
		want := "push: table is down, after 2 sent, 1 gone, 0 failed"
		if err == nil || err.Error() != want {
			t.Errorf("got error %v, want %s", err, want)
		}
		lines := w.lines(t)
		if got := lines[0]["message"]; got != "gone connection stays in the table" {
			t.Errorf("log: got %v first, want the row that could not be deleted", got)
		}
		if last := lines[len(lines)-1]; last["sent"] != 2.0 || last["outcome"] != "failed" || last["user"] != "alice" {
			t.Errorf("log: got %v last, want the counts so far", last)
		}
	})
}
