package repository

import (
	"os/exec"
	"strings"
	"testing"
)

// A misspelt part must not look like a part that has passed.
func TestCheckRefusesUnknownPart(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "../../.ci/check", "format", "sytem").CombinedOutput()
	if err == nil || !strings.Contains(string(out), `unknown part "sytem"`) || strings.Contains(string(out), "format ...") {
		t.Errorf("got error %v, output\n%s\nwant only an error about the part", err, out)
	}
}
