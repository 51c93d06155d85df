package registry_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
)

func TestOfUser(t *testing.T) {
	b := newTable(t)
	opened := func(user string, after time.Duration) func(*handler.Connection) {
		return func(c *handler.Connection) { c.User, c.ConnectedAt = user, at.Add(after) }
	}
	b.put(t, "a", opened("alice", 3*time.Second))
	b.put(t, "b", opened("bob", 0))
	b.put(t, "c", opened("alice", 123*time.Millisecond))
	b.put(t, "d", opened("alice", 2*time.Second))
	b.put(t, "e", opened("alice", time.Second))
	if err := b.Delete(t.Context(), "e"); err != nil {
		t.Fatal(err)
	}
	want := []handler.Connection{
		{ID: "c", User: "alice", ConnectedAt: at.Add(123 * time.Millisecond)},
		{ID: "d", User: "alice", ConnectedAt: at.Add(2 * time.Second)},
		{ID: "a", User: "alice", ConnectedAt: at.Add(3 * time.Second)},
	}
	if diff := cmp.Diff(want, collect(t, b.OfUser(t.Context(), "alice"))); diff != "" {
		t.Errorf("connections (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"c", "d", "a"}, collect(t, b.ByUser(t.Context(), "alice"))); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if got := collect(t, b.OfUser(t.Context(), "nobody")); len(got) != 0 {
		t.Errorf("got %v, want none", got)
	}
}

func TestExpired(t *testing.T) {
	b := newTable(t)
	for id, after := range map[string]time.Duration{"long": -time.Hour, "just": -time.Second, "now": 0, "soon": time.Second} {
		b.put(t, id, func(c *handler.Connection) { c.AuthorizedUntil = at.Add(after) })
	}
	b.putOld(t, "old")
	got := collect(t, b.Expired(t.Context(), at))
	slices.Sort(got)
	if diff := cmp.Diff([]string{"just", "long", "old"}, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}
