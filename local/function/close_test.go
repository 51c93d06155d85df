package function_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sallyport/local/function"
)

func TestReplace(t *testing.T) {
	line, gate := newLifeline(t), newGate(t)
	f := start(t, function.Config{Env: line.env()})
	idle := describeSelf(t, f)
	busy := gate.invoke(t.Context(), t, f)
	<-gate.arrived

	path := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.Symlink(program(t), path); err != nil {
		t.Fatal(err)
	}
	if err := f.Replace(path); err != nil {
		t.Fatal(err)
	}
	after := describeSelf(t, f)
	if after.Root != filepath.Dir(path) || after.PID == idle.PID {
		t.Errorf("got process %d in %s, want another in %s", after.PID, after.Root, filepath.Dir(path))
	}
	gate.open <- struct{}{}
	if got := <-busy; got.err != nil || got.out != `"called"` {
		t.Errorf("running event: got %q, %v", got.out, got.err)
	}
	line.wait(t, idle.PID) // the same process had the running event
	if got := describeSelf(t, f); got.PID != after.PID {
		t.Errorf("got process %d, want %d again", got.PID, after.PID)
	}
	if err := f.Replace(path + "x"); err == nil {
		t.Error("missing program: got no error")
	}
}

func TestReplaceStopsIdle(t *testing.T) {
	line := newLifeline(t)
	f := start(t, function.Config{Env: line.env()})
	pid := describeSelf(t, f).PID
	if err := f.Replace(program(t)); err != nil {
		t.Fatal(err)
	}
	line.wait(t, pid)
}

func TestCloseEndsEverything(t *testing.T) {
	line, gate := newLifeline(t), newGate(t)
	before := openFiles(t)
	f := start(t, function.Config{Env: line.env(), MaxEnvironments: 3})
	invoke(t, f, event{Do: "spawn"})
	busy := gate.invoke(t.Context(), t, f)
	<-gate.arrived
	asleep := make(chan error, 1)
	go func() {
		_, err := f.Invoke(t.Context(), []byte(`{"Do":"sleep"}`))
		asleep <- err
	}()
	pids := []int{<-line.started, <-line.started, <-line.started} // two processes, and a child of the first

	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{(<-busy).err, <-asleep} {
		var failure *function.Error
		if err == nil || errors.As(err, &failure) {
			t.Errorf("running event: got %v, want an error that is not an *Error", err)
		}
	}
	for _, pid := range pids {
		line.wait(t, pid)
	}
	if _, err := f.Invoke(t.Context(), nil); err == nil {
		t.Error("Invoke after Close: got no error")
	}
	if err := f.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	waitFor(t, func() bool { return openFiles(t) <= before+5 }) // the connections of the gate and the lifelines
}

func TestEnvironmentsLeakNoFiles(t *testing.T) {
	f := start(t, function.Config{})
	fail(t, f, event{Do: "exit", Size: 1})
	before := openFiles(t)
	for range 10 {
		fail(t, f, event{Do: "exit", Size: 1})
	}
	waitFor(t, func() bool { return openFiles(t) <= before })
}

// openFiles returns the number of open files of this process.
func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// waitFor returns when ok returns true.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(hangLimit); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("the condition never became true")
		}
	}
}

func TestExitEndsDescendants(t *testing.T) {
	line := newLifeline(t)
	f := start(t, function.Config{Env: line.env()})
	invoke(t, f, event{Do: "spawn"})
	<-line.started
	started := <-line.started
	fail(t, f, event{Do: "exit", Size: 1})
	line.wait(t, started)
}

// runParent is the main function of a process that has a function and is killed.
func runParent() {
	f, err := function.New(function.Config{
		Name: "f", Path: os.Args[0],
		Env: map[string]string{"LIFELINE": os.Getenv("TEST_PARENT"), "INIT": "hang"},
	})
	if err != nil {
		os.Exit(1)
	}
	_, _ = f.Invoke(context.Background(), nil)
}
