package route

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sallyport/lambda/strictjson"
)

// decode decodes a message, without its action, into an In. Its error is an
// *errcode.Refusal, whose text quotes the message and whose reason does not.
func decode[In any](body string) (In, error) {
	var in In
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &members) != nil || members == nil {
		return in, invalid("not a JSON object", "The message is not a JSON object.")
	}
	if key, found := strictjson.DuplicateKey([]byte(body), ""); found {
		return in, invalid("duplicate field", "The message has the field %.100q twice. Fields that differ only in case count as one.", key)
	}
	delete(members, action)
	known := Fields(reflect.TypeFor[In]())
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(known, name) {
			return in, invalid("unknown field", "The field %.100q is unknown. Known fields: %s.", name, orNone(known))
		}
	}
	raw, err := json.Marshal(members)
	if err != nil {
		return in, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return in, wrongValue(err)
	}
	return in, nil
}

// wrongValue returns the refusal for a field whose value does not fit its Go type.
func wrongValue(err error) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		return invalid("wrong type", "The field %.100q must be %s.", typ.Field, jsonType(typ.Type))
	}
	return invalid("wrong value", "A field has a wrong value: %.200s.", strings.TrimPrefix(err.Error(), "json: "))
}

// jsonType describes the JSON values of a Go type.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number that fits " + t.Kind().String()
	}
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// Fields returns the names of the JSON fields of a struct type.
func Fields(t reflect.Type) []string {
	var names []string
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported(), name == "-", f.Anonymous && name == "":
			continue
		case name == "":
			name = f.Name
		}
		names = append(names, name)
	}
	return names
}
