package infra

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/infra/build"
)

// artifacts are the files that the stack deploys. Paths are relative to the
// project and slash-separated.
type artifacts struct {
	Zip   string   // the function
	Site  string   // folder of the built console
	Files []string // the files in Site, relative to it
}

// buildHere builds the artifacts in the folder of Pulumi.yaml.
func buildHere(ctx *pulumi.Context) (artifacts, error) { return buildArtifacts(ctx, "", "") }

// buildArtifacts builds the artifacts in a checkout of this repository: a folder, relative
// to that of Pulumi.yaml. function is a main package of the program, or "" for the function of the
// checkout. It informs the user before the slow steps.
func buildArtifacts(ctx *pulumi.Context, checkout, function string) (artifacts, error) {
	root := checkout
	if !filepath.IsAbs(checkout) {
		root = filepath.Join(ctx.RootDirectory(), checkout)
	}
	for _, part := range []string{"lambda/main.go", "frontend/package.json"} {
		if _, err := os.Stat(filepath.Join(root, part)); err != nil {
			return artifacts{}, fmt.Errorf("build in %s: %w: it is not a checkout of this repository: set Checkout to the folder of a checkout, or Zip and Console to built artifacts", root, err)
		}
	}
	progress := func(step string) { _ = ctx.Log.Info(step, nil) }
	progress("building the function")
	zip, err := buildFunction(ctx, root, function)
	if err != nil {
		return artifacts{}, err
	}
	dist, err := build.Frontend(ctx.Context(), root, progress)
	if err != nil {
		return artifacts{}, err
	}
	return givenArtifacts(ctx.RootDirectory(), zip, dist)
}

// buildFunction builds the function of the checkout in root or, if function is not empty, the main
// package function of the program.
func buildFunction(ctx *pulumi.Context, root, function string) (string, error) {
	if function == "" {
		return build.LambdaZip(ctx.Context(), root)
	}
	return build.FunctionZip(ctx.Context(), ctx.RootDirectory(), function)
}

// givenArtifacts returns the artifacts that have been built. Their paths can be relative to
// root, the folder of Pulumi.yaml.
func givenArtifacts(root, zip, console string) (artifacts, error) {
	at := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(root, path)
	}
	if _, err := os.Stat(at(zip)); err != nil {
		return artifacts{}, fmt.Errorf("find the built function: %w", err)
	}
	files, err := filesIn(at(console))
	if err != nil {
		return artifacts{}, err
	}
	if !slices.Contains(files, indexFile) {
		return artifacts{}, fmt.Errorf("the folder %s has no %s: want the built console", console, indexFile)
	}
	return artifacts{Zip: relative(root, at(zip)), Site: relative(root, at(console)), Files: files}, nil
}

// filesIn returns the files in a folder and its subfolders, sorted.
func filesIn(dir string) ([]string, error) {
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
