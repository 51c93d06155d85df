package livereload

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEditInSteps edits a file in many steps.
func TestEditInSteps(t *testing.T) {
	root := t.TempDir()
	builds := 0
	src := New(root, filepath.Join(root, "missing"))
	src.Rebuild = func(context.Context) error { builds++; return nil }
	for size := range 10 {
		edit(t, root, "file", strings.Repeat("x", size))
		src.Check(t.Context())
	}
	if builds != 0 {
		t.Errorf("during the edit: got %d builds, want none", builds)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ticks, ended := make(chan time.Time), make(chan struct{})
	go func() {
		defer close(ended)
		src.watch(ctx, ticks)
	}()
	for range 3 {
		ticks <- time.Time{} // received after the previous check has ended
	}
	cancel()
	<-ended
	if builds != 1 {
		t.Errorf("got %d builds, want 1", builds)
	}
}

// Sources are the regular files that a build reads. A folder that a build writes has no sources.
func TestStamps(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"main.go", "main_test.go", "src/page.tsx", "node_modules/p/index.js", "dist/page.html", "testdata/x"} {
		edit(t, root, name, "x")
	}
	got := slices.Sorted(maps.Keys(New(root).built))
	want := []string{filepath.Join(root, "main.go"), filepath.Join(root, "src", "page.tsx")}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func BenchmarkStamps(b *testing.B) {
	s := New("../../lambda", "../../frontend")
	for b.Loop() {
		s.stamps()
	}
}

// edit writes a file.
func edit(t *testing.T, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
