package build

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// tool is a command that may be missing or too old.
type tool struct {
	remedy  string
	want    string // the supported versions; empty: any
	accepts func(major, minor int) bool
}

const nodeRemedy = "install Node.js 22.12 or later from https://nodejs.org"

var tools = map[string]tool{
	"go": {remedy: "install Go from https://go.dev/dl"},
	// The versions that Vite supports.
	"node": {remedy: nodeRemedy, want: "20.19 or later of 20, or 22.12 or later", accepts: func(major, minor int) bool {
		return major == 20 && minor >= 19 || major == 22 && minor >= 12 || major > 22
	}},
	// npm 6 cannot read version 3 of package-lock.json.
	"npm": {remedy: nodeRemedy + ", which includes npm", want: "7 or later", accepts: func(major, _ int) bool { return major >= 7 }},
}

// CheckNode returns an error unless Node.js and npm are installed in versions that
// can build the console and run the local services. The error is one sentence that
// has the remedy.
func CheckNode(ctx context.Context) error { return checkTools(ctx, "node", "npm") }

// checkTools checks the named tools in the given order, because npm needs Node.js to
// print its version.
func checkTools(ctx context.Context, names ...string) error {
	for _, name := range names {
		t := tools[name]
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%s is not installed: %s", name, t.remedy)
		}
		if t.accepts == nil {
			continue
		}
		out, err := exec.CommandContext(ctx, name, "--version").Output() //nolint:gosec // one of tools
		if err != nil {
			return fmt.Errorf("get the version of %s: %w: %s", name, err, t.remedy)
		}
		text := strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
		var major, minor int
		if n, _ := fmt.Sscanf(text, "%d.%d", &major, &minor); n < 2 || !t.accepts(major, minor) {
			return fmt.Errorf("%s has version %s, want %s: %s", name, text, t.want, t.remedy)
		}
	}
	return nil
}
