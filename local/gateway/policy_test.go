package gateway

import (
	"fmt"
	"path"
	"strings"
	"testing"
)

// TestEvaluate checks statements that the cases of test/conformance do not have.
func TestEvaluate(t *testing.T) {
	const arn = connectARN
	statement := func(effect, action, resource string) string {
		return fmt.Sprintf(`{"Effect":"%s","Action":%s,"Resource":%s}`, effect, action, resource)
	}
	invoke, all := `"execute-api:Invoke"`, `"*"`
	tests := []struct {
		name       string
		statements string
		want       verdict
		err        string // part of it
	}{
		{"accountStar", statement("Allow", invoke, `"arn:aws:execute-api:*:*:*/*/$connect"`), allowed, ""},
		{"effect", statement("allow", all, all), noMatch, "neither Allow nor Deny"},
		{"noAction", `{"Effect":"Allow","Resource":"*"}`, noMatch, "no Action"},
		{"noResource", `{"Effect":"Allow","Action":"*","Resource":[]}`, noMatch, "no Resource"},
		{"numberResource", statement("Allow", all, `[5]`), noMatch, "other than strings"},
		{"notResource", `{"Effect":"Allow","Action":"*","NotResource":"x"}`, noMatch, "NotResource"},
		{"nullCondition", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":null}`, allowed, ""},
		{"text", `"Allow"`, noMatch, "no Action"},
		{"badAfterDeny", statement("Deny", all, all) + `,{}`, noMatch, "no Action"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			doc, ok := parse([]byte(`{"Version":"2012-10-17","Statement":[` + test.statements + `]}`))
			if !ok {
				t.Fatal("the test's policy is not JSON")
			}
			got, err := evaluate(doc, arn)
			if got != test.want || (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %v, %v, want %v, %q", got, err, test.want, test.err)
			}
		})
	}
}

// TestPolicyForms checks which documents are usable.
func TestPolicyForms(t *testing.T) {
	const statement = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	tests := map[string]bool{ // usable
		`{"Statement":[` + statement + `]}`:                        true,
		`{"Version":"2012-10-18","Statement":[` + statement + `]}`: false,
		`{"Version":"2012-10-17","statement":[` + statement + `]}`: false,
		`{"Version":"2012-10-17"}`:                                 false,
		`"{}"`:                                                     false,
		`[]`:                                                       false,
	}
	for policy, usable := range tests {
		doc, _ := parse([]byte(policy))
		if _, err := evaluate(doc, connectARN); (err == nil) != usable {
			t.Errorf("%s: got %v, want usable = %v", policy, err, usable)
		}
	}
}

// FuzzPolicy checks that only a policy with the word Allow can allow.
func FuzzPolicy(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a","execute-api:*"],"Resource":["*",1]}]}`)
	f.Add(`{"Statement":{"Effect":"Deny","Action":"*","Resource":"**?*/$connect"}}`)
	f.Fuzz(func(t *testing.T, policy string) {
		doc, ok := parse([]byte(policy))
		if !ok {
			return
		}
		verdict, err := evaluate(doc, connectARN)
		if err != nil && verdict != noMatch {
			t.Errorf("got %v with the error %v, want no match", verdict, err)
		}
		if verdict == allowed && !strings.Contains(policy, "Allow") && !strings.Contains(policy, `\`) {
			t.Errorf("%s: got allowed, want another verdict", policy)
		}
	})
}

// FuzzWildcard compares wildcard with path.Match, whose "*" does not match slashes.
func FuzzWildcard(f *testing.F) {
	f.Add("a*b?c*", "aXXbYcZ")
	f.Add("**", "")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		pattern, s = plain(pattern), plain(s)
		want, err := path.Match(pattern, s)
		if err != nil {
			t.Skip(err)
		}
		if got := wildcard(pattern, s); got != want {
			t.Errorf("wildcard(%q, %q) = %v, want %v", pattern, s, got, want)
		}
	})
}

// plain replaces the characters that only path.Match treats specially, and slashes.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r &= 0x7f; strings.ContainsRune(`[]\/`, r) {
			return '-'
		}
		return r
	}, s)
}
