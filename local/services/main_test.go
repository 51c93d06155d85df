package services_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"testing"
	"time"

	"sallyport/local/services"
)

func TestMain(m *testing.M) {
	if err := services.Install(context.Background(), func(s string) { fmt.Println(s) }); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if code == 0 {
		code = checkLeaks()
	}
	os.Exit(code)
}

// checkLeaks returns 1 if goroutines other than this one stay.
func checkLeaks() int {
	http.DefaultClient.CloseIdleConnections()
	var stacks []byte
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); runtime.Gosched() {
		buf := make([]byte, 1<<20)
		stacks = buf[:runtime.Stack(buf, true)]
		if bytes.Count(stacks, []byte("goroutine ")) == 1 {
			return 0
		}
	}
	fmt.Fprintf(os.Stderr, "goroutines left:\n%s\n", stacks)
	return 1
}

// stop stops a service at the end of the test.
func stop(t *testing.T, s *services.Service) {
	t.Helper()
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if err := s.Wait(); err != nil {
			t.Errorf("after Stop: %v", err)
		}
	})
}

// output is a writer that goes to the test's log.
type output struct{ t *testing.T }

func (o output) Write(p []byte) (int, error) {
	o.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}
