package httpapi

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http/httpguts"
)

// got is a response as the client reads it.
type got struct {
	Status  int
	Headers http.Header // without Content-Length and Apigw-Requestid
	Body    string
}

func TestAnswer(t *testing.T) {
	json200 := http.Header{"Content-Type": {"application/json"}}
	text := func(more ...string) http.Header {
		h := http.Header{"Content-Type": {"text/plain;charset=UTF-8"}}
		for i := 0; i < len(more); i += 2 {
			h.Add(more[i], more[i+1])
		}
		return h
	}
	refused := got{500, json200, `{"message":"Internal Server Error"}`}
	for name, c := range map[string]struct {
		answer string
		want   got
	}{
		"inferredNull":   {`null`, got{200, json200, `null`}},
		"inferredList":   {`[1]`, got{200, json200, `[1]`}},
		"otherSpelling":  {`{"statuscode":404}`, got{200, json200, `{"statuscode":404}`}},
		"bodySpelling":   {`{"statusCode":200,"Body":"x"}`, got{200, http.Header{}, ""}},
		"statusText":     {`{"statusCode":"404","body":"no"}`, got{404, text(), "no"}},
		"noBody":         {`{"statusCode":204,"body":null,"headers":null}`, got{204, http.Header{}, ""}},
		"scalars":        {`{"statusCode":200,"headers":{"X-N":1.50,"X-B":true,"X-0":null}}`, got{200, http.Header{"X-N": {"1.50"}, "X-B": {"true"}}, ""}},
		"connection":     {`{"statusCode":200,"body":"x","headers":{"Connection":"close","content-length":"99","Transfer-Encoding":"chunked"}}`, got{200, text(), "x"}},
		"lineBreak":      {`{"statusCode":200,"headers":{"X-A":"1\r\nX-B: 2"}}`, refused},
		"lineInCookie":   {`{"statusCode":200,"cookies":["a\r\nX-B: 2"]}`, refused},
		"badName":        {`{"statusCode":200,"headers":{"X A":"1"}}`, refused},
		"statusNull":     {`{"statusCode":null}`, refused},
		"statusLow":      {`{"statusCode":199}`, refused},
		"statusHigh":     {`{"statusCode":600}`, refused},
		"statusFraction": {`{"statusCode":200.5}`, refused},
		"bodyObject":     {`{"statusCode":200,"body":{}}`, refused},
		"notBase64":      {`{"statusCode":200,"body":"!","isBase64Encoded":true}`, refused},
		"cookiesText":    {`{"statusCode":200,"cookies":"a=1"}`, refused},
		"incomplete":     {`{"statusCode":200`, refused},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := newAPI(t, Route{Invoker: answering(c.answer)}, nil)
			resp := request(t, a, "POST", "/things", "")
			defer resp.Body.Close() //nolint:errcheck // in memory
			body, _ := io.ReadAll(resp.Body)
			for _, name := range []string{"Content-Length", "Apigw-Requestid"} {
				delete(resp.Header, name)
			}
			for name, values := range resp.Header {
				if len(values) == 0 {
					delete(resp.Header, name)
				}
			}
			if d := cmp.Diff(c.want, got{resp.StatusCode, resp.Header, string(body)}); d != "" {
				t.Errorf("response (-want +got):\n%s", d)
			}
		})
	}
}

// FuzzAnswer checks that every answer of a function gives a valid response or an error that
// does not quote the answer.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"statusCode":200,"headers":{"a":"b"},"cookies":["c"],"body":"aGk=","isBase64Encoded":true}`,
		`"text"`, `null`, ` [1] `, `{"statusCode":"404"}`, `{"statusCode":200,"headers":{"a":[1]}}`, `{"statusCode":204,"body":"x"}`, `{`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, result []byte) {
		r, err := parseAnswer(result)
		if err != nil {
			if len(result) > 40 && strings.Contains(err.Error(), string(result)) {
				t.Errorf("the error quotes the answer: %v", err)
			}
			return
		}
		if !json.Valid(result) || r.status < 200 || r.status > 599 {
			t.Fatalf("%q: got the status %d, want an error or a status from 200 to 599", result, r.status)
		}
		for name, values := range r.headers {
			if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(strings.Join(values, "")) {
				t.Errorf("%q: got the invalid header %q: %q", result, name, values)
			}
		}
		r.write(httptest.NewRecorder(), "id")
	})
}
