package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/google/jsonschema-go/jsonschema"
)

//go:embed protocol.md.tmpl
var protocolText string

// fill returns a page with the tables of the contract between their markers.
func fill(page string, c contract) (string, error) {
	functions := template.FuncMap{"cell": cell, "shape": shape, "message": message}
	for _, name := range []string{"client messages", "server messages", "error codes"} {
		table, err := render(template.New("").Funcs(functions), protocolText, name, c)
		if err != nil {
			return "", err
		}
		begin, end := "<!-- generated: "+name+" -->\n", "<!-- end -->"
		before, rest, found := strings.Cut(page, begin)
		_, after, ended := strings.Cut(rest, end)
		if !found || !ended {
			return "", fmt.Errorf("%s lacks the lines %q and %q before and after a table", protocolFile, strings.TrimSpace(begin), end)
		}
		page = before + begin + table + end + after
	}
	return page, nil
}

// message returns the form of the messages for a route, as in {"action": "whoami"}.
func message(r routeMessage) string {
	return "{" + strings.Join(append([]string{`"action": "` + r.Key + `"`}, shapes(r.Fields)...), ", ") + "}"
}

// shapes returns the fields of an object as `"name": type`, with a question mark if
// the field is optional.
func shapes(s *jsonschema.Schema) []string {
	var parts []string
	for _, name := range s.PropertyOrder {
		optional := ""
		if !slices.Contains(s.Required, name) {
			optional = "?"
		}
		parts = append(parts, fmt.Sprintf("%q%s: %s", name, optional, shape(s.Properties[name])))
	}
	return parts
}

// shape returns a schema in the short form of the tables.
func shape(s *jsonschema.Schema) string {
	text := "any JSON"
	switch kind := kindOf(s); {
	case kind == "object" && isMap(s):
		text = "{name: " + shape(s.AdditionalProperties) + "}"
	case kind == "object":
		text = "{" + strings.Join(shapes(s), ", ") + "}"
	case kind == "array":
		text = "[" + shape(s.Items) + "]"
	case kind != "":
		text = kind
	}
	if nullable(s) {
		text += " or null"
	}
	return text
}

// cell escapes a text for a cell of a Markdown table.
func cell(text string) string { return strings.ReplaceAll(oneLine(text), "|", `\|`) }
