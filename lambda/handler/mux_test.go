package handler_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/route"
)

func TestEveryRouteHasAHandler(t *testing.T) {
	var want []string
	for _, r := range newFixture().config.Routes.All() {
		if r.Mock() == "" {
			want = append(want, r.Key)
		}
	}
	for _, e := range route.Endpoints(true) {
		want = append(want, e.Key())
	}
	slices.Sort(want)
	w := newFixture()
	w.config.SessionCookie = true
	if diff := cmp.Diff(want, w.mux().Routes()); diff != "" {
		t.Errorf("routes the function answers (-declared +handled):\n%s", diff)
	}
}

func TestInvokeUnknownEvents(t *testing.T) {
	tests := []struct {
		name    string
		payload string
		want    string
	}{
		{"notJSON", `hello`, "answer event: invalid character"},
		{"empty", ``, "answer event: unexpected end of JSON input"},
		{"array", `[]`, "answer event: json: cannot unmarshal array"},
		{"emptyObject", `{}`, "the kind of the event is unknown"},
		{"null", `null`, "the kind of the event is unknown"},
		{"otherService", `{"Records":[{"eventSource":"aws:s3","body":"x"}]}`, "the kind of the event is unknown"},
		{"queue", `{"Records":[{"eventSource":"aws:sqs","body":"x"}]}`, "the queue has messages, but the app has no channels"},
		{"typeWithoutARN", `{"type":"REQUEST"}`, "the kind of the event is unknown"},
		{"tokenAuthorizer", `{"type":"TOKEN","methodArn":"arn:x"}`, "the kind of the event is unknown"},
		{"unknownRoute", `{"requestContext":{"routeKey":"shout","connectionId":"a"}}`, `route "shout" has no handler`},
		{"mockRoute", `{"requestContext":{"routeKey":"ping","connectionId":"a"}}`, `route "ping" has no handler`},
		{"noConnection", `{"requestContext":{"routeKey":"$connect"}}`, "the kind of the event is unknown"},
		{"noRoute", `{"requestContext":{"connectionId":"a"}}`, "the kind of the event is unknown"},
		{"httpOfVersion1", `{"version":"1.0","requestContext":{"http":{"method":"POST","path":"/tickets"}}}`, "the kind of the event is unknown"},
		{"noMethod", `{"version":"2.0","requestContext":{"http":{"path":"/tickets"}}}`, "the kind of the event is unknown"},
		{"sourceOnly", `{"source":"aws.events"}`, "the kind of the event is unknown"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newFixture()
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

// A command must not hide in an event of AWS.
func TestCommandDoesNotHideInEvent(t *testing.T) {
	for _, event := range []string{"authorizer", "connect", "disconnect", "message", "whoami", "refresh", "http_ticket", "http_sign_out", "schedule"} {
		for _, command := range []string{"push", "disconnect"} {
			w := newFixture().open("bob", "b1")
			_, _ = w.invoke(t.Context(), readEvent(t, event, func(e map[string]any) {
				e[command] = map[string]any{"target": map[string]any{"all": true}, "message": 1}
			}))
			if route := w.lines(t)[0]["route"]; route == command || len(w.posts.got)+len(w.posts.ended) != 0 {
				t.Errorf("%s with a %s: got route %v, want no command executed", event, command, route)
			}
		}
	}
}

func FuzzInvoke(f *testing.F) {
	files, err := filepath.Glob("testdata/event/*.json")
	if err != nil || len(files) < 15 {
		f.Fatalf("got %d events, error %v", len(files), err)
	}
	for _, file := range files {
		f.Add(readEvent(f, strings.TrimSuffix(filepath.Base(file), ".json"), nil))
	}
	f.Add([]byte(`{"push":null}`))
	f.Add([]byte(`{"version":"2.0","requestContext":{"http":{"method":"DELETE","path":"/connections"}},"headers":{"AUTHORIZATION":"Bearer x"}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		w := newFixture().open("alice", connectionID, "other")
		w.config.ConnectionsPerUser, w.config.MessagesPerMinute, w.config.MessageBytes = 1, 1, 100
		answer, err := w.invoke(t.Context(), payload)
		if err == nil && !json.Valid([]byte(answer)) {
			t.Errorf("answer %q is not JSON", answer)
		}
		for line := range bytes.Lines(w.log.Bytes()) {
			if !json.Valid(line) || repeated(line) != "" {
				t.Errorf("log line %q is not JSON, or has a field twice", line)
			}
		}
	})
}
