// Package build builds the artifacts that the stack deploys and the local run starts: the
// Lambda's binary, its zip, and the files of the console.
//
// It does nothing if the artifacts are up to date. Several programs may call it at the
// same time. The artifacts are in .build of the project, those of the console in
// frontend/dist.
package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// folder is the folder of the artifacts and of notes about them, in the project.
const folder = ".build"

// command is a program to run in a folder of the project.
type command struct {
	dir   string
	env   []string // added to the environment
	argv  []string
	needs []string // the required tools, keys of tools
}

// run runs the command until it exits. The error names the command and contains the end
// of its output. When ctx ends, run interrupts the command.
func (c command) run(ctx context.Context) error {
	if err := checkTools(ctx, c.needs...); err != nil {
		return fmt.Errorf("run %s: %w", c, err)
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...) //nolint:gosec // the commands are ours
	cmd.Dir = c.dir
	cmd.Env = append(cmd.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = &out, &out
	// npm forwards an interrupt to its child process. It cannot forward a kill.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("run %s: %w", c, ctx.Err())
	case err != nil:
		return fmt.Errorf("run %s: %w\n%s", c, err, tail(out.String(), 20))
	}
	return nil
}

// String returns the command line.
func (c command) String() string { return strings.Join(c.argv, " ") }

// tail returns the last n lines of text.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// replace writes a temporary file and renames it to path, so that a reader gets the old
// or the new content, and never a part.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}
