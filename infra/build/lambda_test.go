package build

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// project is the folder of this project.
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
		t.Errorf("the binary contains the path of the project, %s (%v)", here, err)
	}
	t.Logf("%d bytes", stat(t, path).Size())
}

func TestLambdaZipIsReproducible(t *testing.T) {
	a, b := module(t), module(t)
	first, second := read(t, buildZip(t, a)), read(t, buildZip(t, b))
	if !bytes.Equal(first, second) {
		t.Error("got different bytes in two folders")
	}
	if err := os.RemoveAll(filepath.Join(a, folder)); err != nil {
		t.Fatal(err)
	}
	if again := read(t, buildZip(t, a)); !bytes.Equal(first, again) {
		t.Error("got different bytes in a second build")
	}
	write(t, filepath.Join(a, "lambda", "main.go"), source("bye"))
	if changed := read(t, buildZip(t, a)); bytes.Equal(first, changed) {
		t.Error("got the same bytes for another source")
	}
}

// Another process may be starting the old binary.
// Functions of one program have files of their own, although the last parts of their paths are the same.
func TestFileName(t *testing.T) {
	names := map[string]string{}
	for _, pkg := range []string{ours, ".", "./socket", "./a/socket", "./a-socket", "../socket", "example.com/socket"} {
		name := fileName(pkg)
		if names[name] != "" || name != filepath.Base(name) {
			t.Errorf("%s: got the file name %q, want one that differs from %v", pkg, name, names)
		}
		names[name] = pkg
	}
	if names["lambda"] != ours {
		t.Errorf("got %v, want lambda for %s", names, ours)
	}
}

func TestBinaryReplacesFile(t *testing.T) {
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
		t.Error("an open file of the old binary has changed")
	}
	if bytes.Equal(read(t, path), before) {
		t.Error("the binary has not changed")
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("temporary files remain: %v", left)
	}
}

func TestLambdaZipConcurrently(t *testing.T) {
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
		wantError(t, err, "build ./lambda: run go build", "undefined: missing")
	})
	t.Run("noGo", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := Binary(t.Context(), t.TempDir(), Target{})
		wantError(t, err, "go is not installed: install Go from")
	})
}

func TestReplaceRemovesTemporaryFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder")
	write(t, filepath.Join(path, "file"), "old") // a file cannot replace a folder
	wantError(t, replace(path, []byte("new")), "write "+path)
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("temporary files remain: %v", left)
	}
}

// module makes a small project with a function that prints hello.
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

// wantError fails the test unless the text of err contains every part.
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
