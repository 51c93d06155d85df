package infra

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/infra/build"
)

// artifacts are the files that the stack deploys. Paths are relative to the
// project and slash-separated.
type artifacts struct {
	Zip   string   // the Lambda
	Site  string   // folder of the built console
	Files []string // the files in Site, relative to it
}

// buildArtifacts builds the artifacts. It informs the user before the slow steps.
func buildArtifacts(ctx *pulumi.Context) (artifacts, error) {
	root := ctx.RootDirectory()
	progress := func(step string) { _ = ctx.Log.Info(step, nil) }
	progress("building the function")
	zip, err := build.LambdaZip(ctx.Context(), root)
	if err != nil {
		return artifacts{}, err
	}
	dist, err := build.Frontend(ctx.Context(), root, progress)
	if err != nil {
		return artifacts{}, err
	}
	files, err := list(dist)
	if err != nil {
		return artifacts{}, err
	}
	return artifacts{Zip: relative(root, zip), Site: relative(root, dist), Files: files}, nil
}

// list returns the files in a folder and its subfolders, sorted.
func list(dir string) ([]string, error) {
	var files []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	return files, nil
}

// relative returns path relative to root, so that the stack's state does not contain
// paths of this machine.
func relative(root, path string) string {
	if rel, err := filepath.Rel(root, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}
