package inspector

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

const (
	head, claims, signature = "eyJhbGciOiJSUzI1NiJ9", "eyJzdWIiOiJhbGljZSJ9", "c2lnbmF0dXJlLW9mLXRoZS1qd3Q"
	token                   = head + "." + claims + "." + signature
	// oneTicket has the form of a ticket. opaque is a token that is not a JWT.
	oneTicket, opaque = "4jxq-Qd1S8oG7mZr0vKp_3NhYtBcUe5LwXaIfRsTgPk", "opaque-canary"
)

func TestRedact(t *testing.T) {
	for name, c := range map[string]struct{ doc, want string }{
		"subprotocol":  {`{"Sec-WebSocket-Protocol":"sallyport.v1, bearer.` + token + `"}`, `{"Sec-WebSocket-Protocol":"sallyport.v1, bearer.…redacted"}`},
		"opaqueToken":  {`"sallyport.v1,bearer.opaque, chat"`, `"sallyport.v1,bearer.…redacted, chat"`},
		"upperCase":    {`"BEARER.opaque"`, `"BEARER.…redacted"`},
		"query":        {`{"queryStringParameters":{"token":"opaque","a":"b"}}`, `{"queryStringParameters":{"token":"…redacted","a":"b"}}`},
		"lists":        {`{"multiValueQueryStringParameters":{"token":["one","two"]}}`, `{"multiValueQueryStringParameters":{"token":["…redacted","…redacted"]}}`},
		"header":       {`{"AUTHORIZATION":"Basic eA==","Cookie":"a=b","Host":"h"}`, `{"AUTHORIZATION":"…redacted","Cookie":"…redacted","Host":"h"}`},
		"ticket":       {`{"Sec-WebSocket-Protocol":"sallyport.v1, ticket.` + oneTicket + `"}`, `{"Sec-WebSocket-Protocol":"sallyport.v1, ticket.…redacted"}`},
		"bareTicket":   {`"(` + oneTicket + `)"`, `"(…redacted)"`},
		"ticketAnswer": {`{"body":"{\"data\": {\"ticket\": \"short\", \"expires\": 12}}"}`, `{"body":"{\"data\":{\"ticket\":\"…redacted\",\"expires\":12}}"}`},
		"refresh":      {`{"body":"{\"action\":\"refresh\",\"token\":\"opaque-canary\"}"}`, `{"body":"{\"action\":\"refresh\",\"token\":\"…redacted\"}"}`},
		"cutRefresh":   {`{"body":"{\"action\":\"refresh\",\"token\":\"opaque-can"}`, `{"body":"{\"action\":\"refresh\",\"token\":\"…redacted"}`},
		"rawQuery":     {`{"rawQueryString":"a=b&token=opaque-canary&c=d&access_token=e"}`, `{"rawQueryString":"a=b&token=…redacted&c=d&access_token=…redacted"}`},
		"cookies":      {`{"cookies":["a=b","c=d"]}`, `{"cookies":["…redacted","…redacted"]}`},
		"siteHeader":   {`{"headers":{"x-origin-secret":"short"},"multiValueHeaders":{"X-Origin-Secret":["one","two"]}}`, `{"headers":{"x-origin-secret":"…redacted"},"multiValueHeaders":{"X-Origin-Secret":["…redacted","…redacted"]}}`},
		"siteText":     {`{"log":"{\"X-ORIGIN-SECRET\":\"short\"}"}`, `{"log":"{\"X-ORIGIN-SECRET\":\"…redacted\"}"}`},
		"base64":       {`{"body":"` + encoded(`{"token":"opaque-canary"}`) + `"}`, `{"body":"…redacted"}`},
		"base64JWT":    {`["` + encoded("jwt "+token) + `","` + encoded("harmless text") + `"]`, `["…redacted","` + encoded("harmless text") + `"]`},
		"plainBody":    {`{"body":"{ \"a\": 1 }"}`, `{"body":"{ \"a\": 1 }"}`},
		"plainWords":   {`"a ticket. It is used up in ticket.go:27"`, `"a ticket. It is used up in ticket.go:27"`},
		"hash":         {`"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`, `"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`},
		"deepSecret":   {`{"token":{"a":"b","c":[1,{"d":"e"}]},"f":"g"}`, `{"token":{"a":"…redacted","c":[1,{"d":"…redacted"}]},"f":"g"}`},
		"emptySecret":  {`{"token":"","x":{"token":null}}`, `{"token":"","x":{"token":null}}`},
		"otherName":    {`{"t":"` + token + `"}`, `{"t":"…redacted"}`},
		"asName":       {`{"` + token + `":1}`, `{"…redacted":1}`},
		"body":         {`{"body":"{\"jwt\":\"` + token + `\"}"}`, `{"body":"{\"jwt\":\"…redacted\"}"}`},
		"escaped":      {`"\u0065yJhbGciOiJSUzI1NiJ9\u002e` + claims + `"`, `"…redacted"`},
		"unsigned":     {`"` + head + "." + claims + `."`, `"…redacted"`},
		"claimsOnly":   {`"claims ` + claims + ` end"`, `"claims …redacted end"`},
		"orderNumbers": {` {"b" : 1.50, "a" : [1e3, true, null, {}, []] } `, `{"b":1.50,"a":[1e3,true,null,{},[]]}`},
		"repeatedName": {`{"a":1,"a":2}`, `{"a":1,"a":2}`},
		"markup":       {`"<b>&"`, `"<b>&"`},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, ok := redact([]byte(c.doc))
			if !ok || string(got) != c.want {
				t.Errorf("got %s, %v, want %s", got, ok, c.want)
			}
		})
	}
	for _, doc := range []string{"", "{", "not json", `{"a":1} {}`, strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)} {
		if got, _, ok := redact([]byte(doc)); ok {
			t.Errorf("%.20s: got %.20s, want not JSON", doc, got)
		}
	}
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func FuzzRedact(f *testing.F) {
	f.Add(`{"headers":{"Sec-WebSocket-Protocol":"sallyport.v1, bearer.` + token + `"},"n":[1.50,{"token":"x"}]}`)
	f.Add(`"` + token + `"`)
	f.Add(`{"body":"{\"data\":{\"ticket\":\"` + oneTicket + `\"}}","b":"` + encoded(`{"token":"x"}`) + `","c":"token=a&b"}`)
	f.Add(`{"a":"bearer.b","` + token + `":null,"":[[]]}`)
	f.Fuzz(func(t *testing.T, doc string) {
		got, _, ok := redact([]byte(doc))
		if ok != json.Valid([]byte(doc)) {
			t.Fatalf("%q: got %v, want %v", doc, ok, !ok)
		}
		if !ok {
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%q became %q, which is not JSON", doc, got)
		}
		if jwt.Match(got) {
			t.Errorf("%q became %q, which has a token", doc, got)
		}
		if again, _, _ := redact(got); string(again) != string(got) {
			t.Errorf("%q became %q and then %q", doc, got, again)
		}
	})
}
