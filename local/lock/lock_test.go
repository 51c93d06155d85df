package lock_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/local/lock"
)

// asHolder is the environment variable that makes this test binary another run: it takes
// the lock, prints a line, and runs until its input ends.
const asHolder = "SALLYPORT_TEST_HOLDS"

func TestTake(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "run.lock")
	first, err := lock.Take(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lock.Take(path)
	wantError(t, err, fmt.Sprintf("another run, process %d, uses %s: end it first", os.Getpid(), filepath.Dir(path)))
	if err := first.Write("http://127.0.0.1:8080"); err != nil {
		t.Fatal(err)
	}
	_, err = lock.Take(path)
	wantError(t, err, fmt.Sprintf("another run, process %d at http://127.0.0.1:8080, uses ", os.Getpid()))

	other, err := lock.Take(filepath.Join(t.TempDir(), "run.lock")) // another folder has another lock
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := lock.Take(path)
	if err != nil {
		t.Fatal("after Release:", err)
	}
	for _, l := range []*lock.Lock{other, again} {
		if err := l.Release(); err != nil {
			t.Error(err)
		}
	}
}

// The operating system releases the lock of a killed process.
func TestTakeAfterKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.lock")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHold$")
	cmd.Env = append(os.Environ(), asHolder+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil { // stays open until the process ends
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // it has the lock
		t.Fatal(err)
	}
	_, err = lock.Take(path)
	wantError(t, err, fmt.Sprintf("process %d,", cmd.Process.Pid))
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // returns an error, because the process was killed
	l, err := lock.Take(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Release(); err != nil {
		t.Error(err)
	}
}

// TestHold is the other process of TestTakeAfterKill.
func TestHold(t *testing.T) {
	path := os.Getenv(asHolder)
	if path == "" {
		return // an ordinary run of the tests
	}
	if _, err := lock.Take(path); err != nil {
		t.Fatal(err)
	}
	fmt.Println("held")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
}
