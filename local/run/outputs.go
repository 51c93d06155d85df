package run

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// writeOutputs writes the stack outputs to file, in the format of `pulumi stack output
// --json`. The scripts read this file.
func writeOutputs(file string, outputs map[string]any) error {
	text, err := json.MarshalIndent(outputs, "", "  ")
	if err != nil {
		return fmt.Errorf("write outputs: %w", err)
	}
	return writeFile(file, append(text, '\n'))
}

// writeFile creates file with its complete content in one step. Only the owner can read it.
func writeFile(file string, text []byte) error {
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
