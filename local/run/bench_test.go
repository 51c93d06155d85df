package run

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sallyport/local/function"
	"sallyport/local/stack"
)

// BenchmarkColdStart measures the time to the first answer of a new process, for the function
// and for a minimal Go Lambda.
func BenchmarkColdStart(b *testing.B) {
	event, err := os.ReadFile("../../lambda/handler/testdata/event/message.json")
	if err != nil {
		b.Fatal(err)
	}
	// The token of the event has expired. With a valid one, the function calls no service.
	event = bytes.Replace(event, []byte(`"expires": "1708330500"`), []byte(`"expires": "4102444800"`), 1)
	s, err := stack.Read(committedPlan(b))
	if err != nil {
		b.Fatal(err)
	}
	sys := &system{stack: s, tableURL: "http://127.0.0.1:1"} // an echo does not use the table
	for _, c := range []struct{ name, pkg string }{{"hello", "./testdata/hello"}, {"sallyport", "../../lambda"}} {
		binary := filepath.Join(b.TempDir(), "bootstrap")
		build := exec.CommandContext(b.Context(), "go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags", "-s -w", "-o", binary, c.pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
		if out, err := build.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				f, err := function.New(function.Config{Name: "f", Path: binary, Env: sys.environment(sys.tableURL), Timeout: 10 * time.Second})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := f.Invoke(b.Context(), event); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				_ = f.Close()
				b.StartTimer()
			}
		})
	}
}
