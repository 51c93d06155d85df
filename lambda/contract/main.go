// Command contract describes the messages of the socket. From the Go types of package app,
// it generates TypeScript types with guards for the console, an AsyncAPI document, and the
// tables of docs/protocol.md. `make generate` runs it at the root of the repository.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"sallyport/lambda/app"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "contract:", err)
		os.Exit(1)
	}
}

// run writes the generated files that have changed. Their paths are relative to root.
func run(root string) error {
	files, err := generate(root)
	if err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		if old, err := os.ReadFile(path); err == nil && string(old) == text { //nolint:gosec // a file of the repository
			continue
		}
		if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil { //nolint:gosec // a file of the repository
			return err
		}
		if err := os.Rename(path+".new", path); err != nil { // in one step: a local run may read the file now
			return err
		}
		fmt.Println("wrote", name)
	}
	return nil
}

const (
	typescriptFile = "frontend/src/contract.ts"
	asyncAPIFile   = "docs/asyncapi.json"
	protocolFile   = "docs/protocol.md"
)

// generate returns the text of each file by its path below root. In docs/protocol.md, it
// changes only the text between the markers.
func generate(root string) (map[string]string, error) {
	table, err := app.Table()
	if err != nil {
		return nil, err
	}
	channels, err := app.Channels()
	if err != nil {
		return nil, err
	}
	c, err := describe(table, channels)
	if err != nil {
		return nil, err
	}
	document, err := asyncAPI(c)
	if err != nil {
		return nil, err
	}
	page, err := os.ReadFile(filepath.Join(root, protocolFile)) //nolint:gosec // a file of the repository
	if err != nil {
		return nil, err
	}
	ts, err := typescript(c)
	if err != nil {
		return nil, err
	}
	protocol, err := fill(string(page), c)
	if err != nil {
		return nil, err
	}
	return map[string]string{typescriptFile: ts, asyncAPIFile: document, protocolFile: protocol}, nil
}
