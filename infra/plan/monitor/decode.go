package monitor

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// The protocol marks values without a JSON type by an object with the key signature,
// whose value is the kind. An unknown value is a string.
const (
	signature   = "4dabf18193072939515e22adb298388d"
	signSecret  = "1b47061264138c4ac30d75fd1eb44270"
	signAsset   = "c44067f5952c0a294b673a41bacd8c17"
	signArchive = "0def7320c3a5731c473e5ecbe6d01bc7"
	unknown     = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
)

// decoder converts values of the protocol into values of a plan. It collects the values
// that a plan cannot contain.
type decoder struct {
	dir      string   // of the project; paths become relative to it
	unknown  []string // paths of properties without a computed value
	problems []error
}

// object decodes the properties of s. path is the path of s, "" at the top.
func (d *decoder) object(path string, s map[string]any) map[string]any {
	m := make(map[string]any, len(s))
	for k, v := range s {
		m[k] = d.value(strings.TrimPrefix(path+"."+k, "."), v)
	}
	return m
}

func (d *decoder) value(path string, v any) any {
	switch v := v.(type) {
	case string:
		if v == unknown {
			d.unknown = append(d.unknown, path)
			return nil
		}
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = d.value(fmt.Sprintf("%s[%d]", path, i), e)
		}
		return list
	case map[string]any:
		return d.signed(path, v)
	}
	return v
}

// signed decodes an object with or without a signature.
func (d *decoder) signed(path string, s map[string]any) any {
	switch sign, _ := s[signature].(string); sign {
	case "":
		return d.object(path, s)
	case signSecret:
		// The value is decoded to find its unknown parts only.
		d.value(path, s["value"])
		return map[string]any{"secret": true}
	case signAsset:
		return map[string]any{"file": d.path(path, s)}
	case signArchive:
		return map[string]any{"archive": d.path(path, s)}
	default:
		d.problems = append(d.problems, fmt.Errorf("%s has a kind of value that a plan cannot contain (%s)", path, sign))
		return nil
	}
}

// path returns the file of an asset or archive, relative to the project.
func (d *decoder) path(at string, s map[string]any) string {
	file, _ := s["path"].(string)
	if file == "" {
		d.problems = append(d.problems, fmt.Errorf("%s is an asset without a file", at))
	}
	if rel, err := filepath.Rel(d.dir, file); err == nil && filepath.IsAbs(file) {
		file = rel
	}
	return filepath.ToSlash(file)
}

// err returns an error for the values that a plan cannot contain, or nil. uses maps each
// property to the resources whose outputs it uses.
func (d *decoder) err(uses map[string][]string) error {
	problems := slices.Clone(d.problems)
	slices.Sort(d.unknown)
	for _, path := range d.unknown {
		property, _, _ := strings.Cut(path, ".")
		property, _, _ = strings.Cut(property, "[")
		of := "a resource"
		if len(uses[property]) > 0 {
			slices.Sort(uses[property])
			of = strings.Join(uses[property], ", ")
		}
		problems = append(problems, fmt.Errorf("%s is unknown: it uses an output of %s that the monitor does not compute; add it to infra/plan/monitor/outputs.go", path, of))
	}
	return errors.Join(problems...)
}
