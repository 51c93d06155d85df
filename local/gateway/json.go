package gateway

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// value is one valid JSON value as it was written, without white space around
// it; nil is an absent one.
//
// encoding/json is not enough here: it matches names in any case, where API
// Gateway wants statusCode and not StatusCode, it forgets the order of an
// object, and it reads all of a message to find the one name that selects the
// route.
type value []byte

// parse returns doc as a value, or false when it is not JSON.
func parse(doc []byte) (value, bool) {
	if !json.Valid(doc) {
		return nil, false
	}
	return bytes.TrimSpace(doc), true
}

// is reports whether v is an object ('{'), an array ('['), a string ('"') or
// null ('n').
func (v value) is(kind byte) bool {
	return len(v) > 0 && v[0] == kind
}

// missing reports whether v is absent or null.
func (v value) missing() bool {
	return v == nil || v.is('n')
}

// isNumber reports whether v is a number.
func (v value) isNumber() bool {
	return len(v) > 0 && (v[0] == '-' || '0' <= v[0] && v[0] <= '9')
}

// isBool reports whether v is true or false.
func (v value) isBool() bool {
	return v.is('t') || v.is('f')
}

// field returns the member name of an object, the last one if there are
// several, or nil.
func (v value) field(name string) value {
	if !v.is('{') {
		return nil
	}
	var found value
	for key, member := range v.all() {
		if string(key[1:len(key)-1]) == name || bytes.IndexByte(key, '\\') >= 0 && string(key.text()) == name {
			found = member
		}
	}
	return found
}

// element returns the i-th element of an array, or nil.
func (v value) element(i int) value {
	if !v.is('[') {
		return nil
	}
	for _, element := range v.all() {
		if i == 0 {
			return element
		}
		i--
	}
	return nil
}

// text returns what a string says; for every other value, v itself. It may
// share v's memory.
func (v value) text() []byte {
	if !v.is('"') {
		return v
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return v[1 : len(v)-1]
	}
	var s string
	_ = json.Unmarshal(v, &s) // v is valid
	return []byte(s)
}

// all yields the members of an object, with their keys as JSON strings, or the
// elements of an array with nil keys, in the order they were written.
func (v value) all() iter.Seq2[value, value] {
	return func(yield func(key, element value) bool) {
		if !v.is('{') && !v.is('[') {
			return
		}
		for i := v.space(1); v[i] != '}' && v[i] != ']'; {
			var key value
			if v[0] == '{' {
				end := v.skip(i)
				key = v[i:end]
				i = v.space(v.space(end) + 1) // the colon
			}
			end := v.skip(i)
			if !yield(key, v[i:end]) {
				return
			}
			if i = v.space(end); v[i] == ',' {
				i = v.space(i + 1)
			}
		}
	}
}

// space returns where the white space that may begin at i ends.
func (v value) space(i int) int {
	for v[i] == ' ' || v[i] == '\t' || v[i] == '\n' || v[i] == '\r' {
		i++
	}
	return i
}

// skip returns where the value that begins at i ends.
func (v value) skip(i int) int {
	switch v[i] {
	case '"':
		return v.skipString(i)
	case '{', '[':
		return v.skipNested(i)
	}
	for i < len(v) && bytes.IndexByte([]byte(",]} \t\n\r"), v[i]) < 0 {
		i++
	}
	return i
}

func (v value) skipString(i int) int {
	for i++; v[i] != '"'; i++ {
		if v[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func (v value) skipNested(i int) int {
	for depth := 0; ; {
		switch v[i] {
		case '"':
			i = v.skipString(i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if i++; depth == 0 {
			return i
		}
	}
}

// appendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD; unlike encoding/json it leaves <, > and & alone, as AWS does.
func appendString[T string | []byte](b []byte, s T) []byte {
	b = append(b, '"')
	begin := 0 // of the part that is not copied yet
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			b = append(b, s[begin:i]...)
			b = append(b, "\uFFFD"...)
		} else if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		} else {
			b = append(b, s[begin:i]...)
			b = appendEscape(b, c)
		}
		i++
		begin = i
	}
	b = append(b, s[begin:]...)
	return append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
}
