package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

// unsignedKind is an error with its own x-amzn-ErrorType.
type unsignedKind struct{ error }

func (unsignedKind) ErrorType() string { return "UnrecognizedClientException" }

func TestManagementRefused(t *testing.T) {
	const never = "WhHAe-TROkECC5w="
	long := []byte(strings.Repeat("x", 128<<10+1))
	signed := map[string]string{"Authorization": "AWS4-HMAC-SHA256 x"}
	tests := []struct {
		name, method, path string
		header             map[string]string
		body               []byte
		verify             error
		status             int
		kind, text         string
	}{
		{name: "goneOnPost", method: "POST", path: "/dev/@connections/" + never, header: signed, status: 410, kind: "GoneException"},
		{name: "goneOnGet", method: "GET", path: "/dev/@connections/" + never, header: signed, status: 410, kind: "GoneException"},
		{name: "goneOnDelete", method: "DELETE", path: "/dev/%40connections/WhHAe-TROkECC5w%3D", header: signed, status: 410, kind: "GoneException"},
		{name: "malformed", method: "POST", path: "/dev/@connections/bot_X", header: signed, status: 400, kind: "BadRequestException", text: `{"message":"Invalid connectionId: bot_X"}`},
		{name: "malformedQuote", method: "GET", path: "/dev/@connections/a%22b", header: signed, status: 400, kind: "BadRequestException", text: `{"message":"Invalid connectionId: a\"b"}`},
		{name: "idAndMore", method: "GET", path: "/dev/@connections/" + never + "/x", header: signed, status: 400, kind: "BadRequestException", text: `{"message":"Invalid connectionId: ` + never + `/x"}`},
		{name: "tooLarge", method: "POST", path: "/dev/@connections/" + never, header: signed, body: long, status: 413, kind: "PayloadTooLargeException", text: `{"message":"Request Too Long"}`},
		{name: "wrongStage", method: "POST", path: "/prod/@connections/" + never, header: signed, status: 403, kind: "ForbiddenException", text: `{"message":"Forbidden"}`},
		{name: "noStage", method: "POST", path: "/@connections/" + never, header: signed, status: 403, kind: "ForbiddenException", text: `{"message":"Forbidden"}`},
		{name: "noID", method: "POST", path: "/dev/@connections/", header: signed, status: 403, kind: "ForbiddenException", text: `{"message":"Forbidden"}`},
		{name: "method", method: "PUT", path: "/dev/@connections/" + never, header: signed, status: 403, kind: "ForbiddenException", text: `{"message":"Forbidden"}`},
		{name: "unsigned", method: "POST", path: "/dev/@connections/" + never, status: 403, kind: "MissingAuthenticationTokenException", text: `{"message":"Missing Authentication Token"}`},
		{name: "signedInQuery", method: "GET", path: "/dev/@connections/" + never + "?X-Amz-Signature=0", status: 410, kind: "GoneException"},
		{
			name: "badSignature", method: "POST", path: "/dev/@connections/" + never, header: signed, verify: errors.New("does not match"),
			status: 403, kind: "InvalidSignatureException", text: `{"message":"does not match"}`,
		},
		{
			name: "unknownKey", method: "POST", path: "/dev/@connections/" + never, header: signed, verify: unsignedKind{errors.New("who?")},
			status: 403, kind: "UnrecognizedClientException", text: `{"message":"who?"}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := config(nil)
			c.Verify = func(*http.Request, []byte) error { return test.verify }
			s := serve(t, c)
			got := s.http(t, test.method, test.path, test.header, test.body)
			if got.status != test.status || got.body != test.text {
				t.Errorf("got %d %q, want %d %q", got.status, got.body, test.status, test.text)
			}
			if kind := got.header.Get("x-amzn-ErrorType"); kind != test.kind {
				t.Errorf("got the type %q, want %q", kind, test.kind)
			}
			checkHeaders(t, got)
			if trace := got.header.Get("X-Amzn-Trace-Id"); test.status == 400 && trace != "" {
				t.Errorf("got the trace id %q, want none", trace)
			}
			if strings.Count(s.log.String(), "\n") != 1 {
				t.Errorf("got the log %q, want one line", s.log)
			}
		})
	}
}

func checkHeaders(t *testing.T, got answered) {
	t.Helper()
	if len(got.header.Get("x-amzn-RequestId")) != 36 || !isID(got.header.Get("x-amz-apigw-id")) {
		t.Errorf("got the headers %v, want a UUID and an id", got.header)
	}
	want := "application/json"
	if got.status == http.StatusNoContent {
		want = ""
	}
	if kind := got.header.Get("Content-Type"); kind != want {
		t.Errorf("got the content type %q, want %q", kind, want)
	}
}

func TestPost(t *testing.T) {
	s := serve(t, config(nil))
	c := s.mustConnect(t)
	c.SetReadLimit(-1)
	paths := []string{"/dev/@connections/" + s.ids()[0], "/dev/%40connections/" + url.QueryEscape(s.ids()[0])}
	for _, text := range []string{"hello", "", "\u00e9\n", strings.Repeat("x", 128<<10)} {
		for _, path := range paths {
			read := make(chan string, 1)
			go func() { read <- readText(t, c) }()
			got := s.call(t, "POST", path, []byte(text))
			if got.status != 200 || got.body != "" || got.header.Get("Content-Length") != "0" {
				t.Errorf("got %v, want 200 and nothing", got)
			}
			checkHeaders(t, got)
			if sent := <-read; sent != text {
				t.Errorf("the client got %q, want %q", sent, text)
			}
		}
	}
}

func TestGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, config(map[string]Route{routeDefault: oneWay(&fake{})}))
		ws, _, err := s.connect(t, "/dev", &websocket.DialOptions{HTTPHeader: http.Header{"User-Agent": {`Mozilla "5"`}}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(9333 * time.Millisecond)
		writeText(t, ws, "x")
		go func() { _, _, _ = ws.Read(t.Context()) }()
		time.Sleep(time.Second)
		s.call(t, "POST", "/dev/@connections/"+s.ids()[0], []byte("does not count"))
		got := s.call(t, "GET", "/dev/@connections/"+s.ids()[0], nil)
		want := `{
  "identity" : {
    "sourceIp" : "203.0.113.7",
    "userAgent" : "Mozilla \"5\""
  },
  "connectedAt" : "2000-01-01T00:00:00.000Z",
  "lastActiveAt" : "2000-01-01T00:00:09.333Z"
}`
		if diff := cmp.Diff(want, got.body); diff != "" || got.status != 200 {
			t.Errorf("got %d, body (-want +got):\n%s", got.status, diff)
		}
		_ = ws.CloseNow()
	})
}

func TestGetWithoutUserAgent(t *testing.T) {
	s := serve(t, config(nil))
	s.rawConnect(t)
	if got := s.call(t, "GET", "/dev/@connections/"+s.ids()[0], nil); !strings.Contains(got.body, `"userAgent" : null`) {
		t.Errorf("got %s, want a null userAgent", got.body)
	}
}

func TestDelete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bye := &fake{}
		s := serve(t, config(map[string]Route{routeDisconnect: oneWay(bye)}))
		_, ended := connectTalking(t, s)
		path := "/dev/@connections/" + s.ids()[0]
		got := s.call(t, "DELETE", path, nil)
		if got.status != 204 || got.body != "" {
			t.Errorf("got %v, want 204", got)
		}
		checkHeaders(t, got)
		for _, method := range []string{"DELETE", "POST", "GET"} {
			if again := s.call(t, method, path, nil); again.status != 410 {
				t.Errorf("%s afterwards: got %v, want 410", method, again)
			}
		}
		if e := ended(); e.Code != 1000 || e.Reason != `"Connection Closed Normally"` {
			t.Errorf("the client got %v, want 1000 Connection Closed Normally", e)
		}
		checkDisconnect(t, bye, 1000, "Connection Closed Normally")
	})
}

// From inside $connect there is no connection yet.
func TestPostDuringConnect(t *testing.T) {
	var s *server
	var during answered
	f := &fake{answer: func(_ context.Context, event []byte) ([]byte, error) {
		id := contextOf(t, event)["connectionId"].(string)
		during = s.call(t, "POST", "/dev/@connections/"+id, []byte("x"))
		return []byte(`{"statusCode":200}`), nil
	}}
	s = serve(t, config(map[string]Route{routeConnect: oneWay(f)}))
	s.mustConnect(t)
	if during.status != 410 {
		t.Errorf("got %v, want 410", during)
	}
}

// A client that takes nothing makes calls fail, first with 429.
func TestUnsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(nil)
		c.Limits.Unsent = 10
		s := serve(t, c)
		s.rawConnect(t)
		path := "/dev/@connections/" + s.ids()[0]
		first := make(chan answered, 1)
		go func() { first <- s.call(t, "POST", path, []byte("longer than 10")) }()
		synctest.Wait()
		got := s.call(t, "POST", path, []byte("x"))
		if got.status != 429 || got.header.Get("x-amzn-ErrorType") != "LimitExceededException" {
			t.Errorf("got %v, want 429", got)
		}
		time.Sleep(11 * time.Second)
		if got := <-first; got.status != 410 {
			t.Errorf("the first call got %v, want 410 when the client was dropped", got)
		}
	})
}

func TestManagementThrottled(t *testing.T) {
	c := config(nil)
	c.Limits.Rate, c.Limits.Burst = 1, 1
	s := serve(t, c)
	s.call(t, "GET", "/dev/@connections/WhHAe-TROkECC5w=", nil)
	if got := s.call(t, "GET", "/dev/@connections/WhHAe-TROkECC5w=", nil); got.status != 429 {
		t.Errorf("got %v, want 429", got)
	}
}
