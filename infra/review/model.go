package review

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Models are AWS's own descriptions of what a request must look like.
type Models struct {
	Source, Version string
	Services        map[string]*Service
}

// Service describes some operations of one service.
type Service struct {
	Operations map[string]string // the shape of the input
	Shapes     map[string]*shape
	Known      []string // the names of all operations that the service has
}

type shape struct {
	Type               string
	Required           []string
	Members            map[string]string // of a structure: the members' shapes
	Member, Key, Value string            // of a list, of a map
	Enum               []string
	Pattern            string
	Min, Max           *float64

	matches *regexp.Regexp // Pattern
}

// ReadModels reads the extract of the models that testdata/models.py makes.
func ReadModels(r io.Reader) (*Models, error) {
	var m Models
	if err := json.NewDecoder(r).Decode(&m); err != nil {
		return nil, fmt.Errorf("read models: %w", err)
	}
	for _, service := range m.Services {
		for name, sh := range service.Shapes {
			var err error
			if sh.matches, err = compile(sh.Pattern); err != nil && sh.Pattern != "" {
				return nil, fmt.Errorf("read model of %s: %w", name, err)
			}
		}
	}
	return &m, nil
}

// check tells what a value lacks to be of a shape; path is where it stands.
func (s *Service) check(path, name string, v any) []string {
	sh := s.Shapes[name]
	switch v := v.(type) {
	case map[string]any:
		return s.checkObject(path, sh, v)
	case []any:
		if sh.Type != "list" {
			return []string{path + ": is a list, want " + sh.Type}
		}
		problems := sh.length(path, float64(len(v)))
		for i, e := range v {
			problems = append(problems, s.check(fmt.Sprintf("%s[%d]", path, i), sh.Member, e)...)
		}
		return problems
	case string:
		return sh.text(path, v)
	case float64:
		if !slices.Contains([]string{"integer", "long", "double", "float"}, sh.Type) {
			return []string{fmt.Sprintf("%s: is a number, want %s", path, sh.Type)}
		}
		return sh.length(path, v)
	case bool:
		if sh.Type != "boolean" {
			return []string{path + ": is a boolean, want " + sh.Type}
		}
	}
	return nil
}

func (s *Service) checkObject(path string, sh *shape, v map[string]any) []string {
	var problems []string
	switch sh.Type {
	case "structure":
		for _, name := range sh.Required {
			if _, ok := v[name]; !ok {
				problems = append(problems, path+": lacks "+name)
			}
		}
		for k, e := range v {
			problems = append(problems, s.check(path+"."+k, sh.Members[k], e)...)
		}
	case "map":
		problems = sh.length(path, float64(len(v)))
		for k, e := range v {
			problems = append(problems, s.check(path+" key "+k, sh.Key, k)...)
			problems = append(problems, s.check(path+"."+k, sh.Value, e)...)
		}
	case "blob": // a file, which stands in a plan as its path
	default:
		problems = []string{path + ": is an object, want " + sh.Type}
	}
	return problems
}

func (sh *shape) text(path, v string) []string {
	if !slices.Contains([]string{"string", "blob", "timestamp"}, sh.Type) {
		return []string{fmt.Sprintf("%s: is %q, want %s", path, v, sh.Type)}
	}
	problems := sh.length(path, float64(utf8.RuneCountInString(v)))
	if len(sh.Enum) > 0 && !slices.Contains(sh.Enum, v) {
		problems = append(problems, fmt.Sprintf("%s: is %q, want one of %s", path, v, strings.Join(sh.Enum, ", ")))
	}
	if sh.Pattern != "" && !sh.matches.MatchString(v) {
		problems = append(problems, fmt.Sprintf("%s: is %q, want %s", path, v, sh.Pattern))
	}
	return problems
}

// length checks a number, or how long something is.
func (sh *shape) length(path string, n float64) []string {
	if sh.Min != nil && n < *sh.Min {
		return []string{fmt.Sprintf("%s: has %g, want at least %g", path, n, *sh.Min)}
	}
	if sh.Max != nil && n > *sh.Max {
		return []string{fmt.Sprintf("%s: has %g, want at most %g", path, n, *sh.Max)}
	}
	return nil
}

// lookaround are the patterns that Go's regular expressions cannot say, and
// those that stand for them here.
var lookaround = map[string]string{
	`^(?![^:\\]*/action/|(?i).*<script>.*</script>.*)[^:\\]+$`: `^[^:\\/<>]+$`,
	`^(?!\s*$).+`:              `.*\S.*`,
	`[0-9A-Za-z\.\-_]*(?<!\.)`: `[0-9A-Za-z._-]*`,
}

// uniform is how Java writes a character by its number.
var uniform = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)

// compile compiles a pattern of the models. The whole text has to match, as AWS
// has it.
func compile(pattern string) (*regexp.Regexp, error) {
	if s, ok := lookaround[pattern]; ok {
		pattern = s
	}
	p, err := regexp.Compile(`^(?:` + uniform.ReplaceAllString(pattern, `\x{$1}`) + `)$`)
	if err != nil {
		return nil, fmt.Errorf("compile pattern: %w", err)
	}
	return p, nil
}
