package registry_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
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
	b.put(t, "d", func(c *handler.Connection) {
		c.ConnectedAt, c.Trace = at.Add(2*time.Second), "4bf92f3577b34da6a3ce929d0e0e4736"
	})
	b.put(t, "e", opened(alice, time.Second))
	b.put(t, "f", opened(anew, 1500*time.Millisecond))
	b.putOld(t, "g", "userId") // without userId, so only ByName finds it
	if err := b.Delete(t.Context(), "e"); err != nil {
		t.Fatal(err)
	}
	want := []handler.Connection{
		{ID: "c", ConnectedAt: at.Add(123 * time.Millisecond)},
		{ID: "d", ConnectedAt: at.Add(2 * time.Second), Trace: "4bf92f3577b34da6a3ce929d0e0e4736"},
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
	for id, after := range map[string]time.Duration{"long": -time.Hour, "just": -time.Second, "now": 0, "soon": time.Second, "refreshed": -time.Hour, "closed": -time.Hour} {
		b.put(t, id, func(c *handler.Connection) { c.AuthorizedUntil = at.Add(after) })
	}
	if err := b.Extend(t.Context(), "refreshed", alice.ID(), at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := b.Delete(t.Context(), "closed"); err != nil {
		t.Fatal(err)
	}
	b.put(t, "ends before", func(c *handler.Connection) { c.AuthorizedUntil = c.ExpiresAt })
	b.putOld(t, "old", "expiryShard")
	list := func(after time.Duration) []string {
		got := idsOf(collect(t, b.Expired(t.Context(), at.Add(after))))
		slices.Sort(got)
		return got
	}
	if diff := cmp.Diff([]string{"just", "long"}, list(0)); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"just", "long", "now", "refreshed", "soon"}, list(24*time.Hour)); diff != "" {
		t.Errorf("a day later: ids (-want +got):\n%s", diff)
	}
}

// Every partition of the index has a part of the connections, and the list has all of them.
func TestExpiredOfManyConnections(t *testing.T) {
	b := newTable(t)
	var want []string
	shards := map[string]bool{}
	for i := range 100 {
		id := fmt.Sprintf("c%03d", i)
		want = append(want, id)
		b.put(t, id, nil)
		out, err := b.client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &b.name, Key: map[string]types.AttributeValue{"connectionId": &types.AttributeValueMemberS{Value: id}}})
		if err != nil {
			t.Fatal(err)
		}
		if n, ok := out.Item["expiryShard"].(*types.AttributeValueMemberN); ok {
			shards[n.Value] = true
		}
	}
	got := idsOf(collect(t, b.Expired(t.Context(), at.Add(2*time.Hour))))
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(shards) != 8 {
		t.Errorf("got %d partitions, want 8; ids (-want +got):\n%s", len(shards), diff)
	}
}
