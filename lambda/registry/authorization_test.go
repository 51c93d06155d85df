package registry_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
)

func TestGet(t *testing.T) {
	b := newTable(t)
	const traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	b.put(t, "known", func(c *handler.Connection) { c.Trace = traceID })
	b.putOld(t, "old", "authorizedUntil")
	b.putOld(t, "withoutID", "userId")
	tests := []struct {
		id   string
		want time.Time
		user string // the subject
		err  error
	}{
		{"known", at.Add(time.Hour), "sub-alice", nil},
		{"old", time.Unix(0, 0), "sub-alice", nil},
		{"withoutID", time.Unix(0, 0), "", nil},
		{"unknown", time.Time{}, "", handler.ErrGone},
	}
	for _, test := range tests {
		t.Run(test.id, func(t *testing.T) {
			got, err := b.Get(t.Context(), test.id)
			if !errors.Is(err, test.err) || !got.AuthorizedUntil.Equal(test.want) || got.User.Subject != test.user || (got.Trace == traceID) != (test.id == "known") {
				t.Errorf("got %v, error %v, want %v of %q, error %v", got, err, test.want, test.user, test.err)
			}
		})
	}
}

func TestDeleteOlder(t *testing.T) {
	tests := []struct {
		name, id string
		before   time.Time
		want     bool // whether there is no row afterwards
	}{
		{"older", "known", at.Add(time.Millisecond), true},
		{"sameTime", "known", at, false},
		{"younger", "known", at.Add(-time.Second), false},
		{"unknown", "unknown", at, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newTable(t)
			b.put(t, "known", nil)
			if got, err := b.DeleteOlder(t.Context(), test.id, test.before); err != nil || got != test.want {
				t.Errorf("got %v, error %v, want %v", got, err, test.want)
			}
			gone := test.want && test.id == "known"
			if _, err := b.Get(t.Context(), "known"); errors.Is(err, handler.ErrGone) != gone {
				t.Errorf("got error %v for the row, want ErrGone: %v", err, gone)
			}
		})
	}
}

func TestExtend(t *testing.T) {
	tests := []struct {
		name  string
		user  string
		until time.Time
		want  time.Time // the recorded time afterwards
		err   error
	}{
		{"later", alice.ID(), at.Add(2 * time.Hour), at.Add(2 * time.Hour), nil},
		{"same", alice.ID(), at.Add(time.Hour), at.Add(time.Hour), nil},
		{"earlier", alice.ID(), at.Add(time.Minute), at.Add(time.Hour), nil},
		{"ofOther", "mallory", at.Add(2 * time.Hour), at.Add(time.Hour), handler.ErrGone},
		{"ofOtherAndEarlier", "mallory", at.Add(time.Minute), at.Add(time.Hour), handler.ErrGone},
		{"ofSameName", "alice", at.Add(2 * time.Hour), at.Add(time.Hour), handler.ErrGone},
		{"ofOtherIssuer", "https://second.example#sub-alice", at.Add(2 * time.Hour), at.Add(time.Hour), handler.ErrGone},
		{"ofNobody", "", at.Add(2 * time.Hour), at.Add(time.Hour), handler.ErrGone},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newTable(t)
			b.put(t, "c", nil)
			if err := b.Extend(t.Context(), "c", test.user, test.until); !errors.Is(err, test.err) {
				t.Errorf("got error %v, want %v", err, test.err)
			}
			if got, err := b.Get(t.Context(), "c"); err != nil || !got.AuthorizedUntil.Equal(test.want) {
				t.Errorf("then got %v, error %v, want %v", got, err, test.want)
			}
		})
	}
	t.Run("old", func(t *testing.T) {
		b := newTable(t)
		b.putOld(t, "c", "authorizedUntil")
		if err := b.Extend(t.Context(), "c", alice.ID(), at); err != nil {
			t.Error(err)
		}
		if got, err := b.Get(t.Context(), "c"); err != nil || !got.AuthorizedUntil.Equal(at) {
			t.Errorf("then got %v, error %v, want %v", got, err, at)
		}
	})
	t.Run("withoutID", func(t *testing.T) {
		b := newTable(t)
		b.putOld(t, "c", "userId")
		for _, id := range []string{alice.ID(), "", "alice"} {
			if err := b.Extend(t.Context(), "c", id, at.Add(2*time.Hour)); !errors.Is(err, handler.ErrGone) {
				t.Errorf("%q: got error %v, want ErrGone", id, err)
			}
		}
	})
	t.Run("closed", func(t *testing.T) {
		b := newTable(t)
		if err := b.Extend(t.Context(), "c", alice.ID(), at); !errors.Is(err, handler.ErrGone) {
			t.Errorf("got error %v, want ErrGone", err)
		}
		if rows := b.rows(t); len(rows) != 0 {
			t.Errorf("then got rows %v, want none", rows)
		}
	})
	t.Run("inAnyOrder", func(t *testing.T) {
		b := newTable(t)
		b.put(t, "c", nil)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if err := b.Extend(t.Context(), "c", alice.ID(), at.Add(time.Hour+time.Duration(i)*time.Second)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got, err := b.Get(t.Context(), "c"); err != nil || !got.AuthorizedUntil.Equal(at.Add(time.Hour+19*time.Second)) {
			t.Errorf("got %v, error %v, want the latest of all", got, err)
		}
	})
}

func TestCountMessages(t *testing.T) {
	b := newTable(t)
	b.put(t, "c", nil)
	b.put(t, "other", nil)
	minute := time.Unix(1708326900/60*60, 0)
	for i, step := range []struct {
		after time.Duration
		want  int
	}{
		{0, 1},
		{59 * time.Second, 2},
		{60 * time.Second, 1},
		{59 * time.Second, 1}, // a late event of an earlier minute starts a new count
		{60 * time.Second, 2},
		{119 * time.Second, 3},
		{240 * time.Second, 1},
	} {
		got, err := b.CountMessages(t.Context(), "c", 1, minute.Add(step.after))
		if err != nil || got != step.want {
			t.Errorf("step %d: got %d, error %v, want %d", i, got, err, step.want)
		}
	}
	if got, err := b.CountMessages(t.Context(), "c", 40, minute.Add(240*time.Second)); err != nil || got != 41 {
		t.Errorf("40 messages after 1: got %d, error %v, want 41", got, err)
	}
}

func TestCountMessagesLeavesLittle(t *testing.T) {
	b := newTable(t)
	b.put(t, "c", nil)
	for i := range 10 {
		if _, err := b.CountMessages(t.Context(), "c", 1, time.Unix(int64(60*(1000+i)), 0)); err != nil {
			t.Fatal(err)
		}
	}
	want := [][]string{{"authorizedUntil", "connectedAt", "connectionId", "expiresAt", "expiryShard", "messages1009", "user", "userId"}}
	if diff := cmp.Diff(want, b.rows(t)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestCountMessagesOfClosedConnection(t *testing.T) {
	b := newTable(t)
	if got, err := b.CountMessages(t.Context(), "c", 1, at); got != 0 || !errors.Is(err, handler.ErrGone) {
		t.Errorf("got %d, error %v, want ErrGone", got, err)
	}
	if rows := b.rows(t); len(rows) != 0 {
		t.Errorf("then got rows %v, want none", rows)
	}
}

func TestCountMessagesAtOnce(t *testing.T) {
	b := newTable(t)
	b.put(t, "c", nil)
	const messages = 50
	counts := make([]int, messages)
	var all sync.WaitGroup
	for i := range messages {
		all.Go(func() {
			var err error
			if counts[i], err = b.CountMessages(t.Context(), "c", 1, at); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	slices.Sort(counts)
	for i, got := range counts {
		if got != i+1 {
			t.Fatalf("got counts %v, want each from 1 to %d", counts, messages)
		}
	}
}
