package function_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"sallyport/local/function"
)

// post sends a POST request and returns the response.
func post(t *testing.T, url, body string, headers ...string) (status int, header http.Header, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(got)
}

func serveAPI(t *testing.T, f *function.Function) string {
	t.Helper()
	s := httptest.NewServer(function.NewAPI(f))
	t.Cleanup(s.Close)
	return s.URL + "/2015-03-31/functions/"
}

func TestAPI(t *testing.T) {
	f := start(t, function.Config{Name: "doer", Env: map[string]string{"AWS_REGION": "eu-west-1"}})
	url := serveAPI(t, f)
	const echo = `{"Do":"echo","Text":"hi"}`
	const arn = "arn:aws:lambda:eu-west-1:000000000000:function:doer"
	tests := map[string]struct {
		name, body string
		headers    []string
		status     int
		want       string // the whole body, or X-Amzn-ErrorType
	}{
		"name":          {"doer", echo, nil, 200, `"hi"`},
		"qualifiedName": {"doer:$LATEST", echo, nil, 200, `"hi"`},
		"arn":           {arn, echo, nil, 200, `"hi"`},
		"escapedARN":    {strings.ReplaceAll(arn, ":", "%3A"), echo, nil, 200, `"hi"`},
		"qualifiedARN":  {arn + ":$LATEST", echo, nil, 200, `"hi"`},
		"partialARN":    {"000000000000:function:doer", echo, nil, 200, `"hi"`},
		"noEvent":       {"doer", "", nil, 200, `null`},
		"explicitType":  {"doer", echo, []string{"X-Amz-Invocation-Type", "RequestResponse"}, 200, `"hi"`},
		"async":         {"doer", echo, []string{"X-Amz-Invocation-Type", "Event"}, 202, ``},
		"dryRun":        {"doer", echo, []string{"X-Amz-Invocation-Type", "DryRun"}, 204, ``},
		"otherType":     {"doer", echo, []string{"X-Amz-Invocation-Type", "Never"}, 400, `InvalidParameterValueException`},
		"unknown":       {"other", echo, nil, 404, `ResourceNotFoundException`},
		"otherRegion":   {strings.Replace(arn, "eu-west-1", "us-east-1", 1), echo, nil, 404, `ResourceNotFoundException`},
		"version":       {"doer:3", echo, nil, 404, `ResourceNotFoundException`},
		"notJSON":       {"doer", `{"Do":`, nil, 400, `InvalidRequestContentException`},
		"twoValues":     {"doer", `{} {}`, nil, 400, `InvalidRequestContentException`},
		"largest":       {"doer", `"` + strings.Repeat("x", 6<<20-2) + `"`, nil, 200, ``},
		"tooLarge":      {"doer", `"` + strings.Repeat("x", 6<<20-1) + `"`, nil, 413, `RequestEntityTooLargeException`},
		"tooLargeAsync": {"doer", `"` + strings.Repeat("x", 1<<20) + `"`, []string{"X-Amz-Invocation-Type", "Event"}, 413, `RequestEntityTooLargeException`},
		"webPage":       {"doer", echo, []string{"Origin", "http://evil.example"}, 403, `AccessDeniedException`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			status, header, got := post(t, url+test.name+"/invocations", test.body, test.headers...)
			if status >= 400 {
				if !strings.Contains(got, `essage":"`) || !strings.Contains(got, `"Type":"User"`) {
					t.Errorf("got body %s", got)
				}
				got = header.Get("X-Amzn-ErrorType")
			}
			if status != test.status || name != "largest" && got != test.want {
				t.Errorf("got %d %.100s, want %d %s", status, got, test.status, test.want)
			}
			if status < 300 && header.Get("X-Amz-Executed-Version") != "$LATEST" {
				t.Errorf("got version %q", header.Get("X-Amz-Executed-Version"))
			}
		})
	}
}

// A function whose ARN has an alias is invoked with the alias or without it.
func TestAPIAlias(t *testing.T) {
	const arn = "arn:aws:lambda:eu-west-1:000000000000:function:doer"
	url := serveAPI(t, start(t, function.Config{Name: "doer", ARN: arn + ":live"}))
	for name, want := range map[string]int{
		"doer:live/invocations": 200, arn + ":live/invocations": 200, "000000000000:function:doer:live/invocations": 200,
		"doer/invocations?Qualifier=live": 200, "doer/invocations": 200,
		"doer:other/invocations": 404, "doer/invocations?Qualifier=other": 404,
	} {
		if status, _, got := post(t, url+name, `{"Do":"echo","Text":"hi"}`); status != want {
			t.Errorf("%s: got %d %s, want %d", name, status, got, want)
		}
	}
}

func TestAPIFunctionError(t *testing.T) {
	url := serveAPI(t, start(t, function.Config{}))
	status, header, got := post(t, url+"f/invocations", `{"Do":"error","Text":"Unauthorized"}`)
	want := `{"errorType":"errorString","errorMessage":"Unauthorized"}` + "\n"
	if status != 200 || header.Get("X-Amz-Function-Error") != "Unhandled" || got != want {
		t.Errorf("got %d %s %s, want 200 Unhandled %s", status, header.Get("X-Amz-Function-Error"), got, want)
	}
}

func TestAPITail(t *testing.T) {
	url := serveAPI(t, start(t, function.Config{}))
	tail := func(e string) string {
		_, header, _ := post(t, url+"f/invocations", e, "X-Amz-Log-Type", "Tail")
		return decoded(t, header.Get("X-Amz-Log-Result"))
	}
	id := `[0-9a-f-]{36}`
	tests := []struct{ event, want string }{
		{`{"Do":"print","Text":"cold\n"}`, `^START RequestId: ` + id + ` Version: \$LATEST\ncold\nEND RequestId: ` + id + `\nREPORT RequestId: ` + id + `\t.*\tInit Duration: .*\n$`},
		{`{"Do":"print","Text":"warm, no newline"}`, `^START .*\nwarm, no newline\nEND .*\nREPORT .* MB\n$`},
		{`{"Do":"echo"}`, `^START .*\nEND .*\nREPORT .*\n$`},
		{`{"Do":"exit","Size":2}`, `^START .*\nEND .*\nREPORT .*\tStatus: error\tError Type: Runtime.ExitError\n$`},
	}
	for _, test := range tests {
		if got := tail(test.event); !regexp.MustCompile(test.want).MatchString(got) {
			t.Errorf("%s: got\n%s\nwant %s", test.event, got, test.want)
		}
	}
	if got := tail(fmt.Sprintf(`{"Do":"print","Text":%q}`, strings.Repeat("z", 5000)+"\n")); len(got) != 4096 {
		t.Errorf("got %d bytes of a long log, want the last 4096", len(got))
	}
}

func TestAPIAsynchronousEvent(t *testing.T) {
	gate := newGate(t)
	url := serveAPI(t, start(t, function.Config{}))
	status, header, _ := post(t, url+"f/invocations", `{"Do":"call","URL":"`+gate.url+`"}`, "X-Amz-Invocation-Type", "Event")
	if status != http.StatusAccepted || header.Get("X-Amzn-RequestId") == "" {
		t.Errorf("got %d and request %q", status, header.Get("X-Amzn-RequestId"))
	}
	<-gate.arrived // the event runs without a waiting caller
	gate.open <- struct{}{}
}

func TestAPIClosed(t *testing.T) {
	f := start(t, function.Config{})
	url := serveAPI(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"RequestResponse", "Event"} {
		status, header, got := post(t, url+"f/invocations", "{}", "X-Amz-Invocation-Type", kind)
		if status != 500 || header.Get("X-Amzn-ErrorType") != "ServiceException" {
			t.Errorf("%s: got %d %s", kind, status, got)
		}
	}
}

// decoded returns the text that is encoded in base64.
func decoded(t *testing.T, text string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
