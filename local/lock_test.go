package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asHolder is the environment variable that makes this test binary a run which
// takes the lock, tells it, and lives until its input ends.
const asHolder = "SALLYPORT_TEST_HOLDS"

func TestRunLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "run.lock")
	first, err := lockRun(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lockRun(path)
	wantError(t, err, fmt.Sprintf("another run, process %d, uses %s: end it first", os.Getpid(), filepath.Dir(path)))
	if err := first.write("http://127.0.0.1:8080"); err != nil {
		t.Fatal(err)
	}
	_, err = lockRun(path)
	wantError(t, err, fmt.Sprintf("another run, process %d at http://127.0.0.1:8080, uses ", os.Getpid()))

	other, err := lockRun(filepath.Join(t.TempDir(), "run.lock")) // files elsewhere are another matter
	if err != nil {
		t.Fatal(err)
	}
	if err := first.release(); err != nil {
		t.Fatal(err)
	}
	again, err := lockRun(path)
	if err != nil {
		t.Fatal("after the first has ended:", err)
	}
	for _, l := range []*runLock{other, again} {
		if err := l.release(); err != nil {
			t.Error(err)
		}
	}
}

// A run that is killed leaves no lock behind.
func TestRunLockOfTheDead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.lock")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHold$")
	cmd.Env = append(os.Environ(), asHolder+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil { // open as long as it lives
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // it has the lock
		t.Fatal(err)
	}
	_, err = lockRun(path)
	wantError(t, err, fmt.Sprintf("process %d,", cmd.Process.Pid))
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	l, err := lockRun(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.release(); err != nil {
		t.Error(err)
	}
}

// TestHold is the other process of TestRunLockOfTheDead.
func TestHold(t *testing.T) {
	path := os.Getenv(asHolder)
	if path == "" {
		return // an ordinary run of the tests
	}
	if _, err := lockRun(path); err != nil {
		t.Fatal(err)
	}
	fmt.Println("held")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// A second run in the same folder touches nothing of the first.
func TestSecondRun(t *testing.T) {
	sys := started(t)
	outputs := sys.settings.outputs
	before, err := os.ReadFile(outputs)
	if err != nil {
		t.Fatal(err)
	}
	second := []string{"-site", "127.0.0.1:0", "-api", "127.0.0.1:0", "-http", "127.0.0.1:0", "-issuer", "127.0.0.1:0", "-outputs"}
	err = run(t.Context(), append(second, outputs))
	wantError(t, err, fmt.Sprintf("another run, process %d at %s, uses ", os.Getpid(), sys.stack.output("siteUrl")))
	for _, file := range []string{outputs, sys.settings.credentialsFile()} {
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
	if after, err := os.ReadFile(outputs); err != nil || string(after) != string(before) {
		t.Errorf("the outputs of the first run are overwritten (%v): %s", err, after)
	}
	err = run(t.Context(), append(second, filepath.Join(t.TempDir(), "outputs.json"), "-plan", "nowhere.json"))
	if err == nil || strings.Contains(err.Error(), "another run") {
		t.Errorf("with files of its own: got %v", err)
	}
}
