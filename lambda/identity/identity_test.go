package identity_test

import (
	"fmt"
	"testing"

	"sallyport/lambda/identity"
)

func TestID(t *testing.T) {
	tests := []struct {
		name, issuer, subject string
		want                  string
	}{
		{"usual", "https://a.example", "1", "https://a.example#1"},
		{"otherIssuer", "https://b.example", "1", "https://b.example#1"},
		{"separatorInSubject", "https://a.example", "1#2", "https://a.example#1#2"},
		{"onlySeparator", "https://a.example", "#", "https://a.example##"},
		{"noIssuer", "", "1", ""},
		{"noSubject", "https://a.example", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u := identity.User{Issuer: test.issuer, Subject: test.subject, Name: "alice"}
			if got := u.ID(); got != test.want {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			if back, ok := identity.Parse(u.ID(), "alice"); ok != (test.want != "") || ok && back != u {
				t.Errorf("back: got %+v, %v", back, ok)
			}
		})
	}
}

func TestParseInvalidID(t *testing.T) {
	for _, id := range []string{"", "alice", "#", "#1", "https://a.example", "https://a.example#"} {
		if got, ok := identity.Parse(id, "alice"); ok || got != (identity.User{}) {
			t.Errorf("%q: got %+v, %v, want no user", id, got, ok)
		}
	}
}

func Example() {
	old := identity.User{Issuer: "https://a.example", Subject: "1", Name: "alice"}
	anew := identity.User{Issuer: "https://a.example", Subject: "2", Name: "alice"}
	fmt.Println(old.ID(), old.ID() == anew.ID())
	// Output: https://a.example#1 false
}
