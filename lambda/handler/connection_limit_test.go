package handler_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
	"sallyport/lambda/setting"
)

const tooMany = `{"type":"closing","data":{"code":"too_many_connections","message":"You have too many connections open."}}`

// limited returns a fixture with a connection limit and three connections of alice: a1, a2
// and a3.
func limited(limit int, over setting.OverCap) *fixture {
	w := newFixture().open("alice", "a1", "a2", "a3").open("bob", "b1", "b2", "b3", "b4")
	w.config.ConnectionsPerUser, w.config.OverCap = limit, over
	return w
}

func TestConnectionLimit(t *testing.T) {
	tests := []struct {
		name     string
		limit    int
		over     setting.OverCap
		ended    []string
		admitted bool
	}{
		{"none", 0, setting.Oldest, nil, true},
		{"noneNewest", 0, setting.Newest, nil, true},
		{"belowLimit", 4, setting.Oldest, nil, true},
		{"belowLimitNewest", 4, setting.Newest, nil, true},
		{"oldestEnds", 3, setting.Oldest, []string{"a1"}, true},
		{"newestRefused", 3, setting.Newest, nil, false},
		{"unknownValue", 3, "", nil, false},
		{"loweredOldest", 1, setting.Oldest, []string{"a1", "a2", "a3"}, true},
		{"loweredNewest", 1, setting.Newest, []string{"a2", "a3"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := limited(test.limit, test.over)
			w.config.Metrics = "sallyport-test"
			answer, err := w.invoke(t.Context(), readEvent(t, "connect", nil))
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"a1", "a2", "a3", "b1", "b2", "b3", "b4"}
			if test.admitted {
				want = append([]string{connectionID}, want...)
			}
			want = slices.DeleteFunc(want, func(id string) bool { return slices.Contains(test.ended, id) })
			if diff := cmp.Diff(want, w.table.ids()); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.ended, w.posts.endedIDs()); diff != "" {
				t.Errorf("ended (-want +got):\n%s", diff)
			}
			for _, id := range test.ended {
				if diff := cmp.Diff([]string{tooMany}, w.posts.got[id]); diff != "" {
					t.Errorf("messages to %s (-want +got):\n%s", id, diff)
				}
			}
			reply := decodeReply(t, answer)
			if test.admitted != (reply.StatusCode == 200) || !test.admitted && (reply.StatusCode != 403 || !strings.Contains(reply.Body, "too_many_connections")) {
				t.Errorf("got %+v, want it accepted: %v", reply, test.admitted)
			}
			values := w.metricsOf(t)
			over := test.limit > 0 && test.limit < 4
			if (values["OverCap"] == 1.0) != over || (values["Connects"] == 1.0) != test.admitted || over && test.ended != nil && values["DisconnectedByFunction"] != float64(len(test.ended)) {
				t.Errorf("got metrics %v", values)
			}
		})
	}
}

// The index may not have the new connection yet, or it may have another one that opened at
// the same time.
func TestConnectionLimitByAge(t *testing.T) {
	event := time.UnixMilli(1708326900123)
	for name, test := range map[string]struct {
		other time.Time
		id    string
		over  setting.OverCap
		want  int // status
	}{
		"newerIsThere":       {event.Add(time.Millisecond), "x", setting.Oldest, 403},
		"newerIsThereNewest": {event.Add(time.Millisecond), "x", setting.Newest, 200},
		"older":              {event.Add(-time.Millisecond), "x", setting.Oldest, 200},
		"olderNewest":        {event.Add(-time.Millisecond), "x", setting.Newest, 403},
		"sameTimeAfter":      {event, connectionID + "z", setting.Oldest, 403},
		"sameTimeBefore":     {event, "A", setting.Oldest, 200},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture()
			w.config.ConnectionsPerUser, w.config.OverCap = 1, test.over
			w.table.rows[test.id] = handler.Connection{ID: test.id, User: person("alice"), ConnectedAt: test.other}
			answer, err := w.invoke(t.Context(), readEvent(t, "connect", nil))
			if got := decodeReply(t, answer); err != nil || got.StatusCode != test.want {
				t.Errorf("got %+v, error %v, want status %d", got, err, test.want)
			}
		})
	}
}

// DynamoDB may take days to remove the row of a connection whose $disconnect was lost. A row
// that is older than the lifetime of a connection does not count.
func TestConnectionLimitIgnoresOldRows(t *testing.T) {
	const lifetime = 2*time.Hour + 10*time.Minute
	connected := time.UnixMilli(1708326900123) // of the event
	for age, want := range map[time.Duration]int{lifetime - time.Millisecond: 403, lifetime: 200} {
		w := newFixture()
		w.config.ConnectionsPerUser, w.config.OverCap = 1, setting.Newest
		w.table.rows["old"] = handler.Connection{ID: "old", User: person("alice"), ConnectedAt: connected.Add(-age)}
		answer, err := w.invoke(t.Context(), readEvent(t, "connect", nil))
		if got := decodeReply(t, answer); err != nil || got.StatusCode != want {
			t.Errorf("after %v: got %+v, error %v, want status %d", age, got, err, want)
		}
	}
}

// Many connections open at once and are recorded in any order. The newest ones stay, as many
// as allowed, and each event causes few disconnects.
func TestConnectionLimitOfManyAtOnce(t *testing.T) {
	const limit, many = 5, 60
	w := newFixture()
	w.config.ConnectionsPerUser = limit
	mux := w.mux()
	for i := range many {
		at := now.Add(-time.Hour + time.Duration(i*7%many)*time.Millisecond)
		_, err := mux.Invoke(t.Context(), readEvent(t, "connect", func(e map[string]any) {
			c := object(e, "requestContext")
			c["connectionId"], c["connectedAt"] = fmt.Sprintf("c%02d", i*7%many), at.UnixMilli()
		}))
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"c55", "c56", "c57", "c58", "c59"}, w.table.ids()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got := len(w.posts.ended); got > many-limit {
		t.Errorf("got %d disconnects, want at most %d", got, many-limit)
	}
}

// A connection is recorded after connections that are newer. With setting.Newest, those of
// them that exceed the limit end.
func TestConnectionLimitOfLateEvents(t *testing.T) {
	for name, test := range map[string]struct {
		limit  int
		want   []string
		status int
	}{
		"enoughForAll": {4, nil, 200},
		"oneTooMany":   {3, []string{"z3"}, 200},
		"onlyItself":   {1, []string{"z1", "z2", "z3"}, 200},
		"notEvenSelf":  {1, []string{"z1", "z2", "z3"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture()
			w.config.ConnectionsPerUser, w.config.OverCap = test.limit, setting.Newest
			connected := time.UnixMilli(1708326900123) // of the event
			for i := range 3 {
				id := fmt.Sprintf("z%d", i+1)
				w.table.rows[id] = handler.Connection{ID: id, User: person("alice"), ConnectedAt: connected.Add(time.Duration(i+1) * time.Millisecond)}
			}
			if test.status == 403 {
				w.table.rows["first"] = handler.Connection{ID: "first", User: person("alice"), ConnectedAt: connected.Add(-time.Millisecond)}
			}
			answer, err := w.invoke(t.Context(), readEvent(t, "connect", nil))
			if got := decodeReply(t, answer); err != nil || got.StatusCode != test.status {
				t.Errorf("got %+v, error %v, want status %d", got, err, test.status)
			}
			if diff := cmp.Diff(test.want, w.posts.endedIDs()); diff != "" {
				t.Errorf("ended (-want +got):\n%s", diff)
			}
		})
	}
}

// Each event ends a few of the connections beyond the limit, so that no event makes many
// calls.
func TestConnectionLimitEndsFew(t *testing.T) {
	w := newFixture()
	for i := range 100 {
		w.open("alice", fmt.Sprintf("c%02d", i))
	}
	w.config.ConnectionsPerUser = 20
	if _, err := w.invoke(t.Context(), readEvent(t, "connect", nil)); err != nil || len(w.posts.ended) != 5 {
		t.Errorf("got %d ended, error %v, want 5", len(w.posts.ended), err)
	}
}

func TestConnectionLimitCannotEnd(t *testing.T) {
	tests := []struct {
		name     string
		err      error
		age      time.Duration
		wantRow  bool
		wantLogs int
	}{
		{"gone", handler.ErrGone, time.Hour, false, 1},
		{"opening", handler.ErrGone, 10 * time.Second, true, 1},
		{"fails", errors.New("it is down"), time.Hour, true, 3}, // the post, the disconnect, the event
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newFixture()
			w.config.ConnectionsPerUser = 1
			w.table.rows["old"] = handler.Connection{ID: "old", User: person("alice"), ConnectedAt: now.Add(-test.age)}
			failure := func(context.Context, string) error { return test.err }
			w.posts.post, w.posts.disconnect = failure, failure
			answer, err := w.invoke(t.Context(), readEvent(t, "connect", nil))
			if got := decodeReply(t, answer); err != nil || got.StatusCode != 200 {
				t.Errorf("got %+v, error %v, want the new connection accepted", got, err)
			}
			if _, ok := w.table.rows["old"]; ok != test.wantRow {
				t.Errorf("row exists: got %v, want %v", ok, test.wantRow)
			}
			lines := w.lines(t)
			if len(lines) != test.wantLogs {
				t.Errorf("got %d log lines, want %d: %v", len(lines), test.wantLogs, lines)
			}
			for _, line := range lines[:len(lines)-1] {
				if line["otherConnectionId"] != "old" || line["connectionId"] != connectionID {
					t.Errorf("got %v, want the ids of both connections", line)
				}
			}
		})
	}
}

func TestConnectionLimitCountFails(t *testing.T) {
	w := limited(3, setting.Oldest)
	down := errors.New("index is down")
	w.table.listErr = down
	_, err := w.invoke(t.Context(), readEvent(t, "connect", nil))
	if !errors.Is(err, down) {
		t.Errorf("got error %v, want the error of the index", err)
	}
	if _, ok := w.table.rows[connectionID]; ok {
		t.Error("got a row of a connection that was refused")
	}
	w.logged(t, map[string]any{"code": "unavailable"})
}
