package function_test

import (
	"strings"
	"syscall"
	"testing"

	"sallyport/local/function"
)

func TestObserve(t *testing.T) {
	observed := make(chan function.Invocation, 10)
	f := start(t, function.Config{Observe: func(i function.Invocation) { observed <- i }})
	invoke(t, f, event{Do: "print", Text: "a line\n"})
	got := <-observed
	if got.Init <= 0 || got.Took <= 0 || got.Began.IsZero() || got.Failure != nil {
		t.Errorf("cold event: got %+v", got)
	}
	lines := strings.Split(strings.TrimSpace(got.Log), "\n")
	if len(lines) != 4 || lines[1] != "a line" || !strings.HasPrefix(lines[3], "REPORT RequestId: "+got.RequestID) {
		t.Errorf("got the log %q", got.Log)
	}

	invoke(t, f, event{Do: "echo", Text: "hi"})
	got = <-observed
	if got.Init != 0 || string(got.Answer) != `"hi"` || !strings.Contains(string(got.Payload), `"hi"`) {
		t.Errorf("warm event: got %+v", got)
	}
	if strings.Contains(got.Log, "a line") {
		t.Errorf("warm event: got the log of another event %q", got.Log)
	}

	failure := fail(t, f, event{Do: "exit", Size: 3})
	got = <-observed
	if got.Failure == nil || got.Failure.Message != failure.Message || got.Answer != nil {
		t.Errorf("crash: got %+v", got)
	}
}

// The observer always gets the log. The caller gets it only on request.
func TestObserveBesideAPI(t *testing.T) {
	observed := make(chan function.Invocation, 1)
	f := start(t, function.Config{Observe: func(i function.Invocation) { observed <- i }})
	_, header, _ := post(t, serveAPI(t, f)+"f/invocations", `{"Do":"echo"}`)
	if got := header.Get("X-Amz-Log-Result"); got != "" {
		t.Errorf("got a log without a request: %s", got)
	}
	if got := <-observed; got.RequestID != header.Get("X-Amzn-RequestId") || got.Log == "" {
		t.Errorf("got %+v", got)
	}
}

func TestKillDuring(t *testing.T) {
	gate := newGate(t)
	f := start(t, function.Config{})
	first, second := gate.invoke(t.Context(), t, f), gate.invoke(t.Context(), t, f)
	<-gate.arrived
	<-gate.arrived
	idle := describeSelf(t, f).PID
	seen := 0
	if got := f.KillDuring(func([]byte) bool { seen++; return seen == 1 }); got != 1 || seen != 2 {
		t.Errorf("got %d processes killed of %d with an event, want 1 of 2", got, seen)
	}
	var killed result
	select {
	case killed = <-first:
		first = second
	case killed = <-second:
	}
	if killed.err == nil || !strings.HasSuffix(killed.err.Error(), "signal: killed") {
		t.Errorf("got error %v, want signal: killed", killed.err)
	}
	gate.open <- struct{}{}
	gate.open <- struct{}{} // the killed event may take one
	if got := <-first; got.err != nil {
		t.Errorf("the other event: got error %v, want none", got.err)
	}
	if got := f.KillDuring(func([]byte) bool { return true }); got != 0 {
		t.Errorf("without events: got %d processes killed, want 0", got)
	}
	if err := syscall.Kill(idle, 0); err != nil {
		t.Errorf("signal to the idle process: got error %v, want a running process", err)
	}
	gate = newGate(t) // the first one can still be open
	third := gate.invoke(t.Context(), t, f)
	<-gate.arrived
	all := func([]byte) bool { return true }
	if once, again := f.KillDuring(all), f.KillDuring(all); once != 1 || again != 0 {
		t.Errorf("got %d processes killed, then %d, want 1, then 0", once, again)
	}
	if got := <-third; got.err == nil {
		t.Error("the killed event: got no error")
	}
}

func TestKill(t *testing.T) {
	line, gate := newLifeline(t), newGate(t)
	f := start(t, function.Config{Env: line.env()})
	busy := gate.invoke(t.Context(), t, f)
	<-gate.arrived
	idle := describeSelf(t, f).PID

	f.Kill()
	if got := (<-busy).err; got == nil || !strings.HasSuffix(got.Error(), "signal: killed") {
		t.Errorf("running event: got error %v", got)
	}
	line.wait(t, idle)
	if got := describeSelf(t, f).PID; got == idle {
		t.Error("next event: got a killed process")
	}
	f.Kill()
	f.Kill() // finds no process, or one that is ending
	if got := invoke(t, f, event{Do: "echo", Text: "again"}); got != `"again"` {
		t.Errorf("after two kills: got %s", got)
	}
}
