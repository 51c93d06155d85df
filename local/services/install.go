package services

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"sallyport/infra/build"
)

// folder is the folder of the programs in the project.
var folder = filepath.Join("local", "services")

// findRoot returns the folder of the project that contains the working folder.
func findRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for root := start; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, folder, "package-lock.json")); err == nil {
			return root, nil
		}
		if root == filepath.Dir(root) {
			return "", fmt.Errorf("find local/services: %s is not in the project", start)
		}
	}
}

// Install installs the npm packages of this folder, unless they are those of
// package-lock.json. Several processes may call it at the same time: one installs, and the
// others wait. It calls progress before an installation.
func Install(ctx context.Context, progress func(string)) error {
	root, err := findRoot()
	if err == nil {
		err = build.Packages(ctx, root, folder, "DynamoDB and sign-in", progress)
	}
	if err != nil {
		return fmt.Errorf("install local services: %w", err)
	}
	return nil
}
