package build

import (
	"os"
	"path/filepath"
	"testing"
)

// script writes a command that prints text for --version, and fails otherwise.
func script(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	write(t, path, "#!/bin/sh\n[ \"$*\" = --version ] && echo '"+text+"'\n")
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestCheckNode(t *testing.T) {
	const remedy = ": install Node.js 22.12 or later from https://nodejs.org"
	for name, c := range map[string]struct{ node, npm, want string }{
		"20.19":      {"v20.19.0", "10.8.2", ""},
		"22.12":      {"v22.12.0", "10.8.2", ""},
		"newer":      {"v26.1.0", "12.0.0", ""},
		"nightly":    {"v25.0.0-nightly2026", "11.0.0", ""},
		"18":         {"v18.20.4", "10.7.0", "node has version 18.20.4, want 20.19 or later of 20, or 22.12 or later" + remedy},
		"20.18":      {"v20.18.3", "10.7.0", "node has version 20.18.3, want"},
		"21":         {"v21.7.3", "10.7.0", "node has version 21.7.3, want"},
		"22.11":      {"v22.11.0", "10.7.0", "node has version 22.11.0, want"},
		"12":         {"v12.22.9", "6.14.0", "node has version 12.22.9, want"},
		"noVersion":  {"hello", "10.7.0", "node has version hello, want"},
		"noNode":     {"", "10.7.0", "node is not installed" + remedy},
		"npmTooOld":  {"v20.19.0", "6.14.18", "npm has version 6.14.18, want 7 or later" + remedy + ", which includes npm"},
		"npmMissing": {"v20.19.0", "", "npm is not installed" + remedy + ", which includes npm"},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			if c.node != "" {
				script(t, bin, "node", c.node)
			}
			if c.npm != "" {
				script(t, bin, "npm", c.npm)
			}
			t.Setenv("PATH", bin)
			err := CheckNode(t.Context())
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, c.want)
		})
	}
}

// With an old Node.js, the build of the console does not start.
func TestFrontendWithOldNode(t *testing.T) {
	root := console(t, npm)
	script(t, filepath.Join(root, "bin"), "node", "v18.20.4")
	_, err := Frontend(t.Context(), root, quiet)
	wantError(t, err, "node has version 18.20.4, want")
	if got := calls(t, root); got != nil {
		t.Errorf("got npm called with %q, want no call", got)
	}
}
