package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// fill returns a page with the tables of the contract between their markers.
func fill(page string, c contract) (string, error) {
	for name, table := range map[string]string{"client messages": clientTable(c), "server messages": serverTable(c), "error codes": errorTable(c)} {
		begin, end := "<!-- generated: "+name+" -->\n", "<!-- end -->"
		before, rest, found := strings.Cut(page, begin)
		_, after, ended := strings.Cut(rest, end)
		if !found || !ended {
			return "", fmt.Errorf("%s lacks the lines %q and %q, between which a table stands", protocolFile, strings.TrimSpace(begin), end)
		}
		page = before + begin + table + end + after
	}
	return page, nil
}

func clientTable(c contract) string {
	var b strings.Builder
	b.WriteString("| message | purpose | answer |\n|---|---|---|\n")
	for _, r := range c.routes {
		shape := "any other text"
		if r.fields != nil {
			shape = "`{" + strings.Join(append([]string{`"action": "` + r.Key + `"`}, shapes(r.fields)...), ", ") + "}`"
		}
		answer := "none"
		if r.Answer != "" {
			answer = "`" + r.Answer + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", shape, cell(r.Doc), answer)
	}
	return b.String()
}

func serverTable(c contract) string {
	var b strings.Builder
	b.WriteString("| type | data | meaning |\n|---|---|---|\n")
	for _, m := range c.types {
		data := "none"
		if m.data != nil {
			data = "`" + shape(m.data) + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.typ, data, cell(m.doc))
	}
	return b.String()
}

func errorTable(c contract) string {
	if len(c.errors) == 0 {
		return "This app declares no error codes of its own.\n"
	}
	var b strings.Builder
	b.WriteString("| code | meaning | remedy |\n|---|---|---|\n")
	for _, e := range c.errors {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", e.Entry.Code, cell(e.Entry.Meaning), cell(e.Entry.Remedy))
	}
	return b.String()
}

// shapes returns the fields of an object as `"name": type`, with a question mark if
// the field is optional.
func shapes(s *jsonschema.Schema) []string {
	var parts []string
	for _, name := range fieldsOf(s) {
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

// cell returns a text that stays within its cell of a table.
func cell(text string) string { return strings.ReplaceAll(oneLine(text), "|", `\|`) }
