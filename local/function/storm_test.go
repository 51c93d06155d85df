package function_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"sallyport/local/function"
)

// TestStorm runs all kinds of events at the same time. Each event must end as it would
// without the others.
func TestStorm(t *testing.T) {
	f := start(t, function.Config{MaxEnvironments: 3})
	var workers sync.WaitGroup
	for worker := range 6 {
		workers.Go(func() {
			for n := range 20 {
				if err := stormEvent(t.Context(), f, worker+n, fmt.Sprintf("%d/%d", worker, n)); err != nil {
					t.Errorf("worker %d, event %d: %v", worker, n, err)
				}
				if n%10 == 9 {
					if err := f.Replace(program(t)); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	workers.Wait()
}

func stormEvent(ctx context.Context, f *function.Function, kind int, text string) error {
	want := `"` + text + `"`
	events := []string{"echo", "error", "panic", "echo", "exit", "echo", "kill", "cancel"}
	do := events[kind%len(events)]
	e := fmt.Appendf(nil, `{"Do":%q,"Text":%q,"Size":1}`, do, text)
	if do == "cancel" {
		ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		out, err := f.Invoke(ctx, fmt.Appendf(nil, `{"Do":"echo","Text":%q}`, text))
		if errors.Is(err, context.DeadlineExceeded) || string(out) == want {
			return nil
		}
		return fmt.Errorf("cancel: got %s, %w", out, err)
	}
	out, err := f.Invoke(ctx, e)
	var failure *function.Error
	switch {
	case do == "echo" && (err != nil || string(out) != want):
		return fmt.Errorf("echo: got %s, %w", out, err)
	case do != "echo" && !errors.As(err, &failure):
		return fmt.Errorf("%s: got %s, %w", do, out, err)
	case (do == "error" || do == "panic") && failure.Message != text:
		return fmt.Errorf("%s: got %w", do, failure)
	}
	return nil
}

func Example() {
	path, err := os.Executable() // a function's bootstrap; this one echoes
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := function.New(function.Config{Name: "echo", Path: path, Timeout: hangLimit})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = f.Close() }()
	answer, err := f.Invoke(context.Background(), []byte(`{"Do":"echo","Text":"hello"}`))
	fmt.Println(string(answer), err)
	// Output: "hello" <nil>
}
