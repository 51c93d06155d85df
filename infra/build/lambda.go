package build

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"time"
)

// Target is the platform of a binary. The zero value is this machine.
type Target struct{ GOOS, GOARCH string }

// Binary builds the function for target and returns the absolute path of the binary. root is
// the folder of the project. The error contains the output of the compiler.
func Binary(ctx context.Context, root string, target Target) (path string, err error) {
	if path, err = target.build(ctx, root, ours); err != nil {
		return "", fmt.Errorf("build %s: %w", ours, err)
	}
	return path, nil
}

// ours is the main package of the function.
const ours = "./lambda"

// build builds a main package in the module of root.
func (t Target) build(ctx context.Context, root, pkg string) (path string, err error) {
	if root, err = filepath.Abs(root); err != nil {
		return "", err
	}
	c := command{dir: root, needs: []string{"go"}, argv: []string{
		"go", "build", "-tags", "lambda.norpc", "-ldflags", "-s -w",
		// A commit without a change of code must not change the binary.
		"-buildvcs=false",
	}}
	name := fileName(pkg)
	if t != (Target{}) {
		name += "-" + t.GOOS + "-" + t.GOARCH
		c.argv = append(c.argv, "-trimpath")
		c.env = []string{"CGO_ENABLED=0", "GOOS=" + t.GOOS, "GOARCH=" + t.GOARCH}
	}
	// For this machine, the flags are those of `go run`, so that the build uses its
	// cache.
	path = filepath.Join(root, folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return "", err
	}
	next, err := draft(path)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(filepath.Dir(next)) //nolint:errcheck // a remaining folder is small and ignored by Git
	c.argv = append(c.argv, "-o", next, pkg)
	if err := c.run(ctx); err != nil {
		return "", err
	}
	return path, os.Rename(next, path)
}

// fileName returns the name of the files of a main package. It differs for each package, because a
// program can have several functions, such as ./orders/socket and ./chat/socket.
func fileName(pkg string) string { return url.PathEscape(path.Clean(filepath.ToSlash(pkg))) }

// draft returns a temporary path to build at, in the folder of path. If path exists, the
// temporary path is a link to it, so that the go command does not link an unchanged binary
// again. The go command removes the link before it writes.
func draft(path string) (string, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	next := filepath.Join(dir, filepath.Base(path))
	_ = os.Link(path, next) // without the link, the build is slower
	return next, nil
}

// LambdaZip is FunctionZip for the function of this project.
func LambdaZip(ctx context.Context, root string) (path string, err error) {
	return FunctionZip(ctx, root, ours)
}

// FunctionZip builds a main package, such as ./lambda, in the module of root for linux/arm64. It
// returns the absolute path of a zip with one entry, "bootstrap". The same source gives the same
// bytes, so that an unchanged function is not deployed again.
func FunctionZip(ctx context.Context, root, pkg string) (path string, err error) {
	binary, err := Target{GOOS: "linux", GOARCH: "arm64"}.build(ctx, root, pkg)
	if err != nil {
		return "", fmt.Errorf("build %s: %w", pkg, err)
	}
	content, err := zipOf(binary)
	if err != nil {
		return "", fmt.Errorf("zip %s: %w", pkg, err)
	}
	path = filepath.Join(filepath.Dir(binary), fileName(pkg)+".zip")
	return path, replace(path, content)
}

// zipOf returns a zip with one executable entry, the file binary.
func zipOf(binary string) ([]byte, error) {
	content, err := os.ReadFile(binary) //nolint:gosec // just built
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	h.SetMode(0o755) // Lambda cannot start an entry that is not executable
	entry, err := z.CreateHeader(h)
	if err != nil {
		return nil, err
	}
	_, err = entry.Write(content)
	err = errors.Join(err, z.Close())
	return b.Bytes(), err
}
