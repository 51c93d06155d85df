package inspector

import (
	"encoding/json"
	"strings"
	"testing"
)

const (
	head, claims, signature = "eyJhbGciOiJSUzI1NiJ9", "eyJzdWIiOiJhbGljZSJ9", "c2lnbmF0dXJlLW9mLXRoZS1qd3Q"
	token                   = head + "." + claims + "." + signature
)

func TestRedact(t *testing.T) {
	for name, c := range map[string]struct{ doc, want string }{
		"subprotocol":  {`{"Sec-WebSocket-Protocol":"sallyport.v1, bearer.` + token + `"}`, `{"Sec-WebSocket-Protocol":"sallyport.v1, bearer.…redacted"}`},
		"noJWT":        {`"sallyport.v1,bearer.opaque, chat"`, `"sallyport.v1,bearer.…redacted, chat"`},
		"shouted":      {`"BEARER.opaque"`, `"BEARER.…redacted"`},
		"query":        {`{"queryStringParameters":{"token":"opaque","a":"b"}}`, `{"queryStringParameters":{"token":"…redacted","a":"b"}}`},
		"lists":        {`{"multiValueQueryStringParameters":{"token":["one","two"]}}`, `{"multiValueQueryStringParameters":{"token":["…redacted","…redacted"]}}`},
		"header":       {`{"AUTHORIZATION":"Basic eA==","Cookie":"a=b","Host":"h"}`, `{"AUTHORIZATION":"…redacted","Cookie":"…redacted","Host":"h"}`},
		"emptySecret":  {`{"token":"","x":{"token":null}}`, `{"token":"","x":{"token":null}}`},
		"otherName":    {`{"t":"` + token + `"}`, `{"t":"…redacted"}`},
		"asName":       {`{"` + token + `":1}`, `{"…redacted":1}`},
		"body":         {`{"body":"{\"jwt\":\"` + token + `\"}"}`, `{"body":"{\"jwt\":\"…redacted\"}"}`},
		"escaped":      {`"\u0065yJhbGciOiJSUzI1NiJ9\u002e` + claims + `"`, `"…redacted"`},
		"unsigned":     {`"` + head + "." + claims + `."`, `"…redacted"`},
		"claimsAlone":  {`"claims ` + claims + ` end"`, `"claims …redacted end"`},
		"orderNumbers": {` {"b" : 1.50, "a" : [1e3, true, null, {}, []] } `, `{"b":1.50,"a":[1e3,true,null,{},[]]}`},
		"repeatedName": {`{"a":1,"a":2}`, `{"a":1,"a":2}`},
		"markup":       {`"<b>&"`, `"<b>&"`},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := redact([]byte(c.doc))
			if !ok || string(got) != c.want {
				t.Errorf("got %s, %v, want %s", got, ok, c.want)
			}
		})
	}
	for _, doc := range []string{"", "{", "not json", `{"a":1} {}`, strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)} {
		if got, ok := redact([]byte(doc)); ok {
			t.Errorf("%.20s: got %.20s, want no JSON", doc, got)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add(`{"headers":{"Sec-WebSocket-Protocol":"sallyport.v1, bearer.` + token + `"},"n":[1.50,{"token":"x"}]}`)
	f.Add(`"` + token + `"`)
	f.Add(`{"a":"bearer.b","` + token + `":null,"":[[]]}`)
	f.Fuzz(func(t *testing.T, doc string) {
		got, ok := redact([]byte(doc))
		if ok != json.Valid([]byte(doc)) {
			t.Fatalf("got %v for %q", ok, doc)
		}
		if !ok {
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%q became %q, which is no JSON", doc, got)
		}
		if jwt.Match(got) {
			t.Errorf("%q became %q, which has a token", doc, got)
		}
		if again, _ := redact(got); string(again) != string(got) {
			t.Errorf("%q became %q and then %q", doc, got, again)
		}
	})
}
