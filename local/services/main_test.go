package services_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/local/services"
)

// patience is how long anything that must happen may take. Only a hang reaches
// it, however busy the machine is.
const patience = 5 * time.Minute

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

// checkLeaks returns 1 if goroutines stay, other than this one and that of the
// signal package, which fuzzing starts.
func checkLeaks() int {
	http.DefaultClient.CloseIdleConnections()
	var left []string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); runtime.Gosched() {
		buf := make([]byte, 1<<20)
		left = strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")[1:]
		left = slices.DeleteFunc(left, func(stack string) bool { return strings.Contains(stack, "os/signal.loop") })
		if len(left) == 0 {
			return 0
		}
	}
	fmt.Fprintf(os.Stderr, "goroutines left:\n%s\n", strings.Join(left, "\n\n"))
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
