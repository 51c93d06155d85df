package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// condition reports whether a line passes a filter.
type condition func(logLine) bool

func filter(lines []logLine, text string) ([]logLine, error) {
	p := &conditionParser{words: word.FindAllString(text, -1)}
	pass, err := p.or()
	if err == nil && len(p.words) > 0 {
		err = fmt.Errorf("the rest %q is unknown", p.words)
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(lines), func(line logLine) bool { return !pass(line) }), nil
}

// word matches a text, a regular expression, a sign, or a name.
var word = regexp.MustCompile(`"[^"]*"|/[^/]*/|[()\[\],=]|[@\w]+|\S`)

// conditionParser parses conditions that are joined by "and" and "or".
type conditionParser struct{ words []string }

func (p *conditionParser) next() string {
	if len(p.words) == 0 {
		return ""
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

func (p *conditionParser) take(want string) bool {
	if len(p.words) == 0 || p.words[0] != want {
		return false
	}
	p.next()
	return true
}

func (p *conditionParser) or() (condition, error) {
	return p.join("or", func() (condition, error) { return p.join("and", p.one, func(a, b bool) bool { return a && b }) },
		func(a, b bool) bool { return a || b })
}

func (p *conditionParser) join(by string, part func() (condition, error), both func(a, b bool) bool) (condition, error) {
	left, err := part()
	for err == nil && p.take(by) {
		first := left
		var second condition
		second, err = part()
		left = func(line logLine) bool { return both(first(line), second(line)) }
	}
	return left, err
}

// one parses a condition about one field: ispresent(field), field = "text",
// field in ["a", "b"], field like "text", or field like /pattern/.
func (p *conditionParser) one() (condition, error) {
	field := p.next()
	if field == "ispresent" {
		p.take("(")
		field = p.next()
		p.take(")")
		return func(line logLine) bool { return line[field] != nil }, nil
	}
	switch operator := p.next(); operator {
	case "=":
		want := strings.Trim(p.next(), `"`)
		return func(line logLine) bool { return line[field] == want }, nil
	case "in":
		var wanted []any
		for p.take("[") || p.take(",") {
			wanted = append(wanted, strings.Trim(p.next(), `"`))
		}
		if !p.take("]") {
			return nil, fmt.Errorf("the list of %s has no end", field)
		}
		return func(line logLine) bool { return slices.Contains(wanted, line[field]) }, nil
	case "like":
		pattern, err := regexp.Compile(strings.Trim(p.next(), `/"`))
		return func(line logLine) bool { return pattern.MatchString(fmt.Sprint(line[field])) }, err
	default:
		return nil, fmt.Errorf("the operator %q is unknown", operator)
	}
}
