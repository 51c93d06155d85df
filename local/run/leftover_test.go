package run

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/test/support"
)

// hangLimit is the limit for every wait of the tests. Only a hang reaches it.
const hangLimit = support.HangLimit

// checkLeaks checks at the end of the test that the numbers of goroutines, open files and
// child processes are not above those at its start.
func checkLeaks(t *testing.T) {
	t.Helper()
	count := func() (counts [3]int) {
		return [3]int{runtime.NumGoroutine(), openFiles(t), len(children(t))}
	}
	before := count()
	t.Cleanup(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for deadline := time.Now().Add(hangLimit); ; <-tick.C { // no event reports their end
			now := count()
			if now[0] <= before[0] && now[1] <= before[1] && now[2] <= before[2] {
				return
			}
			if time.Now().After(deadline) {
				stacks := make([]byte, 1<<20)
				t.Fatalf("goroutines, open files, processes: got %v, want at most %v\n%s", now, before, stacks[:runtime.Stack(stacks, true)])
			}
		}
	})
}

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// children returns the running child processes of this process. It works on Linux only.
func children(t *testing.T) (pids []int) {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		text, _ := os.ReadFile(thread) // a thread may end
		for pid := range strings.FieldsSeq(string(text)) {
			if n, err := strconv.Atoi(pid); err == nil {
				pids = append(pids, n)
			}
		}
	}
	return pids
}
