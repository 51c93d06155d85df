package httpapi

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

// eventOf sends a request and returns the event that the function gets, decoded and as text.
func eventOf(t *testing.T, method, target, body string, headers ...string) (events.APIGatewayV2HTTPRequest, string) {
	t.Helper()
	var payload []byte
	a, _ := newAPI(t, Route{Invoker: recording(&payload)}, nil)
	resp := request(t, a, method, target, body, headers...)
	_ = resp.Body.Close()
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(payload, &e); err != nil {
		t.Fatalf("%v: status %d, event %s", err, resp.StatusCode, payload)
	}
	if got := resp.Header.Get("Apigw-Requestid"); got != e.RequestContext.RequestID {
		t.Errorf("got the id %s in the response, want %s as in the event", got, e.RequestContext.RequestID)
	}
	return e, string(payload)
}

func TestEvent(t *testing.T) {
	before := time.Now()
	e, payload := eventOf(t, "POST", "http://api.example:80/things?a=1&a=2&b=x%20y&c&d=%zz", `{"x":"é"}`,
		"Content-Type", "application/json; charset=utf-8", "Authorization", "Bearer t", "X-Many", "1", "X-Many", "2",
		"Cookie", "one=1; two=2;", "Cookie", "three=3", "User-Agent", "test", "X-Forwarded-For", "10.0.0.1", "X-Forwarded-Proto", "http")
	at := time.UnixMilli(e.RequestContext.TimeEpoch)
	if at.Before(before.Truncate(time.Millisecond)) || time.Since(at) < 0 || e.RequestContext.Time != at.UTC().Format("02/Jan/2006:15:04:05 -0700") {
		t.Errorf("got the times %s and %v, want the time of the request in both", e.RequestContext.Time, at)
	}
	if !strings.HasPrefix(e.Headers["x-amzn-trace-id"], "Root=1-") || len(e.RequestContext.RequestID) != len("LV7fzho-PHcEJPw=") {
		t.Errorf("got the trace id %s and the request id %s, want Root=1-... and 16 characters", e.Headers["x-amzn-trace-id"], e.RequestContext.RequestID)
	}
	e.RequestContext.Time, e.RequestContext.TimeEpoch, e.RequestContext.RequestID = "", 0, ""
	delete(e.Headers, "x-amzn-trace-id")
	want := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "POST /things", RawPath: "/things", RawQueryString: "a=1&a=2&b=x%20y&c&d=%zz",
		Cookies:               []string{"one=1", "two=2", "three=3"},
		QueryStringParameters: map[string]string{"a": "1,2", "b": "x y", "c": "", "d": "%zz"},
		Headers: map[string]string{
			"content-type": "application/json; charset=utf-8", "authorization": "Bearer t", "x-many": "1,2", "user-agent": "test",
			"content-length": "10", "host": "api.example:80", "x-forwarded-for": "10.0.0.1, 192.0.2.1", "x-forwarded-port": "443", "x-forwarded-proto": "https",
		},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: "POST /things", AccountID: "123456789012", Stage: "$default", APIID: "a1b2c3",
			DomainName: "api.example:80", DomainPrefix: "api",
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: "POST", Path: "/things", Protocol: "HTTP/1.1", SourceIP: "192.0.2.1", UserAgent: "test"},
		},
		Body: `{"x":"é"}`,
	}
	if d := cmp.Diff(want, e); d != "" {
		t.Errorf("event (-want +got):\n%s\n%s", d, payload)
	}
}

// TestEventOptionalMembers checks that a request without cookies, query and body makes an
// event without these members, as in captures.
func TestEventOptionalMembers(t *testing.T) {
	_, payload := eventOf(t, "POST", "/things", "")
	for _, member := range []string{`"cookies"`, `"queryStringParameters"`, `"body"`, `"stageVariables"`, `"pathParameters"`, `"cookie"`} {
		if strings.Contains(payload, member) {
			t.Errorf("got an event with %s, want none: %s", member, payload)
		}
	}
	for _, member := range []string{`"rawQueryString":""`, `"content-length":"0"`, `"isBase64Encoded":false`} {
		if !strings.Contains(payload, member) {
			t.Errorf("got an event without %s: %s", member, payload)
		}
	}
}

func TestEventBody(t *testing.T) {
	for name, c := range map[string]struct {
		contentType, body, want string
		base64                  bool
	}{
		"json":       {"application/json", `{}`, `{}`, false},
		"text":       {"Text/Plain; charset=utf-8", "hi", "hi", false},
		"xml":        {"application/xml", "<a/>", "<a/>", false},
		"form":       {"application/x-www-form-urlencoded", "a=b", "YT1i", true},
		"noType":     {"", "hi", "aGk=", true},
		"binary":     {"application/octet-stream", "\xff", "/w==", true},
		"brokenText": {"text/plain", "\xff", "/w==", true},
	} {
		t.Run(name, func(t *testing.T) {
			e, _ := eventOf(t, "POST", "/things", c.body, "Content-Type", c.contentType)
			if e.Body != c.want || e.IsBase64Encoded != c.base64 {
				t.Errorf("got %q %v, want %q %v", e.Body, e.IsBase64Encoded, c.want, c.base64)
			}
		})
	}
}

// FuzzEvent checks that every request makes a valid event with the same body.
func FuzzEvent(f *testing.F) {
	f.Add("/things", "a=1&b", "text/plain", "one=1; two", "body")
	f.Add("/%74hings", "%", "", ";;", "\xff")
	f.Fuzz(func(t *testing.T, path, rawQuery, contentType, cookie, body string) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/things", strings.NewReader(body))
		r.URL.Path, r.URL.RawQuery = path, rawQuery
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Cookie", cookie)
		text, err := call{at: time.Unix(0, 0)}.event(r, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		var e events.APIGatewayV2HTTPRequest
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if got, want := len(e.Body) > 0, len(body) > 0; got != want || !e.IsBase64Encoded && e.Body != body {
			t.Errorf("got the body %q, want %q", e.Body, body)
		}
		for name := range e.Headers {
			if name != strings.ToLower(name) || name == "cookie" {
				t.Errorf("got the header %s, want lower case and no cookie", name)
			}
		}
	})
}
