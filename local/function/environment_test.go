package function

import (
	"net"
	"os"
	"testing"
)

// TestProcessGivesUpAsking checks that an event is not sent to a connection that
// the process has closed, but kept until it asks again.
func TestProcessGivesUpAsking(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(Config{Name: "f", Path: path})
	if err != nil {
		t.Fatal(err)
	}
	e := newEnvironment(f, path, 0, 1)
	newConnection := func() *runtimeConn {
		ours, its := net.Pipe()
		t.Cleanup(func() { _ = its.Close() })
		l := newRuntimeConn(ours)
		if !e.join(l) {
			t.Fatal("the environment takes no connection")
		}
		return l
	}
	first := newConnection()
	if inv, ok := e.ask(first); inv != nil || !ok {
		t.Fatalf("ask: got %v, %v", inv, ok)
	}
	e.leave(first)

	inv := newInvocation([]byte("{}"))
	e.offer(inv) // would block, as nobody reads
	second := newConnection()
	if got, ok := e.ask(second); got != inv || !ok {
		t.Errorf("ask again: got %v, %v, want the event", got, ok)
	}
	e.leave(second)
	inv.timer.Stop()
}
