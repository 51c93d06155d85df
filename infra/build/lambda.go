package build

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Target is the system that a binary is for. Zero: this machine.
type Target struct{ GOOS, GOARCH string }

// Binary builds the Lambda for target and returns where it is, as an absolute
// path. root is the project's folder.
func Binary(ctx context.Context, root string, target Target) (path string, err error) {
	if root, err = filepath.Abs(root); err != nil {
		return "", fmt.Errorf("build lambda: %w", err)
	}
	c := command{dir: root, needs: []string{"go"}, argv: []string{
		"go", "build", "-tags", "lambda.norpc", "-ldflags", "-s -w",
		// A commit that changes no code must not change the binary.
		"-buildvcs=false",
	}}
	name := "lambda"
	if target != (Target{}) {
		name += "-" + target.GOOS + "-" + target.GOARCH
		c.argv = append(c.argv, "-trimpath")
		c.env = []string{"CGO_ENABLED=0", "GOOS=" + target.GOOS, "GOARCH=" + target.GOARCH}
	}
	// With this machine's own flags otherwise, it finds in the cache what
	// `go run` has compiled.
	path = filepath.Join(root, folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return "", fmt.Errorf("build lambda: %w", err)
	}
	next, err := draft(path)
	if err != nil {
		return "", fmt.Errorf("build lambda: %w", err)
	}
	defer os.RemoveAll(filepath.Dir(next)) //nolint:errcheck // what stays behind is small and ignored
	c.argv = append(c.argv, "-o", next, "./lambda")
	if err := c.run(ctx); err != nil {
		return "", fmt.Errorf("build lambda: %w", err)
	}
	if err := os.Rename(next, path); err != nil {
		return "", fmt.Errorf("build lambda: %w", err)
	}
	return path, nil
}

// draft returns a path beside path to build at. What stands at path is linked
// there, for the go command to see that nothing is to be done; it removes the
// link before it writes anything else.
func draft(path string) (string, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	next := filepath.Join(dir, filepath.Base(path))
	_ = os.Link(path, next) // without the link it is only slower
	return next, nil
}

// LambdaZip builds what Lambda takes, for linux/arm64: a zip with the one entry
// "bootstrap". The same source gives the same bytes, so that nothing is
// deployed that did not change.
func LambdaZip(ctx context.Context, root string) (path string, err error) {
	binary, err := Binary(ctx, root, Target{GOOS: "linux", GOARCH: "arm64"})
	if err != nil {
		return "", err
	}
	path = filepath.Join(root, folder, "lambda.zip")
	return path, replace(path, 0o600, func(w io.Writer) error { return writeZip(w, binary) })
}

// writeZip writes a zip with binary as its one executable entry.
func writeZip(w io.Writer, binary string) error {
	f, err := os.Open(binary) //nolint:gosec // just built
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	z := zip.NewWriter(w)
	h := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	h.SetMode(0o755) // Lambda refuses to start it otherwise
	entry, err := z.CreateHeader(h)
	if err != nil {
		return err
	}
	if _, err := io.Copy(entry, f); err != nil {
		return err
	}
	return z.Close()
}
