package handler_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sallyport/lambda/errcode"
	"sallyport/lambda/handler"
	"sallyport/lambda/identity"
)

func TestRefresh(t *testing.T) {
	hour := expires.Add(time.Hour)
	bad := errcode.Refuse(errcode.TokenInvalid, "signature does not verify")
	tests := []struct {
		name  string
		user  string
		until time.Time
		err   error
		row   string // the row's user; empty: no row
		want  string // in the answer
		kept  time.Time
	}{
		{"extends", "alice", hour, nil, "alice", `{"type":"refreshed","data":{"expires":1708334100}}`, hour},
		{"neverShortens", "alice", expires.Add(-time.Minute), nil, "alice", `{"type":"refreshed","data":{"expires":1708330500}}`, expires},
		{"same", "alice", expires, nil, "alice", `{"type":"refreshed","data":{"expires":1708330500}}`, expires},
		{"otherUser", "mallory", hour, nil, "alice", `"refresh_other_user"`, expires},
		{"otherCase", "Alice", hour, nil, "alice", `"refresh_other_user"`, expires},
		{"noUser", "", hour, nil, "alice", `"refresh_other_user"`, expires},
		{"badToken", "", time.Time{}, bad, "alice", `"token_invalid"`, expires},
		{"expired", "", time.Time{}, errcode.Refuse(errcode.TokenExpired, "old"), "alice", `"token_expired"`, expires},
		{"audience", "alice", hour, errcode.Refuse(errcode.TokenAudience, "other"), "alice", `"token_audience"`, expires},
		{"noRow", "alice", hour, nil, "", `"connection_unknown"`, time.Time{}},
		{"rowOfOther", "alice", hour, nil, "bob", `"connection_unknown"`, expires},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newFixture()
			w.verify = func(got string) (identity.User, time.Time, error) {
				if got != token {
					t.Errorf("verified %q, want %q", got, token)
				}
				return person(test.user), test.until, test.err
			}
			if test.row != "" {
				w.open(test.row, connectionID)
			}
			answer, err := w.invoke(t.Context(), readEvent(t, "refresh", nil))
			if body := decodeReply(t, answer).Body; err != nil || !strings.Contains(body, test.want) {
				t.Errorf("got %s, error %v, want %s", body, err, test.want)
			}
			if got := w.table.rows[connectionID].AuthorizedUntil; !got.Equal(test.kept) {
				t.Errorf("got authorized until %v, want %v", got, test.kept)
			}
			if len(w.posts.ended) != 0 {
				t.Error("the connection was ended")
			}
		})
	}
}

// After a refresh, the guard accepts messages until the new expiry.
func TestRefreshThenMessage(t *testing.T) {
	w := newFixture().open("alice", connectionID).verifies("alice", expires.Add(time.Hour), nil)
	if _, err := w.invoke(t.Context(), readEvent(t, "refresh", nil)); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		at   time.Time
		want string
	}{{expires.Add(59 * time.Minute), `\"echo\"`}, {expires.Add(61 * time.Minute), `{"statusCode":200}`}} {
		if answer, err := w.at(step.at).invoke(t.Context(), readEvent(t, "message", nil)); err != nil || !strings.Contains(answer, step.want) {
			t.Errorf("at %v: got %s, error %v, want %s", step.at, answer, err, step.want)
		}
	}
}

func TestRefreshMalformed(t *testing.T) {
	for _, body := range []string{
		`{"action":"refresh"}`, `{"action":"refresh","token":""}`, `{"action":"refresh","token":null}`, `{"action":"refresh","token":5}`,
		`{"action":"refresh","token":["a"]}`, `{"action":"refresh","token":{"a":"b"}}`, `["refresh"]`, `"refresh"`, `null`, ``, `{"token":"a"`,
		strings.Repeat("[", 20000),
		`{"action":"refresh","token":"a","token":"b"}`, `{"action":"refresh","token":"a","Token":"b"}`, `{"action":"refresh","action":"refresh","token":"a"}`,
	} {
		w := newFixture().open("alice", connectionID)
		w.verify = func(got string) (identity.User, time.Time, error) {
			t.Errorf("%.40s: verified %q", body, got)
			return person("alice"), expires, nil
		}
		answer, err := w.invoke(t.Context(), readEvent(t, "refresh", func(e map[string]any) { e["body"] = body }))
		if err != nil || !strings.Contains(answer, "refresh_malformed") {
			t.Errorf("%.40s: got %s, error %v, want refresh_malformed", body, answer, err)
		}
	}
}

// Issuer and subject must stay the same. The name may change.
func TestRefreshOfSameUser(t *testing.T) {
	alice := person("alice")
	for name, test := range map[string]struct {
		user identity.User
		want string
	}{
		"renamed":            {identity.User{Issuer: alice.Issuer, Subject: alice.Subject, Name: "alicia"}, `"refreshed"`},
		"madeAnew":           {identity.User{Issuer: alice.Issuer, Subject: "sub-of-new-alice", Name: "alice"}, `"refresh_other_user"`},
		"ofSecondIssuer":     {identity.User{Issuer: "https://second.example", Subject: alice.Subject, Name: "alice"}, `"refresh_other_user"`},
		"nameIsSubject":      {identity.User{Issuer: alice.Issuer, Subject: "alice", Name: "alice"}, `"refresh_other_user"`},
		"otherCaseSubject":   {identity.User{Issuer: alice.Issuer, Subject: "SUB-alice", Name: "alice"}, `"refresh_other_user"`},
		"noSubject":          {identity.User{Issuer: alice.Issuer, Name: "alice"}, `"refresh_other_user"`},
		"separatorElsewhere": {identity.User{Issuer: alice.Issuer + "#sub-alice", Name: "alice"}, `"refresh_other_user"`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture().open("alice", connectionID).verifiesAs(test.user, expires.Add(time.Hour), nil)
			if got := replyOf(t, w, "refresh"); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if got := w.table.rows[connectionID].AuthorizedUntil.After(expires); got != (name == "renamed") {
				t.Errorf("the connection was extended: %v", got)
			}
		})
	}
}

func TestRefreshCannotDecide(t *testing.T) {
	down := errors.New("it is down")
	for name, w := range map[string]*fixture{"issuer": newFixture().verifies("", time.Time{}, down), "table": newFixture()} {
		if name == "table" {
			w.table.err = down
		}
		if _, err := w.invoke(t.Context(), readEvent(t, "refresh", nil)); !errors.Is(err, down) {
			t.Errorf("%s: got error %v, want the error of the dependency", name, err)
		}
		w.logged(t, map[string]any{"code": "unavailable", "level": "error"})
	}
}

func TestWhoamiReadsTheRow(t *testing.T) {
	w := newFixture()
	w.table.rows[connectionID] = handler.Connection{ID: connectionID, User: person("alice"), AuthorizedUntil: expires.Add(time.Hour)}
	if got, want := replyOf(t, w, "whoami"), `{"type":"whoami","data":{"connectionId":"WhHAe-TROkECC5w=","user":"alice","issuer":"https://sign-in.example","sub":"sub-alice","expires":1708334100}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	delete(w.table.rows, connectionID)
	if got := replyOf(t, w, "whoami"); !strings.Contains(got, `"connection_unknown"`) {
		t.Errorf("got %s, want connection_unknown", got)
	}
	w.table.err = errors.New("table is down")
	if _, err := w.invoke(t.Context(), readEvent(t, "whoami", nil)); !errors.Is(err, w.table.err) {
		t.Errorf("got error %v, want the error of the table", err)
	}
}

// replyOf returns the message that answers an event of testdata.
func replyOf(t *testing.T, w *fixture, event string) string {
	t.Helper()
	answer, err := w.invoke(t.Context(), readEvent(t, event, nil))
	if err != nil {
		t.Fatal(err)
	}
	return decodeReply(t, answer).Body
}
