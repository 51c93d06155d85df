package gateway

import (
	"strings"
	"testing"
	"testing/synctest"
)

// marker is a message whose reply follows all replies to earlier messages, when the functions
// of these have ended.
const marker = `{"action":"marker"}`

var markerRoute = Route{Integration: Integration{Mock: "marker"}, RouteResponse: true}

// TestReplies checks answers that the cases of test/conformance do not have.
func TestReplies(t *testing.T) {
	const internalError = "Internal server error"
	tests := []struct {
		name     string
		function *function
		oneWay   string // message to the client of a one-way route: none, or an error
		twoWay   string
	}{
		{"lambdaGo", answering(`{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":"hi"}`), "", "hi"},
		{"notBase64", answering(`{"statusCode":200,"body":"*","isBase64Encoded":true}`), "", internalError},
		{"noStatus", answering(`{"body":"hi"}`), internalError, internalError},
		{"wrongCase", answering(`{"StatusCode":200,"Body":"hi"}`), internalError, internalError},
		{"cookies", answering(`{"statusCode":200,"cookies":[],"body":"hi"}`), internalError, internalError},
		{"allMembers", answering(`{"statusCode":200,"headers":{},"multiValueHeaders":{},"body":"hi","isBase64Encoded":false}`), "", "hi"},
		{"escapedMember", answering(`{"statusCode":200,"b\u006fdy":"hi"}`), "", "hi"},
		{"listBody", answering(`{"statusCode":200,"body":["hi"]}`), internalError, internalError},
		{"numberBody", answering(`{"statusCode":200,"body":1}`), internalError, internalError},
		{"trueBody", answering(`{"statusCode":200,"body":true}`), internalError, internalError},
		{"string", answering(`"hi"`), internalError, internalError},
		{"notJSON", answering(`hi`), internalError, internalError},
		{"nullAfterSpace", answering(` null`), "", ""},
		{"empty", answering(``), "", ""},
		{"tooLong", answering(`{"statusCode":200,"body":"` + strings.Repeat("x", 128<<10+1) + `"}`), "", internalError},
	}
	for _, test := range tests {
		for route, want := range map[string]string{"one": test.oneWay, "two": test.twoWay} {
			t.Run(test.name+"/"+route, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { checkReply(t, test.function, route, want) })
			})
		}
	}
}

// checkReply sends a message to a route and checks its reply: none, the message of an error
// frame, or a text.
func checkReply(t *testing.T, f *function, route, want string) {
	t.Helper()
	s := serve(t, config(map[string]Route{"one": oneWay(f), "two": twoWay(f), "marker": markerRoute}))
	c := s.connect(t, nil)
	writeText(t, c, `{"action":"`+route+`"}`)
	if want == textInternal {
		checkErrorFrame(t, readText(t, c), want, s.ids()[0])
	} else if want != "" {
		if got := readText(t, c); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	synctest.Wait()
	writeText(t, c, marker)
	if got := readText(t, c); got != "marker" {
		t.Errorf("got %q, want no other message", got)
	}
}
