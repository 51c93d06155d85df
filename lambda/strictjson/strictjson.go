// Package strictjson finds members of JSON documents that encoding/json accepts
// although their meaning is ambiguous.
package strictjson

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// container is an open JSON object or array.
type container struct {
	keys map[string]bool // the keys so far; nil: an array
	key  string          // the key of the next value; "": the next token is a key
	fold bool            // keys that differ only in case count as one
}

// DuplicateKey returns a key that an object in a JSON document has twice, at any depth. It
// returns false if there is none or if doc is not JSON. Decoders differ in the value that
// they use: encoding/json uses the last one, merges objects, and ignores the case of keys.
// Within a member named opaque, keys are case-sensitive, because decoders that are
// case-sensitive read that member. An empty opaque means that there is no such member.
func DuplicateKey(doc []byte, opaque string) (string, bool) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber() // otherwise, a number that is too large for float64 is an error
	in := []container{{fold: true}}
	for {
		t, err := dec.Token()
		if err != nil { // the end, because the caller has decoded the document before
			return "", false
		}
		at := &in[len(in)-1]
		if key, ok := t.(string); ok && at.keys != nil && at.key == "" {
			if at.add(key) {
				return key, true
			}
			continue
		}
		fold := at.fold && (opaque == "" || at.key != "."+opaque)
		at.key = ""
		switch t {
		case json.Delim('{'):
			in = append(in, container{keys: map[string]bool{}, fold: fold})
		case json.Delim('['):
			in = append(in, container{fold: fold})
		case json.Delim('}'), json.Delim(']'):
			in = in[:len(in)-1]
		}
	}
}

// add records the key of the next value. It returns true if the object has the key
// already.
func (o *container) add(key string) bool {
	o.key = "." + key // never empty
	if o.fold {
		key = strings.ToLower(strings.ToUpper(key)) // as encoding/json does: ſ equals s
	}
	twice := o.keys[key]
	o.keys[key] = true
	return twice
}

// UnknownMember returns the name of a member of a JSON object that is not exactly one
// of names. It returns false if there is none, or if doc is not an object.
func UnknownMember(doc []byte, names ...string) (string, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(doc, &members) != nil {
		return "", false
	}
	for name := range members {
		if !slices.Contains(names, name) {
			return name, true
		}
	}
	return "", false
}
