package services_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"testing"

	"sallyport/local/services"
	"sallyport/test/support"
)

func TestMain(m *testing.M) {
	if err := services.Install(context.Background(), func(s string) { fmt.Println(s) }); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(support.RunWithoutLeaks(m))
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

// output is a writer to the log of the test.
type output struct{ t *testing.T }

func (o output) Write(p []byte) (int, error) {
	o.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}
