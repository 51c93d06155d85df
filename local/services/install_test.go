package services_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sallyport/local/services"
)

// project writes an npm project without packages and returns its folder.
func project(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, version)
	return dir
}

func write(t *testing.T, dir, version string) {
	t.Helper()
	for name, content := range map[string]string{
		"package.json":      `{"name":"p","version":"` + version + `"}`,
		"package-lock.json": `{"name":"p","version":"` + version + `","lockfileVersion":3,"requires":true,"packages":{"":{"name":"p","version":"` + version + `"}}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestInstall(t *testing.T) {
	dir, notes := project(t, "1.0.0"), filepath.Join(t.TempDir(), "notes")
	var installed atomic.Int32
	install := func() {
		t.Helper()
		if err := services.InstallIn(t.Context(), dir, notes, func(string) { installed.Add(1) }); err != nil {
			t.Error(err)
		}
	}
	var all sync.WaitGroup
	for range 3 { // at the same time, as by processes of their own
		all.Go(install)
	}
	all.Wait()
	if got := installed.Load(); got != 1 {
		t.Errorf("installed %d times, want once", got)
	}
	write(t, dir, "1.0.1")
	install()
	install()
	if got := installed.Load(); got != 2 {
		t.Errorf("installed %d times in all, want once more after a change", got)
	}
	if err := os.RemoveAll(filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	install()
	if got := installed.Load(); got != 3 {
		t.Errorf("installed %d times in all, want once more after node_modules was removed", got)
	}
}

func TestInstallFails(t *testing.T) {
	dir := project(t, "1.0.0")
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := services.InstallIn(t.Context(), dir, t.TempDir(), nil)
	if err == nil || !strings.HasPrefix(err.Error(), "run npm ci: exit status 1: code EJSONPARSE; ") {
		t.Errorf("got %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	err = services.InstallIn(t.Context(), dir, t.TempDir(), nil)
	if err == nil || !strings.Contains(err.Error(), "install Node.js 20 or later with npm") {
		t.Errorf("without npm: got %v", err)
	}
}
