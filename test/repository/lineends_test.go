package repository

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLineEnds checks that a checkout does not change the line ends of scripts, golden files
// and lock files. Git for Windows converts line ends by default (core.autocrlf=true).
func TestLineEnds(t *testing.T) {
	t.Chdir(root)
	var files []string
	for _, pattern := range []string{".ci/*", "scripts/*.*s*", "infra/testdata/*.json", "local/plan.json", "docs/*", "go.mod", "go.sum", "main.go", "README.md", ".gitattributes"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Errorf("%s: found %v, error %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	for _, dir := range npmPackages {
		files = append(files, dir+"/package.json", dir+"/package-lock.json")
	}
	repository, checkout := t.TempDir(), t.TempDir()
	for _, file := range files {
		copyTo(t, repository, file)
	}
	for _, args := range [][]string{
		{"init", "-q"},
		{"-c", "core.autocrlf=true", "-c", "core.safecrlf=false", "add", "--all"},
		{"-c", "core.autocrlf=true", "checkout-index", "-q", "--all", "--prefix=" + checkout + "/"},
	} {
		if out, err := exec.CommandContext(t.Context(), "git", slices.Concat([]string{"-C", repository}, args)...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	for _, file := range files {
		if got := readText(t, filepath.Join(checkout, file)); got != readText(t, file) || strings.Contains(got, "\r\n") {
			t.Errorf("%s has different line ends after a checkout with core.autocrlf=true: see .gitattributes", file)
		}
	}
}

// copyTo copies a file to the same path below dir.
func copyTo(t *testing.T, dir, file string) {
	t.Helper()
	path := filepath.Join(dir, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(readText(t, file)), 0o600); err != nil {
		t.Fatal(err)
	}
}
