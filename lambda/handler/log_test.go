package handler_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"sallyport/lambda/handler"
)

// secrets stand where an event has what no log may hold.
var secrets = []string{"TOKEN-IN-HEADER", "TOKEN-IN-QUERY", "OTHER-IN-QUERY", "BODY", "MESSAGE", "REASON"}

// secretEvents are all kinds of event, full of secrets.
func secretEvents(t *testing.T) map[string][]byte {
	t.Helper()
	handshake := func(e map[string]any) {
		object(e, "headers")["Sec-WebSocket-Protocol"] = "sallyport.v1, bearer.TOKEN-IN-HEADER"
		object(e, "headers")["Cookie"] = "BODY"
		e["queryStringParameters"] = map[string]any{"token": "TOKEN-IN-QUERY", "x": "OTHER-IN-QUERY"}
	}
	body := func(e map[string]any) { e["body"] = `{"action":"x","text":"BODY"}` }
	return map[string][]byte{
		"authorizer": readEvent(t, "authorizer", handshake),
		"query": readEvent(t, "authorizer", func(e map[string]any) {
			handshake(e)
			e["headers"] = map[string]any{}
		}),
		"connect": readEvent(t, "connect", handshake),
		"message": readEvent(t, "message", body),
		"whoami":  readEvent(t, "whoami", body),
		"disconnect": readEvent(t, "disconnect", func(e map[string]any) {
			object(e, "requestContext")["disconnectReason"] = "REASON"
		}),
		"unknownRoute": readEvent(t, "message", func(e map[string]any) {
			body(e)
			object(e, "requestContext")["routeKey"] = "shout"
		}),
		"push":      []byte(`{"push":{"target":{"all":true},"message":"MESSAGE"}}`),
		"badPush":   []byte(`{"push":{"target":"BODY","message":"MESSAGE"}}`),
		"unknown":   []byte(`{"body":"BODY"}`),
		"wrongType": []byte(`{"headers":"TOKEN-IN-HEADER","body":["BODY"]}`),
		"notJSON":   []byte(`BODY`),
	}
}

func TestLogHoldsNoSecrets(t *testing.T) {
	faults := map[string]error{
		"none":    nil,
		"refused": refusal{reason: "signature does not verify"},
		"denied":  refusal{reason: "token is for another", genuine: true},
		"down":    errors.New("it is down"),
	}
	for faultName, fault := range faults {
		for name, payload := range secretEvents(t) {
			t.Run(name+"/"+faultName, func(t *testing.T) {
				w := newWorld()
				w.query, w.metrics = true, "sallyport-test"
				w.table.rows[connectionID] = handler.Connection{ID: connectionID}
				w.table.fault = fault
				w.verify = func(got string) (string, error) {
					if !slices.Contains(secrets, got) {
						t.Errorf("verified %q, want a secret", got)
					}
					return "alice", fault
				}
				w.posts.post = func(context.Context, string) error { return fault }
				_, err := w.invoke(t.Context(), payload)
				for _, secret := range secrets {
					if strings.Contains(w.log.String(), secret) {
						t.Errorf("log contains %s: %s", secret, w.log.String())
					}
					if err != nil && strings.Contains(err.Error(), secret) {
						t.Errorf("error contains %s: %v", secret, err)
					}
				}
			})
		}
	}
}

func TestLogLineOfEachEvent(t *testing.T) {
	tests := []struct {
		event   string
		route   string
		hasUser bool
		outcome string
	}{
		{"authorizer", "authorizer", true, "allowed"},
		{"connect", "$connect", true, "ok"},
		{"message", "$default", true, "ok"},
		{"whoami", "whoami", true, "ok"},
		{"disconnect", "$disconnect", true, "ok"},
		{"push_connection", "push", false, "ok"},
	}
	for _, test := range tests {
		t.Run(test.event, func(t *testing.T) {
			w := newWorld()
			if _, err := w.invoke(t.Context(), readEvent(t, test.event, nil)); err != nil {
				t.Fatal(err)
			}
			lines := w.lines(t)
			if len(lines) != 1 {
				t.Fatalf("got %d lines, want 1: %v", len(lines), lines)
			}
			line := lines[0]
			want := map[string]any{
				"level": "info", "requestId": "request-1", "connectionId": connectionID, "route": test.route, "outcome": test.outcome,
			}
			if test.hasUser {
				want["user"] = "alice"
			}
			for key, want := range want {
				if line[key] != want {
					t.Errorf("got %s %v, want %v", key, line[key], want)
				}
			}
			if ms, ok := line["durationMs"].(float64); !ok || ms < 0 {
				t.Errorf("got duration %v, want milliseconds", line["durationMs"])
			}
		})
	}
}

// A duty that panics brings the process down, but not without its line.
func TestLogLineOfPanic(t *testing.T) {
	w := newWorld()
	w.verify = func(string) (string, error) { panic("a bug") }
	defer func() {
		if recover() == nil {
			t.Error("got no panic, want the verifier's")
		}
		if line := w.lines(t)[0]; line["outcome"] != "panicked" || line["level"] != "error" || line["requestId"] != "request-1" {
			t.Errorf("got %v, want a line on the panic", line)
		}
	}()
	_, _ = w.invoke(t.Context(), readEvent(t, "authorizer", nil))
}
