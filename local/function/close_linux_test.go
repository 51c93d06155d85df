package function_test

import (
	"os"
	"os/exec"
	"testing"
)

// Only Linux kills a process when its parent is killed.
func TestProcessesEndWithParent(t *testing.T) {
	line := newLifeline(t)
	parent := exec.CommandContext(t.Context(), program(t))
	parent.Env = append(os.Environ(), "TEST_PARENT="+line.addr)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	pid := <-line.started
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	line.wait(t, pid)
}
