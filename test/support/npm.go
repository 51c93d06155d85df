package support

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// InstallPackages installs the npm packages of a folder, unless the packages of its lockfile
// are installed.
func InstallPackages(t *testing.T, folder string) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join(folder, "package-lock.json")) //nolint:gosec // the path is the test's
	if err != nil {
		t.Fatal(err)
	}
	stamp := filepath.Join(folder, "node_modules", ".installed")
	if have, err := os.ReadFile(stamp); err == nil && string(have) == string(want) { //nolint:gosec // as above
		return
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--loglevel=error")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("install the npm packages of %s: %v: %s", folder, err, out)
	}
	if err := os.WriteFile(stamp, want, 0o600); err != nil { //nolint:gosec // as above
		t.Fatal(err)
	}
}
