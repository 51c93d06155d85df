package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// writeOutputs writes the stack outputs to file, as `pulumi stack output
// --json` prints them. The scripts read them there. The file appears whole or
// not at all.
func writeOutputs(file string, outputs map[string]any) error {
	text, err := json.MarshalIndent(outputs, "", "  ")
	if err != nil {
		return fmt.Errorf("write outputs: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return fmt.Errorf("write outputs: %w", err)
	}
	temp := file + ".new"
	if err := os.WriteFile(temp, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write outputs: %w", err)
	}
	if err := os.Rename(temp, file); err != nil {
		return fmt.Errorf("write outputs: %w", err)
	}
	return nil
}
