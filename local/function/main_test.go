package function_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/local/function"
	"sallyport/test/support"
)

// patience is how long anything that must happen may take. Only a hang reaches
// it, however busy the machine is.
const patience = support.Patience

func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		runFunction()
	}
	if os.Getenv("TEST_PARENT") != "" {
		runParent()
	}
	os.Exit(support.RunWithoutLeaks(m))
}

// start returns a function of the test program. Zero values of cfg are filled in.
func start(t *testing.T, cfg function.Config) *function.Function {
	t.Helper()
	if cfg.Name == "" {
		cfg.Name = "f"
	}
	if cfg.Path == "" {
		cfg.Path = program(t)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = patience
	}
	f, err := function.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.SetInitTimeout(patience)
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// program is the path of the test function.
func program(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func payload(t *testing.T, e event) []byte {
	t.Helper()
	p, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// invoke returns the result of an event that is to succeed.
func invoke(t *testing.T, f *function.Function, e event) string {
	t.Helper()
	out, err := f.Invoke(t.Context(), payload(t, e))
	if err != nil {
		t.Fatalf("invoke %+v: %v", e, err)
	}
	return string(out)
}

// fail returns the failure of an event that is to fail in the function.
func fail(t *testing.T, f *function.Function, e event) function.Error {
	t.Helper()
	out, err := f.Invoke(t.Context(), payload(t, e))
	var failure *function.Error
	if !errors.As(err, &failure) {
		t.Fatalf("invoke %+v: got %q and error %v, want a function error", e, out, err)
	}
	return *failure
}

func describeSelf(t *testing.T, f *function.Function) about {
	t.Helper()
	var a about
	if err := json.Unmarshal([]byte(invoke(t, f, event{Do: "about"})), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// gate is a server at which events wait for the test.
type gate struct {
	url     string
	arrived chan struct{}
	open    chan struct{}
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{arrived: make(chan struct{}, 100), open: make(chan struct{}, 100)}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		g.arrived <- struct{}{}
		select {
		case <-g.open:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(s.Close)
	g.url = s.URL
	return g
}

// result is how an event ended that runs beside the test.
type result struct {
	out string
	err error
}

func (g *gate) invoke(ctx context.Context, t *testing.T, f *function.Function) <-chan result {
	t.Helper()
	p := payload(t, event{Do: "call", URL: g.url})
	done := make(chan result, 1)
	go func() {
		out, err := f.Invoke(ctx, p)
		done <- result{string(out), err}
	}()
	return done
}

// lifeline tells when processes that were given its address are gone.
type lifeline struct {
	addr string

	mu   sync.Mutex // guards gone
	gone map[int]chan struct{}
	born chan int
}

func newLifeline(t *testing.T) *lifeline {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &lifeline{addr: listener.Addr().String(), gone: make(map[int]chan struct{}), born: make(chan int, 100)}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { l.watch(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		wg.Wait()
	})
	return l
}

func (l *lifeline) watch(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	line, _ := in.ReadString('\n')
	pid, _ := strconv.Atoi(strings.TrimSpace(line))
	gone := make(chan struct{})
	l.mu.Lock()
	l.gone[pid] = gone
	l.mu.Unlock()
	l.born <- pid
	_, _ = in.ReadByte() // until the process ends
	close(gone)
}

// wait returns when the process is gone.
func (l *lifeline) wait(t *testing.T, pid int) {
	t.Helper()
	l.mu.Lock()
	gone := l.gone[pid]
	l.mu.Unlock()
	if gone == nil {
		t.Fatalf("process %d was never seen", pid)
	}
	select {
	case <-gone:
	case <-time.After(patience):
		t.Fatalf("process %d is still there", pid)
	}
}

func (l *lifeline) env() map[string]string { return map[string]string{"LIFELINE": l.addr} }

// lines is a log that tests read line by line.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// await returns the first line that contains text.
func (l lines) await(t *testing.T, text string) string {
	t.Helper()
	for {
		select {
		case line := <-l:
			if strings.Contains(line, text) {
				return line
			}
		case <-time.After(patience):
			t.Fatalf("no line with %q came", text)
		}
	}
}
