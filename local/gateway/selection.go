package gateway

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// selection is a parsed route selection expression (api-gateway.md 4), such as
// $request.body.action or ${request.body.service}/${request.body.action}.
type selection []selector

// selector is a part of a selection: a literal, or the value at a path of the message.
type selector struct {
	literal string
	path    []step
	inBody  bool // the selector is a path
}

// step is a part of a path: the name of a member, or the index of an element if key is empty.
type step struct {
	key   string
	index int
}

const (
	namePattern = `\w(?:[\w-]*\w)?`
	pathPattern = `((?:\.` + namePattern + `|\[\d+\])*)`
)

var (
	// selectorPattern matches "\$", text, a variable, or a variable in braces.
	selectorPattern = regexp.MustCompile(`^(?:\\(\$)|([^$\\]+|\\)|\$request\.body` + pathPattern + `|\$\{request\.body` + pathPattern + `\})`)
	stepPattern     = regexp.MustCompile(`\.(` + namePattern + `)|\[(\d+)\]`)
)

// parseSelection parses an expression of text and variables. A variable is $request.body.PATH
// or ${request.body.PATH}. In text, \$ is a dollar sign. A PATH has names, dots, and [N] for
// an element of an array, where N begins at 0.
func parseSelection(expr string) (selection, error) {
	if expr == "" {
		return nil, errors.New("it is empty; the usual one is $request.body.action")
	}
	var s selection
	for expr != "" {
		m := selectorPattern.FindStringSubmatch(expr)
		if m == nil {
			return nil, fmt.Errorf(`%q is not a variable: want $request.body.PATH or ${request.body.PATH}, where PATH has names, dots and [N], and \$ for a dollar sign`, expr)
		}
		expr = expr[len(m[0]):]
		if literal := m[1] + m[2]; literal != "" {
			s = append(s, selector{literal: literal})
			continue
		}
		path, err := parsePath(m[3] + m[4])
		if err != nil {
			return nil, fmt.Errorf("%q: %w", m[0], err)
		}
		s = append(s, selector{path: path, inBody: true})
	}
	return s, nil
}

func parsePath(text string) ([]step, error) {
	var path []step
	for _, m := range stepPattern.FindAllStringSubmatch(text, -1) {
		next := step{key: m[1]}
		if next.key == "" {
			var err error
			if next.index, err = strconv.Atoi(m[2]); err != nil {
				return nil, fmt.Errorf("index %s is too large", m[2])
			}
		}
		path = append(path, next)
	}
	return path, nil
}

// routeKey returns the route key that the message selects. It is empty if the message is not
// JSON, or has no value at the path.
func (s selection) routeKey(message []byte) string {
	doc, ok := parse(message)
	if !ok && slices.ContainsFunc(s, func(p selector) bool { return p.inBody }) {
		return ""
	}
	var key strings.Builder
	for _, part := range s {
		key.WriteString(part.literal)
		if v := part.find(doc); !v.missing() {
			key.WriteString(keyText(v))
		}
	}
	return key.String()
}

// find returns the value at the path of p in doc, or nil.
func (p selector) find(doc value) value {
	if !p.inBody {
		return nil
	}
	for _, step := range p.path {
		if step.key != "" {
			doc = doc.field(step.key)
		} else {
			doc = doc.element(step.index)
		}
	}
	return doc
}

// keyText returns the text of v in a route key. As on AWS, arrays are [item1, item2] and
// objects are {key=item} (api-gateway.md 4).
func keyText(v value) string {
	if !v.is('[') && !v.is('{') {
		return v.text()
	}
	var items []string
	for name, element := range v.all() {
		item := keyText(element)
		if v.is('{') {
			item = name + "=" + item
		}
		items = append(items, item)
	}
	return string(v[:1]) + strings.Join(items, ", ") + string(v[len(v)-1:])
}
