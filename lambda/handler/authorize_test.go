package handler_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const methodARN = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/live/$connect"

// wantPolicy is the answer for alice with an effect, Allow or Deny.
func wantPolicy(effect string) map[string]any {
	return map[string]any{
		"principalId": "alice",
		"policyDocument": map[string]any{
			"Version": "2012-10-17",
			"Statement": []any{map[string]any{
				"Action":   []any{"execute-api:Invoke"},
				"Effect":   effect,
				"Resource": []any{methodARN},
			}},
		},
		"context": map[string]any{"user": "alice", "expires": 1708330500.0},
	}
}

func TestAuthorize(t *testing.T) {
	tests := []struct {
		name      string
		verifyErr error
		wantLog   map[string]any // level, outcome, reason or error
		wantErr   string
		want      map[string]any
	}{
		{
			name:    "goodToken",
			wantLog: map[string]any{"level": "info", "outcome": "allowed", "reason": nil, "error": nil, "user": "alice"},
			want:    wantPolicy("Allow"),
		},
		{
			name:      "badToken",
			verifyErr: refusal{reason: "token expired 3m12s ago"},
			wantLog:   map[string]any{"level": "warn", "outcome": "refused", "reason": "token expired 3m12s ago", "error": nil, "user": nil},
			wantErr:   "Unauthorized",
		},
		{
			name:      "otherAudience",
			verifyErr: refusal{reason: "token is for another", genuine: true},
			wantLog:   map[string]any{"level": "warn", "outcome": "denied", "reason": "token is for another", "error": nil, "user": "alice"},
			want:      wantPolicy("Deny"),
		},
		{
			name:      "issuerDown",
			verifyErr: errors.New("issuer is down"),
			wantLog:   map[string]any{"level": "error", "outcome": "failed", "reason": nil, "error": "verify token: issuer is down", "user": nil},
			wantErr:   "verify token: issuer is down",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			w.verify = func(got string) (string, error) {
				if got != token {
					t.Errorf("verified token %q, want %q", got, token)
				}
				if test.want == nil {
					return "", test.verifyErr
				}
				return "alice", test.verifyErr
			}
			answer, err := w.invoke(t.Context(), readEvent(t, "authorizer", nil))
			checkAnswer(t, answer, err, test.want, test.wantErr)
			line := w.lines(t)[0]
			for key, want := range test.wantLog {
				if line[key] != want {
					t.Errorf("log: got %s %v, want %v", key, line[key], want)
				}
			}
			if line["route"] != "authorizer" || line["connectionId"] != connectionID {
				t.Errorf("log: got route %v of connection %v", line["route"], line["connectionId"])
			}
		})
	}
}

func checkAnswer(t *testing.T, answer string, err error, want map[string]any, wantErr string) {
	t.Helper()
	if wantErr != "" {
		if err == nil || err.Error() != wantErr {
			t.Errorf("got error %v, want exactly %q", err, wantErr)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(answer), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestAuthorizeFindsToken(t *testing.T) {
	const none = "no token in Sec-WebSocket-Protocol"
	header := func(name, value string) map[string]any { return map[string]any{name: value} }
	tests := []struct {
		name         string
		headers      map[string]any
		query        map[string]any
		tokenInQuery bool
		want         string // the token; if it is none, the reason
	}{
		{name: "browser", headers: header("Sec-WebSocket-Protocol", "sallyport.v1, bearer.a.b.c"), want: "a.b.c"},
		{name: "first", headers: header("Sec-WebSocket-Protocol", "bearer.a.b.c,sallyport.v1"), want: "a.b.c"},
		{name: "lowerCaseHeader", headers: header("sec-websocket-protocol", "bearer.a.b.c"), want: "a.b.c"},
		{name: "spaces", headers: header("Sec-WebSocket-Protocol", " x ,\tbearer.a.b.c  "), want: "a.b.c"},
		{name: "twoTokens", headers: header("Sec-WebSocket-Protocol", "bearer.a.b.c, bearer.d.e.f"), want: "a.b.c"},
		{name: "emptyToken", headers: header("Sec-WebSocket-Protocol", "bearer."), want: ""},
		{name: "noBearer", headers: header("Sec-WebSocket-Protocol", "sallyport.v1"), want: none},
		{name: "otherHeader", headers: header("Authorization", "Bearer a.b.c"), want: none},
		{name: "nothing", want: none},
		{name: "query", query: header("token", "a.b.c"), tokenInQuery: true, want: "a.b.c"},
		{name: "queryNotAllowed", query: header("token", "a.b.c"), want: none + ", and one in the query string is not allowed"},
		{name: "emptyQuery", query: header("token", ""), tokenInQuery: true, want: none},
		{name: "both", headers: header("Sec-WebSocket-Protocol", "bearer.a.b.c"), query: header("token", "q"), tokenInQuery: true, want: "a.b.c"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			w.query = test.tokenInQuery
			got := "not asked"
			w.verify = func(token string) (string, error) {
				got = token
				return "alice", nil
			}
			_, err := w.invoke(t.Context(), readEvent(t, "authorizer", func(e map[string]any) {
				e["headers"], e["queryStringParameters"] = test.headers, test.query
			}))
			if err != nil {
				got, _ = w.lines(t)[0]["reason"].(string)
			}
			if got != test.want {
				t.Errorf("got %q, error %v, want %q", got, err, test.want)
			}
		})
	}
}
