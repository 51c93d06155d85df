package strictjson_test

import (
	"testing"

	"sallyport/lambda/strictjson"
)

func TestDuplicateKey(t *testing.T) {
	for name, test := range map[string]struct{ doc, opaque, want string }{
		"same key":                {`{"a":1,"b":2,"a":3}`, "", "a"},
		"other case":              {`{"a":1,"A":2}`, "", "A"},
		"long s":                  {`{"s":1,"ſ":2}`, "", "ſ"},
		"after a large number":    {`{"a":1e999,"b":1,"b":2}`, "", "b"},
		"in an array":             {`[{"a":1},{"b":1,"b":2}]`, "", "b"},
		"after an array":          {`{"a":[1,[2]],"a":2}`, "", "a"},
		"after an object":         {`{"a":{"b":{}},"a":2}`, "", "a"},
		"case in an empty key":    {`{"":{"a":1,"A":2}}`, "", "A"},
		"same key in opaque":      {`{"m":{"a":1,"a":2}}`, "m", "a"},
		"case in opaque":          {`{"m":{"a":1,"A":2}}`, "m", ""},
		"case deep in opaque":     {`{"m":{"x":{"a":1,"A":2}}}`, "m", ""},
		"case in array of opaque": {`{"m":[{"a":1,"A":2}]}`, "m", ""},
		"case after opaque":       {`{"m":{},"x":{"a":1,"A":2}}`, "m", "A"},
		"distinct":                {`{"a":"b","b":["a","a"],"c":{"a":1}}`, "", ""},
		"not JSON":                {`{"a":1,`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, found := strictjson.DuplicateKey([]byte(test.doc), test.opaque)
			if got != test.want || found != (test.want != "") {
				t.Errorf("%s: got key %q, found %v, want %q", test.doc, got, found, test.want)
			}
		})
	}
}

func TestUnknownMember(t *testing.T) {
	for doc, want := range map[string]string{`{"a":1,"b":2}`: "", `{"a":1,"c":2}`: "c", `{"A":1}`: "A", `[]`: "", `{}`: ""} {
		got, found := strictjson.UnknownMember([]byte(doc), "a", "b")
		if got != want || found != (want != "") {
			t.Errorf("%s: got member %q, found %v, want %q", doc, got, found, want)
		}
	}
}
