package conformance

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"sallyport/local/httpapi"
)

// httpAPI describes the HTTP API of a fixture, with the one route "POST /x".
type httpAPI struct {
	function *function
	timeout  time.Duration
	throttle *httpapi.Throttle
}

// serveHTTP starts an HTTP API and returns its address. The API ends with the test.
func (s *env) serveHTTP(a httpAPI) string {
	s.Helper()
	h, err := httpapi.New(httpapi.Config{
		APIID: "a1b2c3d4e5", AccountID: "111122223333", Stage: "$default", Throttle: a.throttle,
		Routes: map[string]httpapi.Route{"POST /x": {Invoker: a.function, Timeout: a.timeout}},
	})
	if err != nil {
		s.Fatal(err)
	}
	server := httptest.NewServer(h)
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), hangLimit)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			s.Error(err)
		}
		server.Close()
	})
	return server.URL
}

// request sends a request to an HTTP API. headers have the form "Name: value".
func (s *env) request(method, url, body string, headers ...string) answer {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), hangLimit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// httpEvent returns the check of the value at a path of the event.
func httpEvent(path, query, body string, headers ...string) func(s *env) string {
	return func(s *env) string {
		f := answers(ok)
		s.request("POST", s.serveHTTP(httpAPI{function: f})+"/x"+query, body, headers...)
		return f.next(s.T).at(path)
	}
}

var httpEvents = []behaviour{
	{"version", "HTTP", "doc", "the payload format", `"2.0"`, fixture, httpEvent("version", "", "")},
	{"routeKey", "HTTP", "doc", "routeKey", `"POST /x"`, fixture, httpEvent("routeKey", "", "")},
	{"contextRouteKey", "HTTP", "doc", "requestContext.routeKey", `"POST /x"`, fixture, httpEvent("requestContext.routeKey", "", "")},
	{"method", "HTTP", "doc", "requestContext.http.method", `"POST"`, fixture, httpEvent("requestContext.http.method", "", "")},
	{"stage", "HTTP", "doc", "requestContext.stage", `"$default"`, fixture, httpEvent("requestContext.stage", "", "")},
	{"path", "HTTP", "doc", "rawPath", `"/x"`, fixture, httpEvent("rawPath", "?a=b", "")},
	{"noConnection", "HTTP", "doc", "connectionId is absent", "absent", fixture, httpEvent("requestContext.connectionId", "", "")},
	{"headers", "HTTP", "doc", "names of headers are in lower case, commas join values", `"1,2"`, fixture, httpEvent("headers.x-many", "", "", "X-Many: 1", "x-MANY: 2")},
	{"query", "HTTP", "doc", "commas join the values of a parameter", `"1,a b"`, fixture, httpEvent("queryStringParameters.p", "?p=1&p=a+b", "")},
	{"noQuery", "HTTP", "observed", "queryStringParameters is absent without a query", "absent", fixture, httpEvent("queryStringParameters", "", "")},
	{"cookies", "HTTP", "doc, observed", "cookies is the list of cookies", `["a=1","b=2"]`, fixture, httpEvent("cookies", "", "", "Cookie: a=1; b=2")},
	{"noCookieHeader", "HTTP", "observed", "headers has no cookies", "absent", fixture, httpEvent("headers.cookie", "", "", "Cookie: a=1; b=2")},
	{"noBody", "HTTP", "observed", "body is absent without a body", "absent", fixture, httpEvent("body", "", "")},
	{"json", "HTTP", "observed", "a body of the type JSON is text", `"{}"`, fixture, httpEvent("body", "", "{}", "Content-Type: application/json")},
	{"noType", "HTTP", "observed", "a body without a type is in base64", `"e30="`, fixture, httpEvent("body", "", "{}")},
}

// httpAnswer returns the check of the status, the type and the body that a client receives
// when the function answers text.
func httpAnswer(text string) func(s *env) string {
	return func(s *env) string {
		a := s.request("POST", s.serveHTTP(httpAPI{function: answers(text)})+"/x", "")
		return fmt.Sprintf("%d %s %s", a.status, a.header.Get("Content-Type"), a.body)
	}
}

const internalHTTP = `500 {"message":"Internal Server Error"}`

var httpAnswers = []behaviour{
	{"whole", "HTTP", "doc", "status, headers and body", "201 a/b hi", fixture, httpAnswer(`{"statusCode":201,"headers":{"content-type":"a/b"},"body":"hi"}`)},
	{"inferred", "HTTP", "doc", "JSON without a statusCode is the body", `200 application/json {"a":1}`, fixture, httpAnswer(`{"a":1}`)},
	{"inferredText", "HTTP", "doc", "a JSON string is the body", "200 application/json hi", fixture, httpAnswer(`"hi"`)},
	{"base64", "HTTP", "doc", "a body in base64", "200 text/plain;charset=UTF-8 hi", fixture, httpAnswer(`{"statusCode":200,"body":"aGk=","isBase64Encoded":true}`)},
	{"cookies", "HTTP", "doc", "each cookie is a header", "[a=1 b=2]", fixture, func(s *env) string {
		a := s.request("POST", s.serveHTTP(httpAPI{function: answers(`{"statusCode":200,"cookies":["a=1","b=2"]}`)})+"/x", "")
		return fmt.Sprint(a.header.Values("Set-Cookie"))
	}},
	{"multiValueHeaders", "HTTP", "observed", "multiValueHeaders are ignored", "[]", fixture, func(s *env) string {
		a := s.request("POST", s.serveHTTP(httpAPI{function: answers(`{"statusCode":200,"multiValueHeaders":{"X-A":["1"]}}`)})+"/x", "")
		return fmt.Sprint(a.header.Values("X-A"))
	}},
	{"listOfHeader", "HTTP", "observed", "a header whose value is a list", internalHTTP, fixture, httpResult(httpAPI{function: answers(`{"statusCode":200,"headers":{"Set-Cookie":["a","b"]}}`)})},
	{"requestID", "HTTP", "observed", "apigw-requestid is requestContext.requestId", "true", fixture, func(s *env) string {
		f := answers(ok)
		a := s.request("POST", s.serveHTTP(httpAPI{function: f})+"/x", "")
		return fmt.Sprint(a.header.Get("Apigw-Requestid") == f.next(s.T).text("requestContext.requestId"))
	}},
}

// httpResult returns the check of the answer to a request.
func httpResult(a httpAPI) func(s *env) string {
	return func(s *env) string { return s.request("POST", s.serveHTTP(a)+"/x", "").String() }
}

const unknownRoute = `404 {"message":"Not Found"}`

// onProductHTTP returns the check of a request to the HTTP API of the product.
func onProductHTTP(method, path string) func(s *env) string {
	return func(s *env) string {
		if s.stack.http == "" {
			s.Skip("the stack has no HTTP API")
		}
		return s.request(method, s.stack.http+path, "").String()
	}
}

var httpRefusals = []behaviour{
	{"unknownPath", "HTTP", "observed", "a path without a route", unknownRoute, product, onProductHTTP("POST", "/nothing")},
	{"root", "HTTP", "observed", "the root path", unknownRoute, product, onProductHTTP("GET", "/")},
	{"otherMethod", "HTTP", "observed", "a method without a route", unknownRoute, product, onProductHTTP("GET", "/tickets")},
	{"slash", "HTTP", "unknown", "a path with a slash at the end is another path", unknownRoute, product, onProductHTTP("POST", "/tickets/")},
	{"management", "HTTP", "observed", "the HTTP API has no @connections", unknownRoute, product, onProductHTTP("POST", "/@connections/WhHAe-TROkECC5w=")},
	{"fails", "HTTP", "observed", "a function that returns an error", internalHTTP, fixture, httpResult(httpAPI{function: fails("boom")})},
	{"unreachable", "HTTP", "observed", "a function that cannot be invoked", internalHTTP, fixture, httpResult(httpAPI{function: unreachable()})},
	{"noJSON", "HTTP", "observed", "an answer that is not JSON", internalHTTP, fixture, httpResult(httpAPI{function: answers("hi")})},
	{"late", "HTTP", "observed", "a function that is slower than the timeout", `503 {"message":"Service Unavailable"}, no type`, fixture, func(s *env) string {
		release := make(chan struct{})
		defer close(release)
		a := s.request("POST", s.serveHTTP(httpAPI{function: hangs(release, ok), timeout: 50 * time.Millisecond})+"/x", "")
		return a.String() + map[bool]string{true: ", no type"}[a.header.Get("Content-Type") == ""]
	}},
	{"throttled", "HTTP", "doc", "more requests than the burst of the stage", `200, 429 {"message":"Too Many Requests"}`, fixture, func(s *env) string {
		url := s.serveHTTP(httpAPI{function: answers(ok), throttle: &httpapi.Throttle{Rate: hourly, Burst: 1}}) + "/x"
		return s.request("POST", url, "").String() + ", " + s.request("POST", url, "").String()
	}},
	{"body", "HTTP", "doc", "a body of more than 10 MB", `413 {"message":"Request Entity Too Large"}`, fixture, func(s *env) string {
		return s.request("POST", s.serveHTTP(httpAPI{function: answers(ok)})+"/x", strings.Repeat("x", 10<<20+1)).String()
	}},
	{"head", "HTTP", "doc, observed", "request line and headers of more than 10,240 bytes", `431 {"message":"Request Header Fields Too Large"}`, fixture, func(s *env) string {
		return s.request("POST", s.serveHTTP(httpAPI{function: answers(ok)})+"/x", "", "X-Long: "+strings.Repeat("x", 10240)).String()
	}},
}
