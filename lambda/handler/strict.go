package handler

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// object is a JSON object, or an array, that a walk is in.
type object struct {
	keys map[string]bool // nil: an array
	key  string          // of the value that comes next; "": a key comes next
	fold bool            // keys that differ by case are the same
}

// keyTwice returns a key that an object in a JSON document has twice, at
// whatever depth, and false if there is none. Which one counts is for nobody to
// guess: encoding/json takes the last one, merges objects, and takes a key in
// another case for the same. Within a member "message", which is for readers that
// know better, keys in different cases are two.
func keyTwice(doc []byte) (string, bool) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber() // any number
	in := []object{{fold: true}}
	for {
		t, err := dec.Token()
		if err != nil { // the end; the document was decoded before
			return "", false
		}
		at := &in[len(in)-1]
		if key, ok := t.(string); ok && at.keys != nil && at.key == "" {
			if at.add(key) {
				return key, true
			}
			continue
		}
		fold := at.fold && at.key != ".message"
		at.key = ""
		switch t {
		case json.Delim('{'):
			in = append(in, object{keys: map[string]bool{}, fold: fold})
		case json.Delim('['):
			in = append(in, object{fold: fold})
		case json.Delim('}'), json.Delim(']'):
			in = in[:len(in)-1]
		}
	}
}

// add notes the key of the value that comes next. It returns true if the object
// has it already.
func (o *object) add(key string) bool {
	o.key = "." + key // never empty
	if o.fold {
		key = strings.ToLower(strings.ToUpper(key)) // as encoding/json does: ſ is an s
	}
	twice := o.keys[key]
	o.keys[key] = true
	return twice
}

// otherMember returns a member of a JSON object that is none of those names, in
// exactly this spelling, and false if there is none, or no object.
func otherMember(doc []byte, names ...string) (string, bool) {
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
