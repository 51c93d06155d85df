package build

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// The project's folder.
const project = "../.."

func TestLambdaZip(t *testing.T) {
	path, err := LambdaZip(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = z.Close() })
	if len(z.File) != 1 {
		t.Fatalf("got %d entries, want one", len(z.File))
	}
	f := z.File[0]
	if f.Name != "bootstrap" {
		t.Errorf("got entry %q, want bootstrap", f.Name)
	}
	if got := f.Mode(); got != 0o755 {
		t.Errorf("got mode %v, want -rwxr-xr-x", got)
	}
	if want := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC); !f.Modified.Equal(want) {
		t.Errorf("got time %v, want %v", f.Modified, want)
	}
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	e, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if e.Machine != elf.EM_AARCH64 {
		t.Errorf("got machine %v, want EM_AARCH64", e.Machine)
	}
	if libraries, _ := e.ImportedLibraries(); len(libraries) > 0 {
		t.Errorf("got libraries %v, want a static binary", libraries)
	}
	if here, err := filepath.Abs(project); err != nil || bytes.Contains(content, []byte(here)) {
		t.Errorf("the binary names the folder it was built in, %s (%v)", here, err)
	}
	t.Logf("%d bytes", stat(t, path).Size())
}

func TestLambdaZipHasTheSameBytesWhereverItIsBuilt(t *testing.T) {
	a, b := module(t), module(t)
	first, second := read(t, buildZip(t, a)), read(t, buildZip(t, b))
	if !bytes.Equal(first, second) {
		t.Error("two folders gave different bytes")
	}
	if err := os.RemoveAll(filepath.Join(a, folder)); err != nil {
		t.Fatal(err)
	}
	if again := read(t, buildZip(t, a)); !bytes.Equal(first, again) {
		t.Error("a second build gave different bytes")
	}
	write(t, filepath.Join(a, "lambda", "main.go"), source("bye"))
	if changed := read(t, buildZip(t, a)); bytes.Equal(first, changed) {
		t.Error("another source gave the same bytes")
	}
}

// Someone may just be starting the binary that stands there.
func TestBinaryIsReplacedNotRewritten(t *testing.T) {
	root := module(t)
	path, err := Binary(t.Context(), root, Target{})
	if err != nil {
		t.Fatal(err)
	}
	before := read(t, path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	write(t, filepath.Join(root, "lambda", "main.go"), source("bye"))
	if _, err := Binary(t.Context(), root, Target{}); err != nil {
		t.Fatal(err)
	}
	still, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(still, before) {
		t.Error("who had the old binary open does not read it any more")
	}
	if bytes.Equal(read(t, path), before) {
		t.Error("the binary was not renewed")
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLambdaZipAtOnce(t *testing.T) {
	root := module(t)
	want := read(t, buildZip(t, root))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			path, err := LambdaZip(t.Context(), root)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
				t.Errorf("got other bytes (%v)", err)
			}
		})
	}
	group.Wait()
}

func TestBinaryErrors(t *testing.T) {
	t.Run("brokenCode", func(t *testing.T) {
		root := module(t)
		write(t, filepath.Join(root, "lambda", "main.go"), "package main\n\nfunc main() { missing() }\n")
		_, err := Binary(t.Context(), root, Target{})
		wantError(t, err, "build lambda: run go build", "undefined: missing")
	})
	t.Run("noGo", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := Binary(t.Context(), t.TempDir(), Target{})
		wantError(t, err, "go is not installed: install Go from")
	})
}

func TestReplaceLeavesNothingBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "note")
	write(t, path, "old")
	err := replace(path, 0o600, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return errors.New("broke")
	})
	wantError(t, err, "write "+path, "broke")
	if got := string(read(t, path)); got != "old" {
		t.Errorf("got %q, want what stood there", got)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// module makes a small project with a Lambda that prints hello.
func module(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	write(t, filepath.Join(root, "go.mod"), "module small\n\ngo 1.26\n")
	write(t, filepath.Join(root, "lambda", "main.go"), source("hello"))
	return root
}

func source(text string) string {
	return "package main\n\nfunc main() { println(\"" + text + "\") }\n"
}

func buildZip(t *testing.T, root string) string {
	t.Helper()
	path, err := LambdaZip(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func stat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	i, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// wantError wants every part in err's text.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want one with %q", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("got error %q, want %q in it", err, p)
		}
	}
}
