package repository

import (
	"os/exec"
	"strings"
	"testing"

	"sallyport/test/support"
)

// TestCheckRefusesUnknownPart checks that a misspelled part is an error, and does not pass.
func TestCheckRefusesUnknownPart(t *testing.T) {
	support.DependOn(t, "../../.ci")
	out, err := exec.CommandContext(t.Context(), "../../.ci/check", "format", "browser").CombinedOutput()
	if err == nil || !strings.Contains(string(out), `unknown part "browser"`) || strings.Contains(string(out), "format ...") {
		t.Errorf("got error %v, output\n%s\nwant only an error about the part", err, out)
	}
}
