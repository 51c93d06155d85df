package handler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/identity"
	"sallyport/lambda/setting"
)

// newSameNames returns a fixture with four users that have alice's name or alice's
// subject: the user of person; a new user with the name of the deleted one; a user
// of the second issuer with the same subject; and a user of the second issuer whose
// subject is the name alice.
func newSameNames() *fixture {
	alice := person("alice")
	return newFixture().
		open("alice", "old1", "old2").
		openAs(identity.User{Issuer: alice.Issuer, Subject: "sub-of-new-alice", Name: "alice"}, "new1").
		openAs(identity.User{Issuer: "https://second.example", Subject: alice.Subject, Name: "alice"}, "second1").
		openAs(identity.User{Issuer: "https://second.example", Subject: "alice", Name: "alice"}, "second2").
		open("bob", "bob1")
}

// A target by name selects every user with this name. A target by subject selects one user.
func TestTargetsWithSameName(t *testing.T) {
	for target, want := range map[string][]string{
		`{"user":"alice"}`:           {"new1", "old1", "old2", "second1", "second2"},
		`{"user":"sub-alice"}`:       nil,
		`{"sub":"sub-alice"}`:        {"old1", "old2"},
		`{"sub":"alice"}`:            nil,
		`{"sub":"sub-of-new-alice"}`: {"new1"},
		`{"sub":"sub-alice","issuer":"https://sign-in.example"}`: {"old1", "old2"},
		`{"sub":"sub-alice","issuer":"https://second.example"}`:  {"second1"},
		`{"sub":"alice","issuer":"https://second.example"}`:      {"second2"},
	} {
		t.Run(target, func(t *testing.T) {
			w := newSameNames()
			answer, err := w.invoke(t.Context(), []byte(`{"push":{"target":`+target+`,"message":1}}`))
			var got []string
			for id := range w.posts.got {
				got = append(got, id)
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("push: got %s, error %v, to (-want +got):\n%s", answer, err, diff)
			}
			w = newSameNames()
			answer, err = w.invoke(t.Context(), []byte(`{"disconnect":{"target":`+target+`}}`))
			if diff := cmp.Diff(want, w.posts.endedIDs()); err != nil || diff != "" {
				t.Errorf("disconnect: got %s, error %v, ended (-want +got):\n%s", answer, err, diff)
			}
		})
	}
}

func TestTargetOfSubjectIsLogged(t *testing.T) {
	w := newSameNames()
	if _, err := w.invoke(t.Context(), readEvent(t, "push_sub", nil)); err != nil {
		t.Fatal(err)
	}
	w.logged(t, map[string]any{"userId": issuer + "#sub-alice", "user": nil, "sent": 2.0})
	if _, err := w.invoke(t.Context(), readEvent(t, "disconnect_sub", nil)); err != nil {
		t.Fatal(err)
	}
	w.logged(t, map[string]any{"userId": issuer + "#sub-alice", "user": nil, "disconnected": 2.0})
}

// Signing out ends the connections of one user, not those of another user with the
// same name.
func TestSignOutWithSameName(t *testing.T) {
	alice := person("alice")
	for _, test := range []struct {
		name string
		user identity.User
		want []string
	}{
		{"old", alice, []string{"old1", "old2"}},
		{"madeAnew", identity.User{Issuer: issuer, Subject: "sub-of-new-alice", Name: "alice"}, []string{"new1"}},
		{"ofSecondIssuer", identity.User{Issuer: "https://second.example", Subject: alice.Subject, Name: "alice"}, []string{"second1"}},
		{"renamed", identity.User{Issuer: issuer, Subject: alice.Subject, Name: "bob"}, []string{"old1", "old2"}},
		{"unknown", identity.User{Issuer: issuer, Subject: "alice", Name: "alice"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newSameNames().verifiesAs(test.user, expires, nil)
			w.request(t, readEvent(t, "http_sign_out", nil))
			if diff := cmp.Diff(test.want, w.posts.endedIDs()); diff != "" {
				t.Errorf("ended (-want +got):\n%s", diff)
			}
		})
	}
}

// The connection limit counts the connections of one user, not those of other users with the
// same name.
func TestConnectionLimitWithSameName(t *testing.T) {
	w := newSameNames()
	w.config.ConnectionsPerUser, w.config.OverCap = 1, setting.Oldest
	if _, err := w.invoke(t.Context(), readEvent(t, "connect", nil)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"old1", "old2"}, w.posts.endedIDs()); diff != "" {
		t.Errorf("ended (-want +got):\n%s", diff)
	}
}

// A ticket has all fields of the user of its token.
func TestTicketCarriesUser(t *testing.T) {
	want := identity.User{Issuer: "https://second.example", Subject: "#1", Name: "alice"}
	w := newFixture().verifiesAs(want, expires, nil)
	w.request(t, readEvent(t, "http_ticket", nil))
	answer, err := w.invoke(t.Context(), readEvent(t, "authorizer_ticket", nil))
	context := fmt.Sprintf(`"context":{"user":%q,"issuer":%q,"sub":%q,`, want.Name, want.Issuer, want.Subject)
	if err != nil || !strings.Contains(answer, context) {
		t.Errorf("got %s, error %v, want %s in it", answer, err, context)
	}
}
