package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMain runs the tests, or the function if the argument is "function".
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "function" {
		main()
		return
	}
	m.Run()
}

// runtime is a fake of Lambda's Runtime API. It has one event, and then ends the function.
type runtime struct {
	event  []byte
	served bool
	answer string
}

func (c *runtime) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/response"), strings.HasSuffix(r.URL.Path, "/error"):
		body, _ := io.ReadAll(r.Body)
		c.answer = string(body)
		w.WriteHeader(http.StatusAccepted)
	case c.served:
		w.WriteHeader(http.StatusGone)
	default:
		c.served = true
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", "4102444800000")
		_, _ = w.Write(c.event)
	}
}

// The function answers the route of package app.
func TestOrder(t *testing.T) {
	text, err := os.ReadFile("../../../lambda/handler/testdata/event/message.json")
	if err != nil {
		t.Fatal(err)
	}
	var event map[string]any
	if err := json.Unmarshal(text, &event); err != nil {
		t.Fatal(err)
	}
	at := event["requestContext"].(map[string]any)
	at["routeKey"], at["authorizer"].(map[string]any)["expires"] = "order", "4102444800"
	event["body"] = `{"action":"order","number":7}`
	if text, err = json.Marshal(event); err != nil {
		t.Fatal(err)
	}
	c := &runtime{event: text}
	server := httptest.NewServer(c)
	defer server.Close()
	function := exec.CommandContext(t.Context(), os.Args[0], "function")
	function.Env = []string{
		"GOCOVERDIR=" + t.TempDir(), "AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(server.URL, "http://"), "AWS_REGION=eu-west-1",
		"TABLE_NAME=connections", "USER_INDEX=byUser", "USER_ID_INDEX=byUserId", "EXPIRY_INDEX=byExpiry", "CONNECTIONS_URL=" + server.URL + "/live",
		"ISSUER=" + server.URL, "AUDIENCE=orders", "USER_CLAIMS=sub", "ALLOWED_ORIGINS=https://orders.example.com",
		"TOKEN_IN_SUBPROTOCOL=true", "TOKEN_IN_QUERY=false", "TICKET_IN_QUERY=false", "SESSION_COOKIE=false", "MISSING_ORIGIN=subprotocol",
		"CONNECTIONS_PER_USER=20", "OVER_CAP=oldest", "MESSAGE_BYTES=131072", "MESSAGES_PER_MINUTE=0", "LOG_LEVEL=info",
	}
	var log bytes.Buffer
	function.Stdout, function.Stderr = &log, &log
	_ = function.Run() // the runtime ends it
	if !strings.Contains(c.answer, `\"state\":\"sent\"`) {
		t.Errorf("got the answer %s, want the state of the order; log:\n%s", c.answer, &log)
	}
}
