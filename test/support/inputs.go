package support

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// DependOn makes the result of a test depend on files and on all files in folders, except
// node_modules. A test that starts a program calls it with the files of the program: the go
// command does not see the files that a program reads, and would use the result from its
// cache although they have changed.
func DependOn(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		err := filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// RepositoryFiles returns the paths, from root, of the files of the repository at root that
// Git does not ignore. The result of the test depends on the list of the files in each
// folder. Exceptions are root and frontend, which have folders that each build changes: a
// new file there does not invalidate a cached result.
func RepositoryFiles(t *testing.T, root string) []string {
	t.Helper()
	// Not cmd.Dir: the result would depend on the time of the last change in the folder root.
	out, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "-co", "--exclude-standard", "--deduplicate").Output() //nolint:gosec // the path is the test's
	if err != nil {
		t.Fatalf("list the files of the repository: %v", err)
	}
	listed := map[string]bool{".": true, "frontend": true}
	var files []string
	for line := range strings.Lines(string(out)) {
		path := strings.TrimSuffix(line, "\n")
		if _, err := os.Stat(filepath.Join(root, path)); err != nil {
			continue // deleted, but not committed yet
		}
		files = append(files, path)
		for dir := filepath.Dir(path); !listed[dir]; dir = filepath.Dir(dir) {
			listed[dir] = true
			if _, err := os.ReadDir(filepath.Join(root, dir)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return files
}
