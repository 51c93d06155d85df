package function_test

import (
	"os"
	"testing"

	"sallyport/local/function"
)

// BenchmarkInvoke is the way of one message through a process that is warm, one
// at a time and ten at a time.
func BenchmarkInvoke(b *testing.B) {
	event := []byte(`{"Do":"echo","Text":"0123456789012345678901234567890123456789"}`)
	b.Run("alone", func(b *testing.B) {
		f := warm(b, event)
		for b.Loop() {
			if _, err := f.Invoke(b.Context(), event); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("overlapping", func(b *testing.B) {
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

// BenchmarkColdStart is the way of the first message, process included.
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

// warm is a function that has a process, which answered event.
func warm(b *testing.B, event []byte) *function.Function {
	b.Helper()
	path, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	f, err := function.New(function.Config{Name: "f", Path: path, Timeout: patience})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() })
	if _, err := f.Invoke(b.Context(), event); err != nil {
		b.Fatal(err)
	}
	return f
}
