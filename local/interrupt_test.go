package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// asHanging is the environment variable that makes this test binary a run that never ends.
const asHanging = "SALLYPORT_TEST_HANGS"

func TestSecondInterruptKills(t *testing.T) {
	for _, first := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(first.String(), func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHang$")
			cmd.Env = append(os.Environ(), asHanging+"=1")
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			for _, step := range []struct {
				line   string
				signal os.Signal
			}{{"running", first}, {"ending", os.Interrupt}} {
				if !lines.Scan() || lines.Text() != step.line {
					t.Fatalf("got %q (%v), want %q", lines.Text(), lines.Err(), step.line)
				}
				if err := cmd.Process.Signal(step.signal); err != nil {
					t.Fatal(err)
				}
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) {
				t.Fatalf("got %v, want an exit error", err)
			}
			if status := exit.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGINT {
				t.Errorf("got status %v, want SIGINT", status)
			}
		})
	}
}

// TestHang is the other process of TestSecondInterruptKills.
func TestHang(t *testing.T) {
	if os.Getenv(asHanging) == "" {
		return // an ordinary run of the tests
	}
	ctx, cancel := interruptible(context.WithoutCancel(t.Context()))
	defer cancel()
	fmt.Println("running")
	<-ctx.Done()
	fmt.Println("ending")
	select {}
}
