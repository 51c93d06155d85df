// Command list writes lambda/app/generated.go: the function Table with every route,
// event and error code that the package declares. `make generate` runs it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	folder := filepath.Join("lambda", "app")
	path := filepath.Join(folder, generated)
	text, err := list(folder)
	if err == nil {
		err = os.WriteFile(path+".new", text, 0o644) //nolint:gosec // source code, for everyone
	}
	if err == nil {
		err = os.Rename(path+".new", path) // in one step: a local run may compile the file now
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "list:", err)
		os.Exit(1)
	}
}
