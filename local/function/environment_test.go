package function

import (
	"net"
	"os"
	"testing"
)

// TestProcessGivesUpAsking checks that an event is kept when the process has closed the
// connection on which it waited, and is returned when the process asks again.
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
	connect := func() *runtimeConn {
		server, client := net.Pipe()
		t.Cleanup(func() { _ = client.Close() })
		c := newRuntimeConn(server)
		if !e.join(c) {
			t.Fatal("join: got false, want true")
		}
		return c
	}
	first := connect()
	if inv, ok := e.ask(first); inv != nil || !ok {
		t.Fatalf("first request: got %v, %v, want nil, true", inv, ok)
	}
	e.leave(first)

	inv := newInvocation([]byte("{}"))
	e.offer(inv) // sending would block, because nothing reads
	second := connect()
	if got, ok := e.ask(second); got != inv || !ok {
		t.Errorf("second request: got %v, %v, want the event and true", got, ok)
	}
	e.leave(second)
	inv.timer.Stop()
}
