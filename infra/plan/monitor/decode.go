package monitor

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
)

// How the wire marks what JSON has no word for: an object with this key, whose
// value tells what the object stands for. An unknown value is a string.
const (
	signature   = "4dabf18193072939515e22adb298388d"
	signSecret  = "1b47061264138c4ac30d75fd1eb44270"
	signAsset   = "c44067f5952c0a294b673a41bacd8c17"
	signArchive = "0def7320c3a5731c473e5ecbe6d01bc7"
	unknown     = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
)

// decoder turns values of the wire into those of a plan, and keeps what no
// plan can hold.
type decoder struct {
	dir      string   // of the project, to which paths are made relative
	unknown  []string // properties whose value nobody computed
	problems []error
}

// object decodes the properties of s; path is where s stands, "" at the top.
func (d *decoder) object(path string, s *structpb.Struct) map[string]any {
	m := make(map[string]any, len(s.GetFields()))
	for k, v := range s.GetFields() {
		at := strings.TrimPrefix(path+"."+k, ".")
		m[k] = d.value(at, v)
	}
	return m
}

func (d *decoder) value(path string, v *structpb.Value) any {
	switch k := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		if k.StringValue == unknown {
			d.unknown = append(d.unknown, path)
			return nil
		}
		return k.StringValue
	case *structpb.Value_BoolValue:
		return k.BoolValue
	case *structpb.Value_NumberValue:
		return k.NumberValue
	case *structpb.Value_ListValue:
		list := make([]any, len(k.ListValue.GetValues()))
		for i, e := range k.ListValue.GetValues() {
			list[i] = d.value(fmt.Sprintf("%s[%d]", path, i), e)
		}
		return list
	case *structpb.Value_StructValue:
		return d.signed(path, k.StructValue)
	}
	return nil
}

// signed decodes a plain object, or what a signed one stands for.
func (d *decoder) signed(path string, s *structpb.Struct) any {
	switch sign := s.GetFields()[signature].GetStringValue(); sign {
	case "":
		return d.object(path, s)
	case signSecret:
		// Decoded for its unknown parts, then dropped.
		d.value(path, s.GetFields()["value"])
		return map[string]any{"secret": true}
	case signAsset:
		return map[string]any{"file": d.path(path, s)}
	case signArchive:
		return map[string]any{"archive": d.path(path, s)}
	default:
		d.problems = append(d.problems, fmt.Errorf("%s holds a kind of value that a plan does not know (%s)", path, sign))
		return nil
	}
}

// path returns the file of an asset or archive, relative to the project.
func (d *decoder) path(at string, s *structpb.Struct) string {
	file := s.GetFields()["path"].GetStringValue()
	if file == "" {
		d.problems = append(d.problems, fmt.Errorf("%s is an asset without a file", at))
	}
	if rel, err := filepath.Rel(d.dir, file); err == nil && filepath.IsAbs(file) {
		file = rel
	}
	return filepath.ToSlash(file)
}

// err tells what could not be decoded. uses names, for each property, the
// resources whose outputs it uses.
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
		problems = append(problems, fmt.Errorf("%s is unknown: it uses an output of %s that the monitor does not compute (add it to outputs.go)", path, of))
	}
	return errors.Join(problems...)
}
