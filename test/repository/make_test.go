package repository

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// makefile is a copy of the Makefile and its scripts in dir, and a folder of tools, which is
// the PATH of make.
type makefile struct{ dir, tools string }

// newMakefile returns a makefile whose command go is the shell script goScript. With "",
// there is no command go.
func newMakefile(t *testing.T, goScript string) makefile {
	t.Helper()
	m := makefile{dir: t.TempDir(), tools: t.TempDir()}
	for _, name := range []string{"Makefile", "go.mod", ".ci/need-go", ".ci/plan", ".ci/first-build"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m.write(t, filepath.Join(m.dir, name), string(text))
	}
	m.write(t, filepath.Join(m.dir, "infra", "kept"), "")
	for _, name := range []string{"make", "bash", "sh", "env", "awk", "sort", "head", "tail", "dirname", "mkdir", "chmod"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(m.tools, name)); err != nil {
			t.Fatal(err)
		}
	}
	if goScript != "" {
		m.write(t, filepath.Join(m.tools, "go"), "#!/bin/sh\n"+goScript)
	}
	return m
}

func (m makefile) write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

// make runs make and returns its output.
func (m makefile) make(t *testing.T, target string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(m.tools, "make"), "-s", "-C", m.dir, "--no-print-directory", target)
	cmd.Env = []string{"PATH=" + m.tools, "HOME=" + m.dir, "LOG=" + filepath.Join(m.dir, "go.log")}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestMakeNeedsGo checks that make prints one sentence and compiles nothing if Go is missing
// or too old.
func TestMakeNeedsGo(t *testing.T) {
	t.Chdir(root)
	for name, c := range map[string]struct{ script, want string }{
		"missing":       {"", "Go is not installed: install Go 1."},
		"old":           {"echo go1.22.12", "Go 1.22.12 is too old: install Go 1."},
		"olderThanMod":  {"echo go1.9", "Go 1.9 is too old: install Go 1."},
		"noDownload":    {"echo 'go: download go1.26: no network' >&2; exit 1", "Go cannot run here (go: download go1.26: no network): install Go 1."},
		"brokenInstall": {"exit 2", "Go cannot run here (): install Go 1."},
	} {
		for _, target := range []string{"run", "plan", "preflight"} {
			t.Run(name+"/"+target, func(t *testing.T) {
				out, err := newMakefile(t, c.script).make(t, target)
				first, rest, _ := strings.Cut(out, "\n")
				if err == nil || !strings.HasPrefix(first, c.want) || !strings.HasSuffix(first, " or later from https://go.dev/dl") {
					t.Errorf("got %v: %s", err, out)
				}
				if lines := strings.Count(rest, "\n"); lines > 1 || !strings.HasPrefix(rest, "make: ***") {
					t.Errorf("got\n%s\nwant one sentence and the line of make", out)
				}
			})
		}
	}
}

func TestMakeAcceptsGo(t *testing.T) {
	t.Chdir(root)
	for _, version := range []string{"go1.27.0", "go1.100.0", "go2.0.0", "devel +abc"} {
		out, err := newMakefile(t, `[ "$1" = env ] && echo "`+version+`"; exit 0`).make(t, "plan")
		if strings.Contains(out, "too old") || strings.Contains(out, "cannot run here") {
			t.Errorf("%s: got %v: %s", version, err, out)
		}
	}
}

// TestMakeRun checks that the first make run prints its progress, that a later one does not,
// and that an error ends make.
func TestMakeRun(t *testing.T) {
	t.Chdir(root)
	m := newMakefile(t, `
case "$1 $2" in
  "env GOVERSION") echo go1.99.0; exit ;;
  "build -v") for i in 1 2 3 4 5 6 7 8 9 10; do printf 'net/http\nos\nfmt\nio\nbytes\n'; done; echo "go: downloading m v1.0.0" ;;
esac >&2
[ ! -e broken ] || { echo "local/main.go:1:1: does not compile" >&2; exit 1; }
mkdir -p .build; echo 'echo "the local run, $*"' >.build/local; chmod +x .build/local`)
	m.write(t, filepath.Join(m.dir, "broken"), "")
	if out, err := m.make(t, "run"); err == nil || strings.Count(out, "does not compile") != 1 || strings.Contains(out, "the local run,") {
		t.Errorf("broken: got error %v, output\n%s\nwant the error of the compiler once", err, out)
	}
	if err := os.Remove(filepath.Join(m.dir, "broken")); err != nil {
		t.Fatal(err)
	}
	first, err := m.make(t, "run")
	for _, want := range []string{"compiling the local run", "  50 packages\n", "go: downloading m v1.0.0\n", "the local run, \n"} {
		if err != nil || !strings.Contains(first, want) {
			t.Errorf("first: got error %v, output\n%s\nwant it to contain %q", err, first, want)
		}
	}
	if later, err := m.make(t, "run"); err != nil || later != "the local run, \n" {
		t.Errorf("later: got error %v, output\n%s\nwant only the output of the local run", err, later)
	}
}

// TestMakePlan checks that make plan compiles without cgo and without the race detector, and
// that it prints its steps.
func TestMakePlan(t *testing.T) {
	t.Chdir(root)
	m := newMakefile(t, `
echo "CGO_ENABLED=$CGO_ENABLED go $*" >>"$LOG"
case "$1 $2" in
  "env GOVERSION") echo go1.99.0 ;;
  "build -v")
    for i in 1 2 3 4 5 6 7 8 9 10; do printf 'net/http\nos\nfmt\nio\nbytes\n'; done
    echo github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3
    echo "note: not a package" ;;
  "test -c") mkdir -p .build/plan; echo 'echo "plans, $*"' >.build/plan/infra.test; chmod +x .build/plan/infra.test ;;
esac >&2
[ "$1" != env ] || echo go1.99.0`)
	out, err := m.make(t, "plan")
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"1/3  compiling", "      50 packages\n", "AWS's s3\n", "note: not a package\n", "2/3  running", "plans, -test.run ^TestPlan$ -update\n", "3/3  deriving"} {
		if !strings.Contains(out, want) {
			t.Errorf("got the output\n%[2]s\nwant it to contain %[1]q", want, out)
		}
	}
	if strings.Contains(out, "net/http") {
		t.Errorf("got the output\n%s\nwant only the names of large packages", out)
	}
	ran, err := os.ReadFile(filepath.Join(m.dir, "go.log"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(ran), "-race") {
		t.Errorf("the race detector needs a C compiler:\n%s", ran)
	}
	for line := range strings.Lines(string(ran)) {
		if !strings.HasPrefix(line, "CGO_ENABLED=0 go ") && !strings.Contains(line, "go env ") {
			t.Errorf("with cgo: %s", line)
		}
	}
}

// TestMakePlanFails checks that make plan ends when the program does not compile.
func TestMakePlanFails(t *testing.T) {
	t.Chdir(root)
	out, err := newMakefile(t, `
[ "$1" != env ] || { echo go1.99.0; exit; }
echo "infra/api.go:1:1: syntax error" >&2; exit 1`).make(t, "plan")
	if err == nil || !strings.Contains(out, "infra/api.go:1:1: syntax error") || strings.Contains(out, "2/3") {
		t.Errorf("got %v: %s", err, out)
	}
}
