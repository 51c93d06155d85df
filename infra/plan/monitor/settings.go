package monitor

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// settings are the project's name and the stack's configuration in the form that the
// program gets from the engine: by "namespace:key", lists and objects as JSON.
type settings struct {
	project string
	config  map[string]string
}

// declaration is a key under config in Pulumi.yaml. A key of the project has a type. A
// key with a namespace, of a provider or of Pulumi, has a value.
type declaration struct {
	Type        string `yaml:"type"`
	Description string `yaml:"description"`
	Default     any    `yaml:"default"`
	Value       any    `yaml:"value"`
}

// readSettings reads Pulumi.yaml in dir and the stack's file. Like the engine, it applies
// defaults and checks types. Unlike the engine, it refuses a key of the project that
// Pulumi.yaml does not declare.
func readSettings(dir, stackFile string) (settings, error) {
	var project struct {
		Name   string                 `yaml:"name"`
		Config map[string]declaration `yaml:"config"`
	}
	if err := readYAML(filepath.Join(dir, "Pulumi.yaml"), &project); err != nil {
		return settings{}, err
	}
	var stack struct {
		Config map[string]any `yaml:"config"`
	}
	if err := readYAML(stackFile, &stack); err != nil {
		return settings{}, err
	}
	s := settings{project: project.Name, config: map[string]string{}}
	var errs []error
	values, declared := map[string]any{}, map[string]declaration{}
	for key, d := range project.Config {
		full := s.qualify(key)
		declared[full] = d
		if v := cmp.Or(d.Value, d.Default); v != nil {
			values[full] = v
		}
	}
	for key, v := range stack.Config {
		full := s.qualify(key)
		if _, ok := declared[full]; !ok && strings.HasPrefix(full, s.project+":") {
			errs = append(errs, fmt.Errorf("%s is not a key of this project: Pulumi.yaml declares %s", full, s.own(declared)))
		}
		values[full] = v
	}
	for _, key := range slices.Sorted(maps.Keys(declared)) {
		if _, ok := values[key]; !ok {
			errs = append(errs, fmt.Errorf("%s is not set, and Pulumi.yaml gives it no default", key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		text, err := text(values[key], declared[key].Type)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %w", key, err))
		}
		s.config[key] = text
	}
	if err := errors.Join(errs...); err != nil {
		return settings{}, fmt.Errorf("read %s: %w", stackFile, err)
	}
	return s, nil
}

// qualify adds the project's namespace to a key without one.
func (s settings) qualify(key string) string {
	if strings.Contains(key, ":") {
		return key
	}
	return s.project + ":" + key
}

// own returns the keys of the project, separated by commas.
func (s settings) own(declared map[string]declaration) string {
	var keys []string
	for key := range declared {
		if k, ok := strings.CutPrefix(key, s.project+":"); ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}

// text returns a value in the form that the program gets. It returns an error if the value
// does not have the type that Pulumi.yaml declares; "" accepts every type.
func text(v any, typ string) (string, error) {
	s, kind := "", ""
	switch v := v.(type) {
	case string:
		s, kind = v, "string"
		if _, err := strconv.Atoi(v); err == nil && typ == "integer" || (v == "true" || v == "false") && typ == "boolean" {
			kind = typ
		}
	case bool:
		s, kind = strconv.FormatBool(v), "boolean"
	case int:
		s, kind = strconv.Itoa(v), "integer"
	default:
		b, err := json.Marshal(v)
		if err != nil {
			return "", fmt.Errorf("cannot be encoded: %w", err)
		}
		s, kind = string(b), "object"
		if s[0] == '[' {
			kind = "array"
		}
	}
	if m, ok := v.(map[string]any); ok && m["secure"] != nil {
		return "", errors.New("is encrypted: the monitor does not have the stack's key")
	}
	if typ != "" && typ != kind {
		return "", fmt.Errorf("is %s: want type %s", s, typ)
	}
	return s, nil
}

func readYAML(path string, into any) error {
	b, err := os.ReadFile(path) //nolint:gosec // the caller names its own project
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	if err := yaml.Unmarshal(b, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
