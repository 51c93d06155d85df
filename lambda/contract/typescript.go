package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/google/jsonschema-go/jsonschema"
)

//go:embed contract.ts.tmpl
var typescriptText string

// typescript returns the module contract.ts.
func typescript(c contract) (string, error) {
	functions := template.FuncMap{"comment": comment, "quote": quote, "key": key, "members": members, "fields": formFields, "type": tsType, "check": check, "example": exampleOf}
	return render(template.New("contract.ts").Funcs(functions), typescriptText, "contract.ts", c)
}

// render parses a text and executes one of its templates.
func render(t *template.Template, text, name string, c contract) (string, error) {
	t, err := t.Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.ExecuteTemplate(&b, name, c)
	return b.String(), err
}

// members returns the TypeScript fields of an object, each after a semicolon.
func members(s *jsonschema.Schema) string {
	var b strings.Builder
	for _, name := range s.PropertyOrder {
		optional := "?"
		if slices.Contains(s.Required, name) {
			optional = ""
		}
		fmt.Fprintf(&b, "; readonly %s%s: %s", key(name), optional, tsType(s.Properties[name]))
	}
	return b.String()
}

// formFields returns the fields of a message as TypeScript objects with commas between
// them. It returns "" for a message without fields.
func formFields(s *jsonschema.Schema) string {
	if s == nil {
		return ""
	}
	var fields []string
	for _, name := range s.PropertyOrder {
		kind := kindOf(s.Properties[name])
		if kind == "" || kind == "object" || kind == "array" {
			kind = "json"
		}
		required := slices.Contains(s.Required, name)
		fields = append(fields, fmt.Sprintf("{ name: %s, kind: '%s', required: %t }", quote(name), kind, required))
	}
	return strings.Join(fields, ", ")
}

// tsType returns the TypeScript type of a schema.
func tsType(s *jsonschema.Schema) string {
	typ := "unknown"
	switch kindOf(s) {
	case "object":
		typ = "Readonly<Record<string, unknown>>"
		if len(s.Properties) > 0 {
			typ = "{ " + strings.TrimPrefix(members(s), "; ") + " }"
		} else if isMap(s) {
			typ = "Readonly<Record<string, " + tsType(s.AdditionalProperties) + ">>"
		}
	case "array":
		typ = "readonly " + tsType(s.Items) + "[]"
		if strings.ContainsAny(tsType(s.Items), " |") {
			typ = "ReadonlyArray<" + tsType(s.Items) + ">"
		}
	case "string", "boolean":
		typ = kindOf(s)
	case "integer", "number":
		typ = "number"
	}
	if nullable(s) {
		return typ + " | null"
	}
	return typ
}

// isMap reports whether a schema is that of a Go map.
func isMap(s *jsonschema.Schema) bool {
	return s.AdditionalProperties != nil && s.AdditionalProperties.Not == nil
}

// check returns a TypeScript expression that is true if the expression v is valid for
// a schema. depth numbers its variables.
func check(s *jsonschema.Schema, v string, depth int) string {
	var test string
	item := fmt.Sprintf("v%d", depth)
	switch kindOf(s) {
	case "object":
		parts := []string{"isObject(" + v + ")"}
		for _, name := range s.PropertyOrder {
			field := fmt.Sprintf("%s[%s]", v, quote(name))
			part := check(s.Properties[name], field, depth)
			if !slices.Contains(s.Required, name) {
				part = fmt.Sprintf("(%s === undefined || %s)", field, part)
			}
			parts = append(parts, part)
		}
		if isMap(s) {
			parts = append(parts, fmt.Sprintf("Object.values(%s).every((%s) => %s)", v, item, check(s.AdditionalProperties, item, depth+1)))
		}
		test = strings.Join(parts, " && ")
	case "array":
		test = fmt.Sprintf("Array.isArray(%s) && %s.every((%s: unknown) => %s)", v, v, item, check(s.Items, item, depth+1))
	case "string", "boolean":
		test = fmt.Sprintf("typeof %s === '%s'", v, kindOf(s))
	case "integer":
		test = "Number.isInteger(" + v + ")"
	case "number":
		test = "typeof " + v + " === 'number'"
	default:
		return v + " !== undefined"
	}
	if nullable(s) {
		return fmt.Sprintf("(%s === null || (%s))", v, test)
	}
	return test
}

// exampleOf returns an example of a message for a route.
func exampleOf(r routeMessage) string {
	if r.Fields == nil {
		return "Hello"
	}
	text := `{"action":` + jsonText(r.Key)
	for _, name := range r.Fields.Required {
		text += "," + jsonText(name) + ":" + jsonText(example(r.Fields.Properties[name]))
	}
	return text + "}"
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // examples can always be encoded
		return "null"
	}
	return string(b)
}

// quote returns a TypeScript string in single quotation marks.
func quote(text string) string {
	unquoted := jsonText(text)
	unquoted = unquoted[1 : len(unquoted)-1]
	inside := strings.NewReplacer(`\\`, `\\`, `\"`, `"`, `'`, `\'`).Replace(unquoted)
	return "'" + inside + "'"
}

// key returns a name as the key of a TypeScript object.
func key(name string) string {
	if regexp.MustCompile(`^[A-Za-z_$][\w$]*$`).MatchString(name) {
		return name
	}
	return quote(name)
}

// comment escapes a text for a TypeScript comment.
func comment(text string) string { return strings.ReplaceAll(oneLine(text), "*/", "* /") }

// oneLine returns a text without line breaks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
