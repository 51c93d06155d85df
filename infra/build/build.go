// Package build makes what the stack deploys and the local run starts: the
// Lambda's binary, its zip, and the console's files.
//
// It does nothing that is done already, and may be called by several programs
// at once. What it makes lies in .build of the project, except for the
// console, which lies in frontend/dist.
package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// folder is where results and notes about them lie, within the project.
const folder = ".build"

// command is a program to run in a folder of the project.
type command struct {
	dir   string
	env   []string // added to the environment
	argv  []string
	needs []string // the tools that it needs, keys of tools
}

// run runs the command to its end. Its error names the command and has the end
// of what it printed. When ctx ends, so does the command.
func (c command) run(ctx context.Context) error {
	if err := checkTools(ctx, c.needs...); err != nil {
		return fmt.Errorf("run %s: %w", c, err)
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...) //nolint:gosec // the commands are ours
	cmd.Dir = c.dir
	cmd.Env = append(cmd.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = &out, &out
	// npm passes an interrupt on to what it runs; it would not live to do so
	// with a kill.
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

// String returns the command as one would type it.
func (c command) String() string { return strings.Join(c.argv, " ") }

// tail returns the last n lines of text.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// replace writes a file by way of a temporary one, so that who reads it gets
// the old or the new, never a part.
func replace(path string, mode os.FileMode, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
		}
	}()
	err = errors.Join(write(f), f.Chmod(mode), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
