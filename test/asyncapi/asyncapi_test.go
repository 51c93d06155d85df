package asyncapi

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/test/support"
)

// document is a file of make generate. sample has every kind of declaration.
const (
	document = "../../docs/asyncapi.json"
	sample   = "../../lambda/contract/testdata/asyncapi.json"
)

func TestDocument(t *testing.T) {
	support.InstallPackages(t, ".")
	support.DependOn(t, "validate.mjs", sample)
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ old, replacement, problem string }{
		"document":       {},
		"sample":         {},
		"broken link":    {`"#/channels/socket/messages/pong"`, `"#/channels/socket/messages/pang"`, "invalid-ref"},
		"unknown action": {`"action": "receive"`, `"action": "take"`, "asyncapi-document"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "asyncapi.json")
			changed := strings.Replace(string(text), test.old, test.replacement, 1)
			if name == "sample" {
				file = sample
			} else if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), "node", "validate.mjs", file).CombinedOutput()
			if (err != nil) != (test.problem != "") || !strings.Contains(string(out), test.problem) {
				t.Errorf("got error %v and %q, want the problem %q", err, out, test.problem)
			}
		})
	}
}
