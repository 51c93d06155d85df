package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// goTest is a binary with the tests of a folder.
type goTest struct{ program, dir string }

// buildTest builds the tests of a folder of the project.
func buildTest(ctx context.Context, s settings, folder string) (goTest, error) {
	program := filepath.Join(s.work, filepath.Base(folder)+".test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", program, "./"+folder) //nolint:gosec // the paths are ours
	build.Dir = s.root
	if text, err := build.CombinedOutput(); err != nil {
		return goTest{}, fmt.Errorf("build the tests of %s: %w\n%s", folder, err, text)
	}
	return goTest{program, filepath.Join(s.root, folder)}, nil
}

// run runs the tests in a process of its own, in their folder. The test that runs writes its result
// as JSON into the file of its flag -report.
func (g goTest) run(ctx context.Context, result any, args ...string) error {
	report := g.program + ".json"
	if err := os.Remove(report); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("run %s: %w", g.program, err)
	}
	cmd := exec.CommandContext(ctx, g.program, append([]string{"-test.timeout", "1h", "-report", report}, args...)...) //nolint:gosec // just built
	cmd.Dir = g.dir
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("run %s: %w\n%s", g.program, err, text)
	}
	text, err := os.ReadFile(report) //nolint:gosec // the test has written the file
	if err != nil {
		return fmt.Errorf("run %s: %w", g.program, err)
	}
	return json.Unmarshal(text, result)
}
