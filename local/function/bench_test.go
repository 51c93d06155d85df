package function_test

import (
	"os"
	"testing"

	"sallyport/local/function"
)

// BenchmarkInvoke measures one event in a warm process: one at a time, and ten at a time.
func BenchmarkInvoke(b *testing.B) {
	event := []byte(`{"Do":"echo","Text":"0123456789012345678901234567890123456789"}`)
	b.Run("sequential", func(b *testing.B) {
		f := warm(b, event)
		for b.Loop() {
			if _, err := f.Invoke(b.Context(), event); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("concurrent", func(b *testing.B) {
		f := warm(b, event)
		b.SetParallelism(5) // on each of two cores
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := f.Invoke(b.Context(), event); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkColdStart measures the first event, with the start of the process.
func BenchmarkColdStart(b *testing.B) {
	for b.Loop() {
		f := warm(b, []byte(`{"Do":"echo"}`))
		b.StopTimer()
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// warm returns a function with a process that has answered event.
func warm(b *testing.B, event []byte) *function.Function {
	b.Helper()
	path, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	f, err := function.New(function.Config{Name: "f", Path: path, Timeout: hangLimit})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() })
	if _, err := f.Invoke(b.Context(), event); err != nil {
		b.Fatal(err)
	}
	return f
}
