package handler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
)

// These tests run in synctest bubbles, like those of the push.

func TestDisconnectTargets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tests := []struct {
			target string
			want   handler.Ended
			left   []string
		}{
			{`{"connection":"a1"}`, handler.Ended{Disconnected: 1}, []string{"a2", "b1", "gone", "stuck"}},
			{`{"connection":"gone"}`, handler.Ended{Gone: 1}, []string{"a1", "a2", "b1", "stuck"}},
			{`{"connection":"stuck"}`, handler.Ended{Failed: 1}, []string{"a1", "a2", "b1", "gone", "stuck"}},
			{`{"user":"alice"}`, handler.Ended{Disconnected: 2, Gone: 1}, []string{"b1", "stuck"}},
			{`{"user":"nobody"}`, handler.Ended{}, []string{"a1", "a2", "b1", "gone", "stuck"}},
			{`{"all":true}`, handler.Ended{Disconnected: 3, Gone: 1, Failed: 1}, []string{"stuck"}},
		}
		for _, test := range tests {
			w := newFixtureWithConnections()
			answer, err := w.invoke(t.Context(), []byte(`{"disconnect":{"target":`+test.target+`,"reason":"<Lunch> \"now\""}}`))
			if err != nil {
				t.Errorf("%s: %v", test.target, err)
				continue
			}
			var got handler.Ended
			if err := json.Unmarshal([]byte(answer), &got); err != nil || got != test.want {
				t.Errorf("%s: got %s, error %v, want %+v", test.target, answer, err, test.want)
			}
			if diff := cmp.Diff(test.left, w.table.ids()); diff != "" {
				t.Errorf("%s: rows left (-want +got):\n%s", test.target, diff)
			}
			for id, messages := range w.posts.got {
				want := []string{`{"type":"closing","data":{"code":"disconnected","message":"<Lunch> \"now\""}}`}
				if diff := cmp.Diff(want, messages); diff != "" {
					t.Errorf("%s: messages to %s (-want +got):\n%s", test.target, id, diff)
				}
			}
		}
	})
}

// A connection that is opening cannot be ended yet. It counts as failed, so that
// the backend tries again.
func TestDisconnectOfOpeningConnectionFails(t *testing.T) {
	w := newFixtureWithConnections()
	w.table.rows["opening"] = handler.Connection{ID: "opening", User: person("carol"), ConnectedAt: now.Add(-58 * time.Second)}
	answer, err := w.invoke(t.Context(), []byte(`{"disconnect":{"target":{"user":"carol"}}}`))
	if want := `{"disconnected":0,"gone":0,"failed":1}`; err != nil || answer != want {
		t.Errorf("got %s, error %v, want %s", answer, err, want)
	}
	if _, ok := w.table.rows["opening"]; !ok {
		t.Error("the row is gone, want it kept")
	}
	if got := w.lines(t)[0]["error"]; got != "the connection is opening, or closed a moment ago: try again" {
		t.Errorf("got %v logged, want the cause", got)
	}
}

// A client of Centrifugo's protocol closes its connection when it receives the closing
// message, before the function can. The function has ended that connection all the same.
func TestDisconnectOfClientThatClosesItself(t *testing.T) {
	for _, since := range []time.Duration{time.Second, time.Hour} {
		w := newFixture().open("alice", "a1")
		c := w.table.rows["a1"]
		c.ConnectedAt = now.Add(-since)
		w.table.rows["a1"] = c
		w.posts.disconnect = func(context.Context, string) error { return handler.ErrGone }
		answer, err := w.invoke(t.Context(), []byte(`{"disconnect":{"target":{"user":"alice"}}}`))
		if want := `{"disconnected":1,"gone":0,"failed":0}`; err != nil || answer != want {
			t.Errorf("after %s: got %s, error %v, want %s", since, answer, err, want)
		}
		if len(w.table.rows) > 0 {
			t.Errorf("after %s: the row is left", since)
		}
	}
}

func TestDisconnectAnswer(t *testing.T) {
	w := newFixtureWithConnections()
	answer, err := w.invoke(t.Context(), readEvent(t, "disconnect_user", nil))
	if want := `{"disconnected":2,"gone":1,"failed":0}`; answer != want || err != nil {
		t.Errorf("got %s, error %v, want %s", answer, err, want)
	}
	if got := w.posts.got["a1"][0]; !strings.Contains(got, "The connection was ended by the operator.") {
		t.Errorf("got %s, want the text of the catalogue without a reason", got)
	}
	w.logged(t, map[string]any{"route": "disconnect", "user": "alice", "disconnected": 2.0, "outcome": "ok", "reason": nil})
}

// The closing message is sent first, then the connection is closed, and the row is deleted
// last. After a failure, the row is still there for another attempt.
func TestEndInOrder(t *testing.T) {
	w := newFixture().open("alice", "a1")
	var steps []string
	w.posts.post = func(context.Context, string) error {
		steps = append(steps, fmt.Sprintf("post with %d rows", len(w.table.rows)))
		return nil
	}
	w.posts.disconnect = func(context.Context, string) error {
		steps = append(steps, fmt.Sprintf("disconnect with %d rows", len(w.table.rows)))
		return nil
	}
	if _, err := w.invoke(t.Context(), []byte(`{"disconnect":{"target":{"all":true}}}`)); err != nil {
		t.Fatal(err)
	}
	steps = append(steps, fmt.Sprintf("%d rows", len(w.table.rows)))
	if diff := cmp.Diff([]string{"post with 1 rows", "disconnect with 1 rows", "0 rows"}, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestDisconnectEndsBeforeItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixture()
		for i := range 50 {
			w.open("alice", fmt.Sprintf("c%03d", i))
		}
		w.posts.disconnect = func(ctx context.Context, id string) error {
			if id == "c000" {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := w.invoke(ctx, []byte(`{"disconnect":{"target":{"all":true}}}`))
		want := "end connections: time ran out after 1 disconnected, 0 gone, 32 failed" + outOfTime
		if err == nil || err.Error() != want {
			t.Errorf("got error %v, want %s", err, want)
		}
	})
}

func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixture().at(expires)
		w.config.Metrics = "sallyport-test"
		for id, until := range map[string]time.Time{
			"good":   expires.Add(time.Hour),
			"leeway": expires.Add(-30 * time.Second),
			"over":   expires.Add(-31 * time.Second),
			"long":   expires.Add(-time.Hour),
			"gone":   expires.Add(-time.Hour),
			"stuck":  expires.Add(-time.Hour),
		} {
			w.table.rows[id] = handler.Connection{ID: id, User: person("alice"), AuthorizedUntil: until}
		}
		closedOrStuck(w)
		answer, err := w.invoke(t.Context(), readEvent(t, "schedule", nil))
		if want := `{"disconnected":2,"gone":1,"failed":1}`; answer != want || err != nil {
			t.Errorf("got %s, error %v, want %s", answer, err, want)
		}
		if got, want := w.table.sweptFor, expires.Add(-30*time.Second); !got.Equal(want) {
			t.Errorf("got a list of those expired at %v, want %v", got, want)
		}
		if diff := cmp.Diff([]string{"good", "leeway", "stuck"}, w.table.ids()); diff != "" {
			t.Errorf("rows left (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string][]string{"over": {tokenExpired}, "long": {tokenExpired}}, w.posts.got); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]any{"Route": "sweep", "DisconnectedByFunction": 2.0}, w.metricsOf(t)); diff != "" {
			t.Errorf("metrics (-want +got):\n%s", diff)
		}
	})
}

// The sweep does not end a connection that was refreshed or closed after it was listed.
func TestSweepReadsTheRowAgain(t *testing.T) {
	w := newFixture().at(expires.Add(time.Hour)).open("alice", "refreshed", "closed")
	w.table.listed = func(id string) {
		if id == "closed" {
			delete(w.table.rows, id)
			return
		}
		w.table.rows[id] = handler.Connection{ID: id, User: person("alice"), AuthorizedUntil: expires.Add(2 * time.Hour)}
	}
	answer, err := w.invoke(t.Context(), readEvent(t, "schedule", nil))
	if want := `{"disconnected":0,"gone":0,"failed":0}`; answer != want || err != nil || len(w.posts.ended) != 0 {
		t.Errorf("got %s, error %v, ended %v, want %s", answer, err, w.posts.ended, want)
	}
}

func TestSweepListFails(t *testing.T) {
	w := newFixture()
	w.table.err = errors.New("table is down")
	_, err := w.invoke(t.Context(), readEvent(t, "schedule", nil))
	if !errors.Is(err, w.table.err) {
		t.Errorf("got error %v, want the error of the table", err)
	}
	w.logged(t, map[string]any{"route": "sweep", "code": "unavailable"})
}

func TestOtherEventsOfEventBridge(t *testing.T) {
	for key, value := range map[string]string{"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification"} {
		w := newFixture().at(expires.Add(time.Hour)).open("alice", "a1")
		_, err := w.invoke(t.Context(), readEvent(t, "schedule", func(e map[string]any) { e[key] = value }))
		if err == nil || !strings.Contains(err.Error(), "the kind of the event is unknown") || len(w.posts.ended) != 0 {
			t.Errorf("%s: got error %v, want an unknown kind", value, err)
		}
	}
}
