package gateway

import (
	"fmt"
	"path"
	"strings"
	"testing"
)

func TestEvaluate(t *testing.T) {
	const arn = connectID
	statement := func(effect, action, resource string) string {
		return fmt.Sprintf(`{"Effect":"%s","Action":%s,"Resource":%s}`, effect, action, resource)
	}
	invoke, all, exact := `"execute-api:Invoke"`, `"*"`, `"`+arn+`"`
	tests := []struct {
		name       string
		statements string
		want       verdict
		err        string // part of it
	}{
		{"exact", statement("Allow", invoke, exact), allowed, ""},
		{"list", statement("Allow", "["+invoke+"]", `["arn:other",`+exact+`]`), allowed, ""},
		{"anyAction", statement("Allow", all, exact), allowed, ""},
		{"actionWildcard", statement("Allow", `"execute-api:*"`, exact), allowed, ""},
		{"actionCase", statement("Allow", `"Execute-API:invoke"`, exact), allowed, ""},
		{"otherAction", statement("Allow", `"execute-api:ManageConnections"`, exact), noMatch, ""},
		{"stageStar", statement("Allow", invoke, `"arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/dev/*"`), allowed, ""},
		{"apiStar", statement("Allow", invoke, `"arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/*"`), allowed, ""},
		{"accountStar", statement("Allow", invoke, `"arn:aws:execute-api:*:*:*/*/$connect"`), allowed, ""},
		{"oneSlashTooMany", statement("Allow", invoke, `"arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/dev/*/*"`), noMatch, ""},
		{"questionMark", statement("Allow", invoke, `"arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/de?/$connec?"`), allowed, ""},
		{"resourceCase", statement("Allow", invoke, `"`+strings.ToUpper(arn)+`"`), noMatch, ""},
		{"otherStage", statement("Allow", invoke, `"arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/$connect"`), noMatch, ""},
		{"denyWins", statement("Allow", all, all) + "," + statement("Deny", invoke, exact) + "," + statement("Allow", all, all), denied, ""},
		{"denyElsewhere", statement("Allow", all, all) + "," + statement("Deny", invoke, `"arn:other"`), allowed, ""},
		{"none", "", noMatch, ""},
		{"effect", statement("allow", all, all), noMatch, "neither Allow nor Deny"},
		{"noAction", `{"Effect":"Allow","Resource":"*"}`, noMatch, "no Action"},
		{"noResource", `{"Effect":"Allow","Action":"*","Resource":[]}`, noMatch, "no Resource"},
		{"numberResource", statement("Allow", all, `[5]`), noMatch, "other than strings"},
		{"longResource", statement("Allow", all, `"`+strings.Repeat("x", 513)+`"`), noMatch, "512"},
		{"condition", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"a":{}}}`, noMatch, "Condition"},
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

func TestPolicyForms(t *testing.T) {
	const statement = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	tests := map[string]bool{ // usable
		`{"Version":"2012-10-17","Statement":` + statement + `}`:   true,
		`{"Statement":[` + statement + `]}`:                        true,
		`{"Version":"2012-10-18","Statement":[` + statement + `]}`: false,
		`{"Version":"2012-10-17","statement":[` + statement + `]}`: false,
		`{"Version":"2012-10-17"}`:                                 false,
		`"{}"`:                                                     false,
		`[]`:                                                       false,
	}
	for policy, usable := range tests {
		doc, _ := parse([]byte(policy))
		if _, err := evaluate(doc, connectID); (err == nil) != usable {
			t.Errorf("%s: got %v, want usable = %v", policy, err, usable)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a","execute-api:*"],"Resource":["*",1]}]}`)
	f.Add(`{"Statement":{"Effect":"Deny","Action":"*","Resource":"**?*/$connect"}}`)
	f.Fuzz(func(t *testing.T, policy string) {
		doc, ok := parse([]byte(policy))
		if !ok {
			return
		}
		verdict, err := evaluate(doc, connectID)
		if err != nil && verdict != noMatch {
			t.Errorf("got %v with the error %v", verdict, err)
		}
		// Only a policy that says Allow somewhere can allow.
		if verdict == allowed && !strings.Contains(policy, "Allow") && !strings.Contains(policy, `\`) {
			t.Errorf("allowed by %s", policy)
		}
	})
}

// FuzzWildcard compares with path.Match, which stops "*" at slashes.
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

// plain keeps to characters that mean the same to both.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r &= 0x7f; strings.ContainsRune(`[]\/`, r) {
			return '-'
		}
		return r
	}, s)
}
