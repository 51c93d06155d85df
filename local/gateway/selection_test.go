package gateway

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestRouteKey checks messages that the cases of test/conformance do not have.
func TestRouteKey(t *testing.T) {
	tests := []struct{ expr, message, want string }{
		{"$request.body.action", ` { "other" : [ {"action":"no"} , "}" ] , "action" : "join" } `, "join"},
		{"$request.body.action", `{"action":"a\"b\\c\n"}`, "a\"b\\c\n"},
		{"$request.body.action", `{"action":[]}`, "[]"},
		{"$request.body.action", `{"action":["a", [1, null], {"b":"c" , "d":{}}]}`, "[a, [1, null], {b=c, d={}}]"},
		{"$request.body", `"join"`, "join"},
		{"$request.body", `join`, ""},
		{"$request.body.steps[1].do", `{"steps":[{"do":"x"},{"do":"y"}]}`, "y"},
		{"$request.body.steps[2]", `{"steps":[1,2]}`, ""},
		{"$request.body[0]", `["x"]`, "x"},
		{"$request.body.my-key", `{"my-key":"x"}`, "x"},
		{"${request.body.service}/${request.body.action}", `text`, ""},
		{"$request.body.a-$request.body.b", `{"a":1,"b":2}`, "1-2"},
		{"v1:${request.body.a}!", `{"a":"${request.body.b}","b":2}`, "v1:${request.body.b}!"},
		{`\$default`, `text`, "$default"},
		{`a\b`, ``, `a\b`},
	}
	for _, test := range tests {
		s, err := parseSelection(test.expr)
		if err != nil {
			t.Errorf("%s: %v", test.expr, err)
			continue
		}
		if got := s.routeKey([]byte(test.message)); got != test.want {
			t.Errorf("%s of %s: got %q, want %q", test.expr, test.message, got, test.want)
		}
	}
}

func TestBadSelection(t *testing.T) {
	for _, expr := range []string{
		"", "$", "$action", "$request.header.x", "${request.body.action", "${context.connectionId}", "${}", "${request.body..a}",
		"${request.body.a[x]}", "${request.body.$.a}", "$default", "${request.body[99999999999999999999]}", "a$",
	} {
		if s, err := parseSelection(expr); err == nil {
			t.Errorf("%q: got %v, want an error", expr, s)
		}
	}
}

// FuzzSelection checks that a message which is not JSON gives an empty key.
func FuzzSelection(f *testing.F) {
	f.Add("$request.body.action", `{"action":"join"}`)
	f.Add("${request.body.a.b}/${request.body.c[0]}", `{"a":{"b":[1,{"x":null}]},"c":["\u0000"]}`)
	f.Add(`\$x${request.body}`, ` [ 1 , "a\\" , {} , [ ] , {"a" : "b\"" } ] `)
	f.Fuzz(func(t *testing.T, expr, message string) {
		s, err := parseSelection(expr)
		if err != nil {
			return
		}
		key := s.routeKey([]byte(message))
		if !json.Valid([]byte(message)) && strings.Contains(expr, "$r") && !strings.Contains(expr, `\`) && len(key) > 0 {
			t.Errorf("%q of %q, which is not JSON: got %q, want nothing", expr, message, key)
		}
	})
}

// FuzzJSON compares value with encoding/json.
func FuzzJSON(f *testing.F) {
	f.Add(`{"a":{"b":[1,"x\"]}",null]},"a":2.5}`, "a")
	f.Add(` [ {"é" : "\ud83d\ude00"} , [ ] ] `, "é")
	f.Fuzz(func(t *testing.T, doc, name string) {
		if !utf8.ValidString(doc) {
			return // the connection refuses such messages
		}
		v, ok := parse([]byte(doc))
		var want any
		if err := json.Unmarshal([]byte(doc), &want); (err == nil) != ok {
			t.Fatalf("parse: got %v, want %v as encoding/json", ok, err == nil)
		}
		if ok {
			compareJSON(t, v, want)
		}
		if members, is := want.(map[string]any); is {
			member, there := members[name]
			if got := v.field(name); (got != nil) != there {
				t.Errorf("field %q: got %s, want %v", name, got, member)
			} else if there {
				compareJSON(t, got, member)
			}
		}
	})
}

// compareJSON compares v with want and all their elements.
func compareJSON(t *testing.T, v value, want any) {
	t.Helper()
	switch want := want.(type) {
	case string:
		if got := v.text(); validUTF8(got) != want {
			t.Errorf("got the text %q, want %q", got, want)
		}
	case []any:
		for i := range want {
			compareJSON(t, v.element(i), want[i])
		}
	case map[string]any:
		for name := range want {
			if strings.ContainsRune(name, '\uFFFD') {
				return // several names may be equal now
			}
		}
		for name := range want {
			compareJSON(t, v.field(name), want[name])
		}
	default:
		var got any
		if err := json.Unmarshal(v, &got); err != nil || got != want {
			t.Errorf("got %s, want %v", v, want)
		}
	}
}
