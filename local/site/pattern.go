package site

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Pattern is a path pattern of CloudFront: * is any number of characters, ? is one character,
// and the case of letters matters. A pattern matches the whole path. The slash at its beginning
// is optional (CloudFront's guide, "Path pattern"). The zero value matches no path.
type Pattern struct{ expression *regexp.Regexp }

// patternCharacters are the characters that CloudFront allows in a pattern.
var patternCharacters = regexp.MustCompile(`^[A-Za-z0-9_\-.*$/~"'@:+&?]+$`)

// ParsePattern returns the pattern of a text such as /images/*.jpg.
func ParsePattern(text string) (Pattern, error) {
	if !patternCharacters.MatchString(text) || len(text) > 255 {
		return Pattern{}, fmt.Errorf("the path pattern is %.300q, want 1 to 255 letters, digits and _-.*$/~\"'@:+&?", text)
	}
	quoted := regexp.QuoteMeta(strings.TrimPrefix(text, "/"))
	expression := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(quoted)
	compiled, err := regexp.Compile(`(?s)^/` + expression + `$`)
	return Pattern{compiled}, err
}

// Match reports whether the pattern matches a path with a slash at its beginning.
func (p Pattern) Match(path string) bool {
	return p.expression != nil && p.expression.MatchString(path)
}

// normalize returns the path with which CloudFront compares the patterns: without dot segments,
// and with unreserved characters unescaped (RFC 3986). The origin gets the original path.
func normalize(escaped string) string {
	decoded := percent.ReplaceAllStringFunc(escaped, func(triplet string) string {
		character, err := url.PathUnescape(triplet)
		if err != nil || !unreserved.MatchString(character) {
			return strings.ToUpper(triplet)
		}
		return character
	})
	unescaped, err := url.PathUnescape(decoded)
	if err != nil {
		return decoded // cannot happen: net/http refuses such a request
	}
	root := url.URL{Path: "/"}
	return root.ResolveReference(&url.URL{Path: unescaped, RawPath: decoded}).EscapedPath()
}

var (
	percent    = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	unreserved = regexp.MustCompile(`^[A-Za-z0-9._~-]$`)
)
