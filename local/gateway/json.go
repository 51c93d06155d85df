package gateway

import (
	"bytes"
	"encoding/json"
	"iter"
)

// value is one valid JSON value without white space around it. Nil is an absent value.
//
// Types of encoding/json are not enough here. A struct matches names in any case, but API
// Gateway wants statusCode and not StatusCode. A map does not keep the order of an object.
type value []byte

// parse returns doc as a value. It returns false if doc is not JSON.
func parse(doc []byte) (value, bool) {
	if !json.Valid(doc) {
		return nil, false
	}
	return bytes.TrimSpace(doc), true
}

// is reports whether v is an object ('{'), an array ('['), a string ('"') or null ('n').
func (v value) is(kind byte) bool {
	return len(v) > 0 && v[0] == kind
}

// missing reports whether v is absent or null.
func (v value) missing() bool {
	return v == nil || v.is('n')
}

// members returns the members of an object by their exact names. If there are several members
// with a name, the last one counts. For every other value it returns nil.
func (v value) members() map[string]json.RawMessage {
	if !v.is('{') {
		return nil
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(v, &members) // v is valid
	return members
}

// field returns the member of an object with this name, or nil.
func (v value) field(name string) value {
	return value(v.members()[name])
}

// element returns the i-th element of an array, or nil.
func (v value) element(i int) value {
	if v.is('[') {
		for _, element := range v.all() {
			if i == 0 {
				return element
			}
			i--
		}
	}
	return nil
}

// text returns the text of a string. For every other value it returns v as it is written.
func (v value) text() string {
	if !v.is('"') {
		return string(v)
	}
	var s string
	_ = json.Unmarshal(v, &s) // v is valid
	return s
}

// all yields the members of an object with their names, or the elements of an array with
// empty names, in the order of the document.
func (v value) all() iter.Seq2[string, value] {
	return func(yield func(name string, element value) bool) {
		if !v.is('{') && !v.is('[') {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(v)) // v is valid, so that it does not fail
		_, _ = decoder.Token()                         // the opening bracket
		for decoder.More() {
			var name string
			if v.is('{') {
				token, _ := decoder.Token()
				name, _ = token.(string)
			}
			var element json.RawMessage
			if decoder.Decode(&element) != nil || !yield(name, value(element)) {
				return
			}
		}
	}
}

// encode returns v as compact JSON. Unlike json.Marshal it does not escape <, > and &, and
// neither does AWS. v must have a type whose encoding cannot fail.
func encode(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
