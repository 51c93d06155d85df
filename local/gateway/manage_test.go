package gateway

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// unknownKey is an error of Config.Verify that has an x-amzn-ErrorType.
type unknownKey struct{ error }

func (unknownKey) ErrorType() string { return "UnrecognizedClientException" }

// TestManagementRefused checks the refusals that depend on Config.Verify or JSON escapes. The
// others are cases of test/conformance.
func TestManagementRefused(t *testing.T) {
	const path = "/dev/@connections/WhHAe-TROkECC5w="
	for name, test := range map[string]struct {
		path       string
		verify     error
		status     int
		kind, text string
		logged     string
	}{
		"quoteInID":    {"/dev/@connections/a%22b", nil, 400, "BadRequestException", `{"message":"Invalid connectionId: a\"b"}`, "the connection id is malformed"},
		"badSignature": {path, errors.New("does not match"), 403, "InvalidSignatureException", `{"message":"does not match"}`, "the signature is not valid: InvalidSignatureException"},
		"typedError":   {path, unknownKey{errors.New("unknown")}, 403, "UnrecognizedClientException", `{"message":"unknown"}`, "the signature is not valid: UnrecognizedClientException"},
		"gone":         {path, nil, 410, "GoneException", "", "the connection is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			c := config(nil)
			c.Verify = func(*http.Request, []byte) error { return test.verify }
			s := serve(t, c)
			got := s.call(t, "GET", test.path, nil)
			if kind := got.header.Get("x-amzn-ErrorType"); got.status != test.status || kind != test.kind || got.body != test.text {
				t.Errorf("got %d %s %q, want %d %s %q", got.status, kind, got.body, test.status, test.kind, test.text)
			}
			if log := s.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, test.logged) {
				t.Errorf("got the log %q, want one line with %q", log, test.logged)
			}
		})
	}
}

// TestGet checks the exact times in the body, and that a push does not change lastActiveAt.
func TestGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, config(map[string]Route{routeDefault: oneWay(&function{})}))
		ws := s.connect(t, http.Header{"User-Agent": {`Mozilla "5" <é>`}})
		time.Sleep(9333 * time.Millisecond)
		writeText(t, ws, "x")
		go func() { _, _, _ = ws.Read(t.Context()) }()
		time.Sleep(time.Second)
		s.call(t, "POST", "/dev/@connections/"+s.ids()[0], []byte("x"))
		got := s.call(t, "GET", "/dev/@connections/"+s.ids()[0], nil)
		want := `{
  "identity" : {
    "sourceIp" : "203.0.113.7",
    "userAgent" : "Mozilla \"5\" <é>"
  },
  "connectedAt" : "2000-01-01T00:00:00.000Z",
  "lastActiveAt" : "2000-01-01T00:00:09.333Z"
}`
		if diff := cmp.Diff(want, got.body); diff != "" || got.status != 200 {
			t.Errorf("got %d, want 200; body (-want +got):\n%s", got.status, diff)
		}
	})
}

// TestUnsent checks that calls are refused while a client does not read: the second call with
// 429, and the first one with 410 when the client is dropped.
func TestUnsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(nil)
		c.Limits.Unsent = 10
		s := serve(t, c)
		s.rawConnect(t)
		path := "/dev/@connections/" + s.ids()[0]
		first := make(chan response, 1)
		go func() { first <- s.call(t, "POST", path, []byte("longer than 10")) }()
		synctest.Wait()
		got := s.call(t, "POST", path, []byte("x"))
		if got.status != 429 || got.header.Get("x-amzn-ErrorType") != "LimitExceededException" {
			t.Errorf("got %v, want 429 LimitExceededException", got)
		}
		time.Sleep(11 * time.Second)
		if got := <-first; got.status != 410 {
			t.Errorf("the first call got %v, want 410", got)
		}
	})
}
