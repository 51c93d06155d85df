package infra

import (
	"regexp"
	"strings"
	"testing"
)

func TestResourceName(t *testing.T) {
	for key, want := range map[string]string{
		"$connect": "connect", "whoami": "whoami", "a/b.c d": "a-b-c-d", "Send_all-2": "Send_all-2", "größe": "gr--e",
	} {
		if got := resourceName(key); got != want {
			t.Errorf("resourceName(%q): got %q, want %q", key, got, want)
		}
	}
}

func TestDomainPrefix(t *testing.T) {
	got, again, other := domainPrefix("eu-west-1_aBcDeFgHi"), domainPrefix("eu-west-1_aBcDeFgHi"), domainPrefix("eu-west-1_aBcDeFgHj")
	if got != again || got == other {
		t.Errorf("got %q, %q for the same pool and %q for another", got, again, other)
	}
	// What CreateUserPoolDomain takes.
	if !regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`).MatchString(got) {
		t.Errorf("Cognito refuses %q", got)
	}
	for _, reserved := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(got, reserved) {
			t.Errorf("Cognito refuses %q for %q", got, reserved)
		}
	}
}

func TestContentSecurityPolicy(t *testing.T) {
	got := contentSecurityPolicy("wss://a.example https://b.example")
	if want := "; connect-src 'self' wss://a.example https://b.example; "; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
	for _, never := range []string{"unsafe", "*", "http:", "blob:"} {
		if strings.Contains(got, never) {
			t.Errorf("got %q, want no %q", got, never)
		}
	}
}
