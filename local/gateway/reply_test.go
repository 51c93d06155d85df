package gateway

import (
	"strings"
	"testing"
	"testing/synctest"
)

// marker answers the end of a message's handling on one connection: what came
// back before it is all there is.
const marker = `{"action":"marker"}`

func TestReplies(t *testing.T) {
	tests := []struct {
		name     string
		function *fake
		oneWay   string // what a one-way route sends: nothing or an error
		twoWay   string
	}{
		{"body", answering(`{"statusCode":200,"body":"hi \u00e9\"<"}`), "", `hi é"<`},
		{"lambdaGo", answering(`{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":"hi"}`), "", "hi"},
		{"status500", answering(`{"statusCode":500,"body":"hi"}`), "", "hi"},
		{"noBody", answering(`{"statusCode":200}`), "", ""},
		{"nullBody", answering(`{"statusCode":200,"body":null}`), "", ""},
		{"emptyBody", answering(`{"statusCode":200,"body":""}`), "", ""},
		{"base64", answering(`{"statusCode":200,"body":"aGk=","isBase64Encoded":true}`), "", "hi"},
		{"notBase64", answering(`{"statusCode":200,"body":"*","isBase64Encoded":true}`), "", internalError},
		{"objectBody", answering(`{"statusCode":200,"body":{}}`), internalError, internalError},
		{"noStatus", answering(`{"body":"hi"}`), internalError, internalError},
		{"wrongCase", answering(`{"StatusCode":200,"Body":"hi"}`), internalError, internalError},
		{"otherMembers", answering(`{"ConnectionId":"x","Data":"hi","statusCode":200}`), internalError, internalError},
		{"otherMember", answering(`{"statusCode":200,"body":"hi","type":"echo"}`), internalError, internalError},
		{"cookies", answering(`{"statusCode":200,"cookies":[],"body":"hi"}`), internalError, internalError},
		{"allMembers", answering(`{"statusCode":200,"headers":{},"multiValueHeaders":{},"body":"hi","isBase64Encoded":false}`), "", "hi"},
		{"escapedMember", answering(`{"statusCode":200,"b\u006fdy":"hi"}`), "", "hi"},
		{"listBody", answering(`{"statusCode":200,"body":["hi"]}`), internalError, internalError},
		{"numberBody", answering(`{"statusCode":200,"body":1}`), internalError, internalError},
		{"trueBody", answering(`{"statusCode":200,"body":true}`), internalError, internalError},
		{"string", answering(`"hi"`), internalError, internalError},
		{"notJSON", answering(`hi`), internalError, internalError},
		{"null", answering(` null`), "", ""},
		{"nothing", answering(``), "", ""},
		{"tooLong", answering(`{"statusCode":200,"body":"` + strings.Repeat("x", 128<<10+1) + `"}`), "", internalError},
		{"throws", failing(reported("oops")), internalError, internalError},
		{"notInvocable", failing(errInvoke), internalError, internalError},
	}
	for _, test := range tests {
		for route, want := range map[string]string{"one": test.oneWay, "two": test.twoWay} {
			t.Run(test.name+"/"+route, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { checkReply(t, test.function, route, want) })
			})
		}
	}
}

const internalError = "Internal server error"

// checkReply checks what one message to a route brings: nothing, an error
// frame, or a text. A second message tells that nothing else came.
func checkReply(t *testing.T, f *fake, route, want string) {
	t.Helper()
	s := serve(t, config(map[string]Route{
		"one": oneWay(f), "two": twoWay(f),
		"marker": {Integration: Integration{Mock: "marker"}, RouteResponse: true},
	}))
	c := s.mustConnect(t)
	writeText(t, c, `{"action":"`+route+`"}`)
	if want == internalError {
		id := checkErrorFrame(t, readText(t, c), want, s.ids()[0])
		calls := f.calls()
		if event := contextOf(t, calls[len(calls)-1]); event["requestId"] != id {
			t.Errorf("the frame has the request id %s, the event %v", id, event["requestId"])
		}
	} else if want != "" {
		if got := readText(t, c); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	synctest.Wait()
	writeText(t, c, marker)
	if got := readText(t, c); got != "marker" {
		t.Errorf("got %q besides", got)
	}
}
