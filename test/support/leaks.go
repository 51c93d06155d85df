// Package support holds the helpers that tests of several packages need.
package support

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// HangLimit is the time limit of each operation. Only an operation that hangs reaches it, on
// a busy machine too.
const HangLimit = 5 * time.Minute

// RunWithoutLeaks runs the tests of a package and returns the exit code for os.Exit. It
// is 1 if the tests pass but a goroutine is left. RunWithoutLeaks prints its stack.
func RunWithoutLeaks(m *testing.M) int {
	code := m.Run()
	if code != 0 {
		return code
	}
	if left := goroutinesLeft(); left != "" {
		fmt.Fprintf(os.Stderr, "goroutines are left:\n%s\n", left)
		return 1
	}
	return 0
}

// goroutinesLeft waits until all goroutines have ended, for HangLimit at most, and returns
// the stacks of those that have not. It ignores its own goroutine and that of package
// signal, which fuzzing starts.
func goroutinesLeft() string {
	http.DefaultClient.CloseIdleConnections()
	var left []string
	for deadline := time.Now().Add(HangLimit); ; {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		left = slices.DeleteFunc(strings.Split(string(stacks), "\n\n")[1:], func(stack string) bool {
			return strings.Contains(stack, "os/signal.")
		})
		if len(left) == 0 || time.Now().After(deadline) {
			break
		}
		time.Sleep(10 * time.Millisecond) // the runtime has no event for the end of a goroutine
	}
	return strings.Join(left, "\n\n")
}
