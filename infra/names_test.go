package infra

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sallyport/infra/review"
)

// With the longest name that a stack can have, all names obey the rules.
func TestLongestStackName(t *testing.T) {
	p := run(t, strings.Repeat("s", 30), "testdata/Pulumi.everything.yaml")
	for _, rule := range review.Rules() {
		for _, violation := range rule.Check(p) {
			t.Errorf("%s: %s", rule.Name, violation)
		}
	}
}

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
		t.Errorf("got %q and %q for one pool, and %q for another", got, again, other)
	}
	// The form that CreateUserPoolDomain accepts.
	if !regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`).MatchString(got) {
		t.Errorf("Cognito refuses %q", got)
	}
	for _, reserved := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(got, reserved) {
			t.Errorf("Cognito refuses %q, which contains %q", got, reserved)
		}
	}
}

func TestContentSecurityPolicy(t *testing.T) {
	got := contentSecurityPolicy("wss://a.example https://b.example")
	if want := "; connect-src 'self' wss://a.example https://b.example; "; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
	for _, want := range []string{"require-trusted-types-for 'script'", "trusted-types 'none'"} {
		if !slices.Contains(strings.Split(got, "; "), want) {
			t.Errorf("got %q, want the directive %q", got, want)
		}
	}
	for _, never := range []string{"unsafe", "*", "http:", "blob:"} {
		if strings.Contains(got, never) {
			t.Errorf("got %q, want it without %q", got, never)
		}
	}
}

func TestCrossOriginOpenerPolicy(t *testing.T) {
	policy := one(t, stackPlan(t, "dev"), "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy")
	want := map[string]any{"items": []any{
		map[string]any{"header": "Cross-Origin-Opener-Policy", "value": "same-origin", "override": true},
	}}
	if got := policy.Get("customHeadersConfig"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// On a registered domain, HSTS must not include subdomains: it would force TLS on
// every other site of the company.
func TestHSTSIncludesSubdomains(t *testing.T) {
	for domain, want := range map[string]bool{
		"": true, "chat.example.com": true, "a.chat.example.com": true, "chat.example.co.uk": true,
		"example.com": false, "example.co.uk": false, "example.github.io": false, "com": false, "co.uk": false,
	} {
		if got := includesSubdomains(domain); got != want {
			t.Errorf("%q: got %v, want %v", domain, got, want)
		}
	}
	for stack, want := range map[string]any{"dev": true, "domains": true} { // chat.example.com
		headers, _ := one(t, stackPlan(t, stack), "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy").Get("securityHeadersConfig").(map[string]any)
		hsts, _ := headers["strictTransportSecurity"].(map[string]any)
		if hsts["includeSubdomains"] != want {
			t.Errorf("%s: got %v, want %v", stack, hsts, want)
		}
	}
}
