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
	text, err := list(folder)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, generated), text, 0o644) //nolint:gosec // source code, for everyone
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "list:", err)
		os.Exit(1)
	}
}
