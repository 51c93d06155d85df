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

// hangLimit is the limit for every wait of the tests. Only a hang reaches it.
const hangLimit = support.HangLimit

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
		cfg.Timeout = hangLimit
	}
	f, err := function.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.SetInitTimeout(hangLimit)
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// program returns the path of the test function.
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

// invoke returns the answer to an event that must succeed.
func invoke(t *testing.T, f *function.Function, e event) string {
	t.Helper()
	out, err := f.Invoke(t.Context(), payload(t, e))
	if err != nil {
		t.Fatalf("invoke %+v: %v", e, err)
	}
	return string(out)
}

// fail returns the error of an event that must fail in the function.
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

// gate is a server that holds events until the test opens it.
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

// result is the result of an event that runs concurrently with the test.
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

// lifeline reports the start and the end of processes that connect to its address.
type lifeline struct {
	addr string

	mu      sync.Mutex // guards ended
	ended   map[int]chan struct{}
	started chan int // the id of each process
}

func newLifeline(t *testing.T) *lifeline {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &lifeline{addr: listener.Addr().String(), ended: make(map[int]chan struct{}), started: make(chan int, 100)}
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
	ended := make(chan struct{})
	l.mu.Lock()
	l.ended[pid] = ended
	l.mu.Unlock()
	l.started <- pid
	_, _ = in.ReadByte() // until the process ends
	close(ended)
}

// wait returns when the process has ended.
func (l *lifeline) wait(t *testing.T, pid int) {
	t.Helper()
	l.mu.Lock()
	ended := l.ended[pid]
	l.mu.Unlock()
	if ended == nil {
		t.Fatalf("process %d never connected", pid)
	}
	select {
	case <-ended:
	case <-time.After(hangLimit):
		t.Fatalf("process %d is still running", pid)
	}
}

func (l *lifeline) env() map[string]string { return map[string]string{"LIFELINE": l.addr} }

// lines is a log whose lines tests receive one by one.
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
		case <-time.After(hangLimit):
			t.Fatalf("got no line with %q", text)
		}
	}
}
