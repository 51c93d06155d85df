package gateway

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience is how long anything that must happen may take. Only a hang reaches
// it, however busy the machine is.
const patience = 5 * time.Minute

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMain fails when a goroutine is left over: every connection, timer and
// call must end with its gateway.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := goroutinesLeft(); left != "" && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines are left over:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// goroutinesLeft gives those that are about to end a moment to do so, and
// returns the stacks of the others.
func goroutinesLeft() string {
	var left []string
	for deadline := time.Now().Add(patience); ; {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		left = nil
		for stack := range strings.SplitSeq(string(stacks), "\n\n") {
			if !strings.Contains(stack, ".TestMain(") && !strings.Contains(stack, "os/signal.") {
				left = append(left, stack)
			}
		}
		if len(left) == 0 || time.Now().After(deadline) {
			break
		}
		time.Sleep(10 * time.Millisecond) // nothing tells when a goroutine has gone
	}
	return strings.Join(left, "\n\n")
}
