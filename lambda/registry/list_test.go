package registry_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
	"sallyport/lambda/identity"
)

func TestLists(t *testing.T) {
	b := newTable(t)
	bob := identity.User{Issuer: alice.Issuer, Subject: "sub-bob", Name: "bob"}
	anew := identity.User{Issuer: alice.Issuer, Subject: "sub-of-new-alice", Name: "alice"}
	opened := func(user identity.User, after time.Duration) func(*handler.Connection) {
		return func(c *handler.Connection) { c.User, c.ConnectedAt = user, at.Add(after) }
	}
	b.put(t, "a", opened(alice, 3*time.Second))
	b.put(t, "b", opened(bob, 0))
	b.put(t, "c", opened(alice, 123*time.Millisecond))
	b.put(t, "d", opened(alice, 2*time.Second))
	b.put(t, "e", opened(alice, time.Second))
	b.put(t, "f", opened(anew, 1500*time.Millisecond))
	b.putOld(t, "g", "userId") // without userId, so only ByName finds it
	if err := b.Delete(t.Context(), "e"); err != nil {
		t.Fatal(err)
	}
	want := []handler.Connection{
		{ID: "c", ConnectedAt: at.Add(123 * time.Millisecond)},
		{ID: "d", ConnectedAt: at.Add(2 * time.Second)},
		{ID: "a", ConnectedAt: at.Add(3 * time.Second)},
	}
	if diff := cmp.Diff(want, collect(t, b.ByUser(t.Context(), alice.ID()))); diff != "" {
		t.Errorf("connections (-want +got):\n%s", diff)
	}
	for _, test := range []struct {
		name string
		got  []string
		want []string
	}{
		{"user", idsOf(collect(t, b.ByUser(t.Context(), alice.ID()))), []string{"c", "d", "a"}},
		{"madeAnew", idsOf(collect(t, b.ByUser(t.Context(), anew.ID()))), []string{"f"}},
		{"name", idsOf(collect(t, b.ByName(t.Context(), "alice"))), []string{"g", "c", "f", "d", "a"}},
		{"nameAsID", idsOf(collect(t, b.ByUser(t.Context(), "alice"))), nil},
		{"idAsName", idsOf(collect(t, b.ByName(t.Context(), alice.ID()))), nil},
		{"nobody", idsOf(collect(t, b.ByUser(t.Context(), "nobody"))), nil},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s: ids (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestExpired(t *testing.T) {
	b := newTable(t)
	for id, after := range map[string]time.Duration{"long": -time.Hour, "just": -time.Second, "now": 0, "soon": time.Second} {
		b.put(t, id, func(c *handler.Connection) { c.AuthorizedUntil = at.Add(after) })
	}
	b.putOld(t, "old", "authorizedUntil")
	b.putOld(t, "withoutID", "userId")
	got := idsOf(collect(t, b.Expired(t.Context(), at)))
	slices.Sort(got)
	if diff := cmp.Diff([]string{"just", "long", "old", "withoutID"}, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}
