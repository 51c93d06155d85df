package setting

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func all(s *Stack) []Setting {
	var list []Setting
	for _, g := range s.Groups() {
		list = append(list, g.Settings...)
	}
	return list
}

// read reads the defaults with some values changed.
func read(changed map[string]string) (Stack, error) {
	var s Stack
	err := s.Read(func(name string) (string, bool) {
		if v, ok := changed[name]; ok {
			return v, true
		}
		for _, d := range all(new(Stack)) {
			if d.Name == name {
				return d.Default, true
			}
		}
		return "", false
	})
	return s, err
}

func TestDefaultsAreAllowed(t *testing.T) {
	if _, err := read(nil); err != nil {
		t.Error(err)
	}
}

func TestDeclarationsAreComplete(t *testing.T) {
	names, variables := map[string]bool{}, map[string]bool{}
	for _, d := range all(new(Stack)) {
		if d.Name == "" || d.Type == "" || !strings.HasSuffix(d.Description, ".") || d.read == nil || d.field == nil {
			t.Errorf("setting %q has no name, type, description or value", d.Name)
		}
		if names[d.Name] || d.Variable != "" && variables[d.Variable] {
			t.Errorf("setting %s: the name or the variable %s exists twice", d.Name, d.Variable)
		}
		names[d.Name], variables[d.Variable] = true, true
	}
	for _, d := range new(Function).Settings() {
		if d.Variable == "" || d.parse == nil || d.variable == nil {
			t.Errorf("setting %s is in Function and has no variable that the function can read", d.Name)
		}
	}
}

// Every field has exactly one setting.
func TestFieldsAreBound(t *testing.T) {
	var s Stack
	bound := map[any]string{}
	for _, d := range all(&s) {
		if other, ok := bound[d.field]; ok {
			t.Errorf("settings %s and %s have the same field", other, d.Name)
		}
		bound[d.field] = d.Name
	}
	for _, v := range []reflect.Value{reflect.ValueOf(&s).Elem(), reflect.ValueOf(&s.Function).Elem()} {
		for i := range v.NumField() {
			if f := v.Type().Field(i); !f.Anonymous && bound[v.Field(i).Addr().Interface()] == "" {
				t.Errorf("field %s has no declaration", f.Name)
			}
		}
	}
}

// The function reads the configured values.
func TestEnvironmentIsParsedAgain(t *testing.T) {
	configured, err := read(map[string]string{
		"tokenInSubprotocol": "false", "tokenInQuery": "true", "ticketInQuery": "true", "missingOrigin": "refuse",
		"requiredScope": "chat read", "claims": `["email","https://a.example/roles"]`,
		"secondIssuer": "https://old.example", "secondAudience": "console",
		"connectionsPerUser": "7", "connectionsOverCap": "newest", "messageBytes": "4096", "messagesPerMinute": "60", "logLevel": "warn",
	})
	if err != nil {
		t.Fatal(err)
	}
	variables := configured.Environment()
	for _, d := range configured.Settings() {
		if variables[d.Variable] == "" {
			t.Errorf("variable %s is missing", d.Variable)
		}
	}
	var got Function
	if err := got.Parse(func(name string) string { return variables[name] }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(configured.Function, got); diff != "" {
		t.Errorf("-configured +parsed:\n%s", diff)
	}
}

// An empty value has no variable, and an unset variable is an empty value.
func TestEmptyValuesHaveNoVariable(t *testing.T) {
	s, err := read(nil)
	if err != nil {
		t.Fatal(err)
	}
	variables := s.Environment()
	for _, name := range []string{"CLAIMS", "REQUIRED_SCOPE", "SECOND_ISSUER", "SECOND_AUDIENCE"} {
		if value, ok := variables[name]; ok {
			t.Errorf("got %s=%q, want no such variable", name, value)
		}
	}
	f := Function{Claims: []string{"email"}}
	if err := f.Parse(func(name string) string { return variables[name] }); err != nil || f.Claims != nil {
		t.Errorf("got claims %q, error %v, want neither", f.Claims, err)
	}
}

func TestReadRefuses(t *testing.T) {
	items := func(n int, item string) string { return `["` + strings.Repeat(item+`","`, n-1) + item + `"]` }
	tests := []struct {
		name, value, want string // want "": allowed
	}{
		{"memory", "128", ""},
		{"memory", "10240", ""},
		{"memory", "127", `setting memory is "127": must be a whole number from 128 to 10240 (pulumi config set memory 256)`},
		{"memory", "10241", `setting memory is "10241": must be a whole number from 128 to 10240 (pulumi config set memory 256)`},
		{"memory", "", `setting memory is "": must be a whole number from 128 to 10240 (pulumi config set memory 256)`},
		{"tickets", "yes", `setting tickets is "yes": must be true or false (pulumi config set tickets true)`},
		{"missingOrigin", "deny", `setting missingOrigin is "deny": must be one of refuse, subprotocol, allow (pulumi config set missingOrigin subprotocol)`},
		{"logRetentionDays", "07", `setting logRetentionDays is "07": must be one of 1, 3, 5, `},
		{"scope", "profile", `(pulumi config set scope "openid profile")`},
		{"issuer", "id.example", `setting issuer is "id.example": must be an https address without user, query and fragment, or empty (pulumi config set issuer VALUE)`},
		{"claims", items(20, "a"), ""},
		{"claims", items(21, "a"), `must be a list of at most 20 items (pulumi config set --path 'claims[0]' VALUE)`},
		{"claims", items(1, strings.Repeat("a", 64)), ""},
		{"claims", items(1, strings.Repeat("a", 65)), `must be 1 to 64 letters, digits and _ : / . -`},
		{"claims", `["https://a.example/roles","custom:group-1","A_b"]`, ""},
		{"claims", `[""]`, `setting claims is "": must be 1 to 64 letters`},
		{"claims", `["a,b"]`, `setting claims is "a,b": must be 1 to 64 letters`},
		{"claims", `["sub\n"]`, `setting claims is "sub\n": must be 1 to 64 letters`},
		{"claims", `email`, `setting claims is "email": must be a list such as ["email"] (pulumi config set --path 'claims[0]' VALUE)`},
		{"claims", `[1]`, `setting claims is "[1]": must be a list such as ["email"]`},
		{"scope", "profile xopenid", `must be scopes that include openid`},
		{"issuer", "http://127.0.0.1:9000", `setting issuer is "http://127.0.0.1:9000": must be an https address`},
		{"secondIssuer", "http://127.0.0.1:9000", ""},
		{"secondIssuer", "http://id.example", `setting secondIssuer is "http://id.example": must be an https address`},
		{"tags", `{"Stack":"x"}`, `setting tags is "Stack": must be another name`},
		{"tags", `{"a":"","b":"","c":"","d":"","e":"","f":"","g":"","h":""}`, ""},
		{"tags", `{"a":"","b":"","c":"","d":"","e":"","f":"","g":"","h":"","i":""}`, `must be at most 8 tags`},
		{"tags", "Team", `must be an object of strings such as {"Team": "chat"} (pulumi config set --path tags.NAME VALUE)`},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s=%.20s", test.name, test.value), func(t *testing.T) {
			_, err := read(map[string]string{test.name: test.value})
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestReadNamesEachMissingSetting(t *testing.T) {
	err := new(Stack).Read(func(string) (string, bool) { return "", false })
	for _, d := range all(new(Stack)) {
		if want := "setting " + d.Name + " is not set, and Pulumi.yaml has no default for it"; !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

func ExampleFunction_Parse() {
	var f Function
	err := f.Parse(func(name string) string {
		return map[string]string{
			"TOKEN_IN_SUBPROTOCOL": "true", "TOKEN_IN_QUERY": "no", "TICKET_IN_QUERY": "false", "SESSION_COOKIE": "false", "MISSING_ORIGIN": "refuse", "CONNECTIONS_PER_USER": "20",
			"OVER_CAP": "oldest", "MESSAGE_BYTES": "131073", "MESSAGES_PER_MINUTE": "0",
		}[name]
	})
	fmt.Println(err)
	// Output:
	// environment variable TOKEN_IN_QUERY is "no": must be true or false
	// environment variable MESSAGE_BYTES is "131073": must be a whole number from 1 to 131072
	// environment variable LOG_LEVEL is not set
}

// Values is the inverse of Read.
func TestValues(t *testing.T) {
	want, err := DefaultStack()
	if err != nil {
		t.Fatal(err)
	}
	want.AllowedOrigins, want.Tags, want.Memory, want.Tracing = []string{"https://a.example"}, map[string]string{"Team": "chat"}, 512, true
	values := want.Values()
	var got Stack
	if err := got.Read(func(name string) (string, bool) { return values[name], true }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// docs/component.md describes the names of the fields.
func TestFieldNames(t *testing.T) {
	var s Stack
	for _, d := range all(&s) {
		if field := s.name(d); !strings.EqualFold(field, d.Name) && d.Name != "connectionsOverCap" {
			t.Errorf("setting %s: got the field %s, want the same name", d.Name, field)
		}
	}
}
