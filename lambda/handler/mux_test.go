package handler_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/route"
)

func TestEveryRouteHasAHandler(t *testing.T) {
	var want []string
	for _, r := range route.All() {
		if r.Mock == "" {
			want = append(want, r.Key)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, newWorld().mux().Routes()); diff != "" {
		t.Errorf("routes the Lambda answers (-declared +handled):\n%s", diff)
	}
}

func TestInvokeUnknownEvents(t *testing.T) {
	tests := []struct {
		name    string
		payload string
		want    string
	}{
		{"notJSON", `hello`, "read event: invalid character"},
		{"empty", ``, "read event: unexpected end of JSON input"},
		{"array", `[]`, "read event: json: cannot unmarshal array"},
		{"emptyObject", `{}`, "of no known kind"},
		{"null", `null`, "of no known kind"},
		{"otherService", `{"Records":[{"eventSource":"aws:sqs","body":"x"}]}`, "of no known kind"},
		{"typeWithoutARN", `{"type":"REQUEST"}`, "of no known kind"},
		{"tokenAuthorizer", `{"type":"TOKEN","methodArn":"arn:x"}`, "of no known kind"},
		{"unknownRoute", `{"requestContext":{"routeKey":"shout"}}`, `route "shout" has no handler`},
		{"mockRoute", `{"requestContext":{"routeKey":"ping"}}`, `route "ping" has no handler`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			answer, err := w.invoke(t.Context(), []byte(test.payload))
			if err == nil || !strings.Contains(err.Error(), test.want) || answer != "" {
				t.Errorf("got %q, error %v, want an error with %q", answer, err, test.want)
			}
			if lines := w.lines(t); len(lines) != 1 || lines[0]["route"] == nil || lines[0]["requestId"] == nil {
				t.Errorf("got log %v, want one line with route and request id", lines)
			}
		})
	}
}

// A push field must not turn an event of API Gateway into a push.
func TestInvokeRouteBeforePush(t *testing.T) {
	w := newWorld()
	payload := readEvent(t, "message", func(e map[string]any) {
		e["push"] = map[string]any{"target": map[string]any{"all": true}, "message": 1}
	})
	answer, err := w.invoke(t.Context(), payload)
	if err != nil || !strings.Contains(answer, "echo") {
		t.Errorf("got %q, error %v, want an echo", answer, err)
	}
}

func FuzzInvoke(f *testing.F) {
	for _, name := range []string{"authorizer", "connect", "message", "whoami", "disconnect", "push_all", "push_user", "push_connection"} {
		f.Add(readEvent(f, name, nil))
	}
	f.Add([]byte(`{"push":null}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		answer, err := newWorld().invoke(t.Context(), payload)
		if err == nil && !json.Valid([]byte(answer)) {
			t.Errorf("answer %q is not JSON", answer)
		}
	})
}
