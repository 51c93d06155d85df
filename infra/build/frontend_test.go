package build

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// version is the beginning of a script that replaces npm or node.
const version = `#!/bin/sh
[ "$*" != --version ] || { echo 22.12.0; exit; }`

// npm is a script that replaces npm. It writes its arguments to the file calls, beside
// frontend, and makes the folders that npm would make.
const npm = version + `
echo "$@" >>../calls
case "$1" in
ci) mkdir -p node_modules ;;
run) mkdir -p dist && cp src/main.ts dist/index.html ;;
esac
`

// console makes a project with a frontend, and replaces npm by script.
func console(t *testing.T, script string) (root string) {
	t.Helper()
	root = t.TempDir()
	bin := filepath.Join(root, "bin")
	for name, content := range map[string]string{"npm": script, "node": version} {
		path := filepath.Join(bin, name)
		write(t, path, content)
		if err := os.Chmod(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	write(t, filepath.Join(root, "frontend", "package-lock.json"), "{}")
	write(t, filepath.Join(root, "frontend", "src", "main.ts"), "one")
	return root
}

// calls returns the arguments of the calls of npm since the last call of calls.
func calls(t *testing.T, root string) []string {
	t.Helper()
	path := filepath.Join(root, "calls")
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

func TestFrontendRunsOnlyNecessarySteps(t *testing.T) {
	const install, build = "ci --no-audit --no-fund", "run build"
	root := console(t, npm)
	frontend := filepath.Join(root, "frontend")
	steps := []struct {
		name   string
		change func() error
		want   []string
	}{
		{"first", func() error { return nil }, []string{install, build}},
		{"nothingChanged", func() error { return nil }, nil},
		{"source", func() error { write(t, filepath.Join(frontend, "src", "main.ts"), "two"); return nil }, []string{build}},
		{"newFile", func() error { write(t, filepath.Join(frontend, "src", "more.ts"), "x"); return nil }, []string{build}},
		{"renamedFile", func() error {
			return os.Rename(filepath.Join(frontend, "src", "more.ts"), filepath.Join(frontend, "src", "other.ts"))
		}, []string{build}},
		{"lock", func() error { write(t, filepath.Join(frontend, "package-lock.json"), "{ }"); return nil }, []string{install, build}},
		{"noPackages", func() error { return os.RemoveAll(filepath.Join(frontend, "node_modules")) }, []string{install}},
		{"noResult", func() error { return os.RemoveAll(filepath.Join(frontend, "dist")) }, []string{build}},
		{"testOutput", func() error { write(t, filepath.Join(frontend, "test-results", "x.png"), "x"); return nil }, nil},
		{"packageContent", func() error { write(t, filepath.Join(frontend, "node_modules", "a", "a.js"), "x"); return nil }, nil},
	}
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			if err := s.change(); err != nil {
				t.Fatal(err)
			}
			dist, err := Frontend(t.Context(), root, quiet)
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(frontend, "dist"); dist != want {
				t.Errorf("got %s, want %s", dist, want)
			}
			if got := calls(t, root); !slices.Equal(got, s.want) {
				t.Errorf("got npm called with %q, want %q", got, s.want)
			}
		})
	}
}

func TestFrontendReportsProgress(t *testing.T) {
	root := console(t, npm)
	var got []string
	progress := func(s string) { got = append(got, s) }
	for range 2 {
		if _, err := Frontend(t.Context(), root, progress); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"installing npm packages for the console", "building the console"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFrontendErrors(t *testing.T) {
	t.Run("failsThenSucceeds", func(t *testing.T) {
		root := console(t, strings.Replace(npm, "run)", "run) seq 1 30; echo \"src/main.ts: no such thing\"; [ -e ../good ] || exit 2;", 1))
		_, err := Frontend(t.Context(), root, quiet)
		wantError(t, err, "build console: run npm run build: exit status 2\n", "\n30\n", "src/main.ts: no such thing")
		if strings.Contains(err.Error(), "\n5\n") {
			t.Errorf("got the whole output of npm, want its end: %v", err)
		}
		write(t, filepath.Join(root, "good"), "")
		if _, err := Frontend(t.Context(), root, quiet); err != nil {
			t.Error(err)
		}
	})
	t.Run("noResult", func(t *testing.T) {
		_, err := Frontend(t.Context(), console(t, version), quiet)
		wantError(t, err, "run npm ci", "node_modules is missing")
	})
	t.Run("noNode", func(t *testing.T) {
		root := console(t, npm)
		t.Setenv("PATH", t.TempDir())
		_, err := Frontend(t.Context(), root, quiet)
		wantError(t, err, "node is not installed: install Node.js 22")
	})
	t.Run("noFrontend", func(t *testing.T) {
		_, err := Frontend(t.Context(), t.TempDir(), quiet)
		wantError(t, err, "build console", "package-lock.json")
	})
	t.Run("cancelled", func(t *testing.T) {
		root := console(t, version+"\necho >../started\nexec sleep 60\n")
		started := filepath.Join(root, "started")
		if err := syscall.Mkfifo(started, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			_, _ = os.ReadFile(started) // waits for npm to open it
			cancel()
		})
		_, err := Frontend(ctx, root, quiet)
		group.Wait()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
	})
}

func TestFrontendFiles(t *testing.T) {
	root := console(t, strings.Replace(npm, "cp src/main.ts dist/index.html", "mkdir -p dist/assets && cp src/main.ts dist/assets/a.js && cp src/main.ts dist/index.html", 1))
	files, err := FrontendFiles(t.Context(), root, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 || string(files["index.html"]) != "one" || string(files["assets/a.js"]) != "one" {
		t.Errorf("got %q, want index.html and assets/a.js with the text one", files)
	}
}

func TestPackages(t *testing.T) {
	root := console(t, npm)
	lockfile := filepath.Join(root, "frontend", "package-lock.json")
	var mu sync.Mutex
	var messages []string
	install := func() {
		err := Packages(t.Context(), root, "frontend", "a test", func(s string) {
			mu.Lock()
			defer mu.Unlock()
			messages = append(messages, s)
		})
		if err != nil {
			t.Error(err)
		}
	}
	for _, step := range []struct {
		name   string
		change func()
		want   int // installations in all
	}{
		{"first", func() {}, 1},
		{"nothingChanged", func() {}, 1},
		{"lockfile", func() { write(t, lockfile, "{ }") }, 2},
		{"noPackages", func() { _ = os.RemoveAll(filepath.Join(root, "frontend", "node_modules")) }, 3},
	} {
		step.change()
		var all sync.WaitGroup
		for range 3 { // at the same time, as by several programs
			all.Go(install)
		}
		all.Wait()
		if len(messages) != step.want || messages[0] != "installing npm packages for a test" {
			t.Errorf("%s: got the messages %q, want %d", step.name, messages, step.want)
		}
	}
	t.Setenv("PATH", t.TempDir())
	write(t, lockfile, "{}")
	wantError(t, Packages(t.Context(), root, "frontend", "a test", quiet), "node is not installed: install Node.js 22.12 or later")
	ctx, cancel := context.WithCancel(t.Context())
	unlock, err := lock(ctx, filepath.Join(root, folder, "frontend.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	cancel()
	if err := Packages(ctx, root, "frontend", "a test", quiet); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestFrontendConcurrently(t *testing.T) {
	root := console(t, npm)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if _, err := Frontend(t.Context(), root, quiet); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := calls(t, root); len(got) != 2 {
		t.Errorf("got %d calls of npm, want each command once: %v", len(got), got)
	}
}

// quiet ignores the messages about the progress.
func quiet(string) {}
