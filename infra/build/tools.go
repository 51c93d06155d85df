package build

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// tool is a command that may be missing or too old.
type tool struct {
	remedy string
	wants  string                    // the versions that do; empty: any
	takes  func(version [2]int) bool // the first two numbers of it
}

const node = "install Node.js 22.12 or later from https://nodejs.org"

var tools = map[string]tool{
	"go": {remedy: "install Go from https://go.dev/dl"},
	// What Vite takes.
	"node": {remedy: node, wants: "20.19 or later of 20, or 22.12 or later", takes: func(v [2]int) bool {
		return v[0] == 20 && v[1] >= 19 || v[0] == 22 && v[1] >= 12 || v[0] > 22
	}},
	// The first that reads package-lock.json as it is here.
	"npm": {remedy: node + ", which brings npm", wants: "7 or later", takes: func(v [2]int) bool { return v[0] >= 7 }},
}

// CheckNode returns an error, one sentence with the remedy, unless Node.js and
// npm are on this machine in versions that build the console and run the
// services.
func CheckNode(ctx context.Context) error { return checkTools(ctx, "node", "npm") }

// checkTools checks the commands, keys of tools, one after the other: npm does
// not run without Node.js.
func checkTools(ctx context.Context, names ...string) error {
	for _, name := range names {
		t := tools[name]
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%s is not on this machine: %s", name, t.remedy)
		}
		if t.takes == nil {
			continue
		}
		out, err := exec.CommandContext(ctx, name, "--version").Output() //nolint:gosec // one of tools
		if err != nil {
			return fmt.Errorf("ask %s for its version: %w: %s", name, err, t.remedy)
		}
		text := strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
		if version, ok := parseVersion(text); !ok || !t.takes(version) {
			return fmt.Errorf("%s is of version %s, want %s: %s", name, text, t.wants, t.remedy)
		}
	}
	return nil
}

// parseVersion reads the first two numbers of a version such as 20.19.1.
func parseVersion(text string) (v [2]int, ok bool) {
	parts := strings.SplitN(text, ".", 3)
	for i := range v {
		if i >= len(parts) {
			return v, false
		}
		n, err := strconv.Atoi(parts[i])
		if err != nil {
			return v, false
		}
		v[i] = n
	}
	return v, true
}
