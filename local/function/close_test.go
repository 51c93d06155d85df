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
		t.Errorf("the running event got %q, %v", got.out, got.err)
	}
	line.wait(t, idle.PID) // it was the busy one too
	if got := describeSelf(t, f); got.PID != after.PID {
		t.Errorf("got process %d, want %d again", got.PID, after.PID)
	}
	if err := f.Replace(path + "x"); err == nil {
		t.Error("replaced by a file that is not there")
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

func TestCloseLeavesNothing(t *testing.T) {
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
	pids := []int{<-line.born, <-line.born, <-line.born} // two processes and one that the first started

	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{(<-busy).err, <-asleep} {
		var failure *function.Error
		if err == nil || errors.As(err, &failure) {
			t.Errorf("the running event got %v, want an error that is not the function's", err)
		}
	}
	for _, pid := range pids {
		line.wait(t, pid)
	}
	if _, err := f.Invoke(t.Context(), nil); err == nil {
		t.Error("invoked after Close")
	}
	if err := f.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	waitFor(t, func() bool { return openFiles(t) <= before+5 }) // the gate's and the lifelines' own
}

func TestManyEnvironmentsLeakNoFile(t *testing.T) {
	f := start(t, function.Config{})
	fail(t, f, event{Do: "exit", Size: 1})
	before := openFiles(t)
	for range 10 {
		fail(t, f, event{Do: "exit", Size: 1})
	}
	waitFor(t, func() bool { return openFiles(t) <= before })
}

// openFiles counts the files that this process has open.
func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// waitFor returns once ok does, which may take a moment.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("it did not come true")
		}
	}
}

func TestExitLeavesNothing(t *testing.T) {
	line := newLifeline(t)
	f := start(t, function.Config{Env: line.env()})
	invoke(t, f, event{Do: "spawn"})
	<-line.born
	started := <-line.born
	fail(t, f, event{Do: "exit", Size: 1})
	line.wait(t, started)
}

// runParent is main of a process that has a function and dies without a word.
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
