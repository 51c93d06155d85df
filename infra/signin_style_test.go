package infra

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The hosted pages have the colours of the console, and their style comes after their domain.
func TestSignInStyle(t *testing.T) {
	p := stackPlan(t, "dev")
	style := one(t, p, "aws:cognito/userPoolUICustomization:UserPoolUICustomization")
	domain := one(t, p, "aws:cognito/userPoolDomain:UserPoolDomain")
	if got := style.Get("userPoolId"); got != domain.Get("userPoolId") {
		t.Errorf("got pool %v, want %v", got, domain.Get("userPoolId"))
	}
	tokens, err := os.ReadFile("../frontend/src/styles/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	css, _ := style.Get("css").(string)
	colours := regexp.MustCompile(`#\w+`).FindAllString(css, -1)
	if len(colours) == 0 || len(css) > 3<<10 {
		t.Errorf("got %d colours in %d bytes, want some, in at most 3 KB", len(colours), len(css))
	}
	for _, colour := range colours {
		if !strings.Contains(string(tokens), "light-dark("+colour+",") {
			t.Errorf("colour %s is not a light colour of the console", colour)
		}
	}
}
