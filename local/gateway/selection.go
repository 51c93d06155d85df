package gateway

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// selection is a route selection expression (api-gateway.md 4), such as
// $request.body.action or ${request.body.service}/${request.body.action}.
type selection []selector

// selector is a piece of a selection: the value at a path of the message, or a
// literal.
type selector struct {
	literal string
	path    []step
	inBody  bool // the value at path, not the literal
}

// step goes down one level: to a member, or when key is empty to an element.
type step struct {
	key   string
	index int
}

const (
	namePattern = `\w(?:[\w-]*\w)?`
	pathPattern = `(?:\.` + namePattern + `|\[\d+\])*`
)

var (
	variable = regexp.MustCompile(`^(?:\$\{([^}]*)\}|\$(request\.body` + pathPattern + `))`)
	bodyPath = regexp.MustCompile(`^request\.body(` + pathPattern + `)$`)
	stepping = regexp.MustCompile(`\.(` + namePattern + `)|\[(\d+)\]`)
)

// parseSelection reads an expression: variables $request.body.PATH and
// ${request.body.PATH}, and text, where \$ stands for $. A PATH has names
// joined by dots, and [N] for the N-th element of an array from 0.
func parseSelection(expr string) (selection, error) {
	if expr == "" {
		return nil, errors.New("it is empty; the usual one is $request.body.action")
	}
	var s selection
	for expr != "" {
		var next selector
		length := 1 + strings.IndexAny(expr[1:], `$\`)
		if length == 0 {
			length = len(expr)
		}
		next.literal = expr[:length]
		if strings.HasPrefix(expr, `\$`) {
			next.literal, length = "$", len(`\$`)
		} else if expr[0] == '$' {
			var err error
			if next, length, err = parseVariable(expr); err != nil {
				return nil, err
			}
		}
		s, expr = append(s, next), expr[length:]
	}
	return s, nil
}

// parseVariable reads the variable that expr begins with, and its length.
func parseVariable(expr string) (selector, int, error) {
	m := variable.FindStringSubmatch(expr)
	if m == nil {
		return selector{}, 0, fmt.Errorf(`%q is no variable: want $request.body.PATH or ${request.body.PATH}, and \$ for a dollar sign`, expr)
	}
	path := bodyPath.FindStringSubmatch(m[1] + m[2])
	if path == nil {
		return selector{}, 0, fmt.Errorf("%q is no variable: only ${request.body.PATH} selects a route, where PATH has names, dots and [N]", m[0])
	}
	v := selector{inBody: true}
	for _, m := range stepping.FindAllStringSubmatch(path[1], -1) {
		if m[1] != "" {
			v.path = append(v.path, step{key: m[1]})
			continue
		}
		i, err := strconv.Atoi(m[2])
		if err != nil {
			return selector{}, 0, fmt.Errorf("%q: index %s is too large", m[0], m[2])
		}
		v.path = append(v.path, step{index: i})
	}
	return v, len(m[0]), nil
}

// routeKey returns the key that the message selects. It is empty when there is
// none to be found: the message is not JSON, or the path leads nowhere.
func (s selection) routeKey(message []byte) []byte {
	doc, ok := parse(message)
	if !ok && slices.ContainsFunc(s, func(p selector) bool { return p.inBody }) {
		return nil
	}
	if len(s) == 1 {
		if v := s[0].find(doc); v.is('"') {
			return v.text() // no copy in the usual case
		}
	}
	var key []byte
	for _, part := range s {
		key = append(key, part.literal...)
		if v := part.find(doc); !v.missing() {
			key = appendText(key, v)
		}
	}
	return key
}

// find returns the value that p names in doc, or nil.
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

// appendText appends a value as AWS makes text of it: [item1, item2] and
// {key=item} for what is nested (api-gateway.md 4), and the rest as written.
func appendText(b []byte, v value) []byte {
	if !v.is('[') && !v.is('{') {
		return append(b, v.text()...)
	}
	b = append(b, v[0])
	separator := ""
	for key, element := range v.all() {
		b = append(b, separator...)
		if key != nil {
			b = append(append(b, key.text()...), '=')
		}
		b = appendText(b, element)
		separator = ", "
	}
	return append(b, v[len(v)-1])
}
