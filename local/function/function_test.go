package function_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport/local/function"

	"github.com/google/go-cmp/cmp"
)

func TestInvoke(t *testing.T) {
	f := start(t, function.Config{})
	large := strings.Repeat("x", 1<<20)
	if got := invoke(t, f, event{Do: "echo", Text: "hi"}); got != `"hi"` {
		t.Errorf("echo: got %s", got)
	}
	if got := invoke(t, f, event{Do: "echo", Text: large}); got != `"`+large+`"` {
		t.Errorf("large echo: got %d bytes, want %d", len(got), len(large)+2)
	}
	if got, err := f.Invoke(t.Context(), nil); err != nil || string(got) != "null" {
		t.Errorf("no event: got %s, %v", got, err)
	}
}

func TestCrashCostsOneProcessPerEvent(t *testing.T) {
	var log bytes.Buffer // the writes do not overlap, and none follows Close
	f := start(t, function.Config{Env: map[string]string{"INIT": "exit"}, Log: &log})
	fail(t, f, event{})
	fail(t, f, event{})
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(log.String(), "cannot start"); got != 2 {
		t.Errorf("got %d processes for 2 events:\n%s", got, &log)
	}
}

func TestTimeout(t *testing.T) {
	line := newLifeline(t)
	f := start(t, function.Config{Env: line.env(), MaxEnvironments: 1})
	first := describeSelf(t, f).PID
	f.SetTimeout(20 * time.Millisecond) // for an event that never ends by itself
	got := fail(t, f, event{Do: "sleep"})
	f.SetTimeout(hangLimit)
	want := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [0-9a-f-]{36} Task timed out after 0.02 seconds$`)
	if got.Type != "Sandbox.Timedout" || !want.MatchString(got.Message) {
		t.Errorf("got %s %q", got.Type, got.Message)
	}
	line.wait(t, first)
	if second := describeSelf(t, f).PID; second == first {
		t.Error("next event: got the same process, want a new one")
	}
}

func TestEnvironmentAndContext(t *testing.T) {
	t.Setenv("PARENTS_SECRET", "must not be passed on")
	f := start(t, function.Config{
		Name: "named", MemoryMB: 256, Timeout: 2 * hangLimit,
		Env: map[string]string{"AWS_REGION": "eu-west-1", "TABLE_NAME": "t", "AWS_LAMBDA_FUNCTION_NAME": "forged"},
	})
	got := describeSelf(t, f)
	if want := "arn:aws:lambda:eu-west-1:000000000000:function:named"; got.ARN != want {
		t.Errorf("got ARN %s, want %s", got.ARN, want)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(got.RequestID) {
		t.Errorf("got request id %s", got.RequestID)
	}
	if !regexp.MustCompile(`^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$`).MatchString(got.Trace) {
		t.Errorf("got trace %s", got.Trace)
	}
	if got.Left <= hangLimit || got.Left > 2*hangLimit {
		t.Errorf("got %v until the deadline, want nearly %v", got.Left, 2*hangLimit)
	}
	want := []string{
		"AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
		"AWS_LAMBDA_FUNCTION_NAME=named",
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/named",
		"AWS_LAMBDA_LOG_STREAM_NAME=<any>",
		"AWS_LAMBDA_RUNTIME_API=<any>",
		"AWS_REGION=eu-west-1",
		"LAMBDA_TASK_ROOT=" + filepath.Dir(program(t)),
		"LANG=en_US.UTF-8",
		"TABLE_NAME=t",
		"TZ=:UTC",
		"_HANDLER=bootstrap",
		"_X_AMZN_TRACE_ID=<any>", // set by the library
	}
	free := regexp.MustCompile(`^(AWS_LAMBDA_LOG_STREAM_NAME|AWS_LAMBDA_RUNTIME_API|_X_AMZN_TRACE_ID)=.+`)
	for i, v := range got.Env {
		got.Env[i] = free.ReplaceAllString(v, "$1=<any>")
	}
	slices.Sort(got.Env)
	if diff := cmp.Diff(want, got.Env); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
}

func TestReuse(t *testing.T) {
	f := start(t, function.Config{})
	first := describeSelf(t, f)
	for range 20 {
		if got := describeSelf(t, f); got.PID != first.PID || got.RequestID == first.RequestID {
			t.Fatalf("got process %d and request %s, want process %d and another request", got.PID, got.RequestID, first.PID)
		}
	}
}

func TestOverlappingEvents(t *testing.T) {
	line, gate := newLifeline(t), newGate(t)
	f := start(t, function.Config{Env: line.env(), MaxEnvironments: 4})
	var running []<-chan result
	for range 4 {
		running = append(running, gate.invoke(t.Context(), t, f))
	}
	for range 4 {
		<-gate.arrived // all four at the same time, so that each has a process
	}
	waiting := gate.invoke(t.Context(), t, f) // waits for an environment

	ctx, cancel := context.WithCancel(t.Context())
	cancelled := gate.invoke(ctx, t, f)
	cancel()
	if got := <-cancelled; !errors.Is(got.err, context.Canceled) {
		t.Errorf("cancelled caller: got %v, want %v", got.err, context.Canceled)
	}
	for range 5 {
		gate.open <- struct{}{}
	}
	for _, done := range append(running, waiting) {
		if got := <-done; got.err != nil || got.out != `"called"` {
			t.Errorf("got %q, %v", got.out, got.err)
		}
	}
	if got := len(line.started); got != 4 {
		t.Errorf("got %d processes, want 4", got)
	}
}

func TestEventContinuesWithoutCaller(t *testing.T) {
	gate := newGate(t)
	f := start(t, function.Config{MaxEnvironments: 1})
	pid := describeSelf(t, f).PID
	ctx, cancel := context.WithCancel(t.Context())
	done := gate.invoke(ctx, t, f)
	<-gate.arrived
	cancel()
	if got := <-done; !errors.Is(got.err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", got.err)
	}
	gate.open <- struct{}{}
	if got := describeSelf(t, f).PID; got != pid {
		t.Errorf("got process %d, want %d, which finished its event", got, pid)
	}
}

func TestKilledWhileIdle(t *testing.T) {
	logged := make(lines, 100)
	f := start(t, function.Config{Log: logged})
	pid := describeSelf(t, f).PID
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	logged.await(t, "Runtime exited with error: signal: killed")
	if got := describeSelf(t, f).PID; got == pid {
		t.Error("got the killed process, want a new one")
	}
}

func TestKilledDuringEvent(t *testing.T) {
	gate := newGate(t)
	f := start(t, function.Config{})
	pid := describeSelf(t, f).PID
	done := gate.invoke(t.Context(), t, f)
	<-gate.arrived
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	var failure *function.Error
	if got := <-done; !errors.As(got.err, &failure) || !strings.HasSuffix(failure.Message, "Runtime exited with error: signal: killed") {
		t.Errorf("got %v", got.err)
	}
	if got := invoke(t, f, event{Do: "echo", Text: "next"}); got != `"next"` {
		t.Errorf("next event: got %s", got)
	}
}

func TestMisuseOfRuntimeAPI(t *testing.T) {
	f := start(t, function.Config{Env: map[string]string{"INIT": "protocol"}})
	if got := invoke(t, f, event{}); got != `"done"` {
		t.Errorf("first event: got %s", got)
	}
	want := `["next: 200","next without an answer: 403","init error too late: 403","another id: 400",` +
		`"error of another id: 400","no such path: 404","wrong method: 404","from a page: 403",` +
		`"curl with a large body: 202","twice: 400","next: 200"]`
	if diff := cmp.Diff(want, invoke(t, f, event{})); diff != "" {
		t.Errorf("answers of the Runtime API (-want +got):\n%s", diff)
	}
}

func TestNewRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		cfg  function.Config
		want string
	}{
		"noName":     {function.Config{Path: program(t)}, "no name"},
		"missing":    {function.Config{Name: "f", Path: file + "x"}, "no such file"},
		"notProgram": {function.Config{Name: "f", Path: file}, "is not a program"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := function.New(test.cfg); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}
