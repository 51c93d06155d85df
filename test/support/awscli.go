package support

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const noCLI = "there is no AWS CLI: apt-get install awscli"

// clis returns the folder of an AWS CLI of each major version, by version. It searches
// once, because a CLI takes a second to print its version.
var clis = sync.OnceValue(func() map[string]string {
	found, seen := map[string]string{}, map[string]bool{}
	for _, dir := range append([]string{"/usr/bin"}, filepath.SplitList(os.Getenv("PATH"))...) { //nolint:forbidigo // of the tests
		path, err := filepath.EvalSymlinks(filepath.Join(dir, "aws"))
		if err != nil || seen[path] {
			continue
		}
		seen[path] = true
		out, err := exec.CommandContext(context.Background(), path, "--version").CombinedOutput() //nolint:gosec // a command aws
		if err != nil {
			continue // a stub of a version manager without a version
		}
		version, _, _ := strings.Cut(strings.TrimPrefix(string(out), "aws-cli/"), ".")
		if found["v"+version] == "" {
			found["v"+version] = dir
		}
	}
	return found
})

// AWSCLIs returns the folder of an AWS CLI of each major version that is installed, by version
// such as v2. It fails the test if there is none.
func AWSCLIs(t *testing.T) map[string]string {
	t.Helper()
	if len(clis()) == 0 {
		t.Fatal(noCLI)
	}
	return clis()
}

// AWSCLI returns the folder of an AWS CLI. It prefers the CLI of Debian. It fails the test if none
// is installed.
func AWSCLI(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("/usr/bin/aws")
	if err != nil {
		path, err = exec.LookPath("aws")
	}
	if err != nil {
		t.Fatal(noCLI)
	}
	return filepath.Dir(path)
}
