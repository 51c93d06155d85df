package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// writeOutputs writes the stack outputs to file, as `pulumi stack output
// --json` prints them. The scripts read them there.
func writeOutputs(file string, outputs map[string]any) error {
	text, err := json.MarshalIndent(outputs, "", "  ")
	if err != nil {
		return fmt.Errorf("write outputs: %w", err)
	}
	return writeWhole(file, append(text, '\n'))
}

// writeWhole writes file so that it appears whole or not at all, and for its
// owner only.
func writeWhole(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	temp := file + ".new"
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if err := os.Rename(temp, file); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
