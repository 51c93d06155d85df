package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/env"
)

// asLambda makes the test binary run as the function.
const asLambda = "SALLYPORT_TEST_AS_LAMBDA"

func TestMain(m *testing.M) {
	if os.Getenv(asLambda) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// environment returns all variables, with every address on a loopback server.
func environment(url string) map[string]string {
	return map[string]string{
		env.TableName:               "connections",
		env.UserIndex:               "byUser",
		env.UserIDIndex:             "byUserId",
		env.ExpiryIndex:             "byExpiry",
		env.ConnectionsURL:          url + "/live",
		env.Issuer:                  url,
		env.Audience:                "sallyport",
		env.UserClaims:              "sub",
		"TOKEN_IN_SUBPROTOCOL":      "true",
		"TOKEN_IN_QUERY":            "false",
		"TICKET_IN_QUERY":           "false",
		"SESSION_COOKIE":            "false",
		env.AllowedOrigins:          url,
		"MISSING_ORIGIN":            "subprotocol",
		"CONNECTIONS_PER_USER":      "20",
		"OVER_CAP":                  "oldest",
		"MESSAGE_BYTES":             "131072",
		"MESSAGES_PER_MINUTE":       "0",
		"LOG_LEVEL":                 "info",
		env.Region:                  "eu-west-1",
		"AWS_ACCESS_KEY_ID":         "id",
		"AWS_SECRET_ACCESS_KEY":     "secret",
		"AWS_SESSION_TOKEN":         "session",
		"AWS_ENDPOINT_URL_DYNAMODB": url + "/dynamodb",
	}
}

// run runs the function with an environment until it ends, and returns its log.
func run(t *testing.T, vars map[string]string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = []string{asLambda + "=1", "GOCOVERDIR=" + t.TempDir()} // without it, go test -cover adds a line
	for name, value := range vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func TestMainRefusesWrongEnvironment(t *testing.T) {
	tests := []struct {
		name string
		vars map[string]string
		want []string
	}{
		{"empty", nil, []string{"TABLE_NAME is not set", "ISSUER is not set", "LOG_LEVEL is not set"}},
		{"logLevel", map[string]string{"LOG_LEVEL": "loud"}, []string{`LOG_LEVEL is \"loud\"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			log, err := run(t, test.vars)
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("got %v, want exit code 1", err)
			}
			for _, want := range append(test.want, "the function is not configured") {
				if !strings.Contains(log, want) {
					t.Errorf("got log %s, want %s", log, want)
				}
			}
		})
	}
}

// cloud is a fake of the Lambda Runtime API and of all services. After the last event, it ends
// the function with an error.
type cloud struct {
	mu       sync.Mutex
	events   []string
	answers  []string
	requests []string
	auth     string // of the last request to DynamoDB
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case strings.HasSuffix(r.URL.Path, "/invocation/next"):
		c.next(w)
	case strings.HasPrefix(r.URL.Path, "/2018-06-01/runtime/invocation/"):
		c.answers = append(c.answers, string(body))
		w.WriteHeader(http.StatusAccepted)
	default:
		c.requests = append(c.requests, r.Method+" "+r.URL.EscapedPath()+" "+r.Header.Get("X-Amz-Target"))
		if r.Header.Get("X-Amz-Target") != "" {
			c.auth = r.Header.Get("Authorization")
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, `{}`)
	}
}

func (c *cloud) next(w http.ResponseWriter) {
	if len(c.events) == 0 {
		w.WriteHeader(http.StatusGone)
		return
	}
	w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request-1")
	w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10))
	_, _ = io.WriteString(w, c.events[0])
	c.events = c.events[1:]
}

func TestMainAnswersEvents(t *testing.T) {
	var events []string
	names := []string{
		"message", "whoami", "connect", "authorizer", "authorizer_ticket", "http_ticket", "http_preflight", "schedule",
		"push_connection", "disconnect_connection",
	}
	for _, name := range names {
		event, err := os.ReadFile("handler/testdata/event/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		// The function uses the real time.
		events = append(events, strings.Replace(string(event), `"expires": "1708330500"`, `"expires": "4102444800"`, 1))
	}
	c := &cloud{events: append(events, `{}`)}
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	vars := environment(srv.URL)
	vars[env.AllowedOrigins] = "https://d111111abcdef8.cloudfront.net"
	vars[env.TicketTableName] = "tickets"
	vars["AWS_LAMBDA_RUNTIME_API"] = strings.TrimPrefix(srv.URL, "http://")
	log, err := run(t, vars)
	if exit := new(exec.ExitError); !errors.As(err, &exit) {
		t.Fatalf("got %v, want that the function ends after the last event", err)
	}

	answers := []string{
		`"echo\"`, `connection_unknown`, `sallyport.v1`, `"errorMessage":"Unauthorized"`, `the row is not a complete ticket`, `token_invalid`,
		`"statusCode":204`, `{"disconnected":0,"gone":0,"failed":0}`, `{"sent":1,"gone":0,"failed":0}`, `{"disconnected":1,"gone":0,"failed":0}`,
		"the kind of the event is unknown",
	}
	if len(c.answers) != len(answers) {
		t.Fatalf("got %d answers, want %d; log:\n%s", len(c.answers), len(answers), log)
	}
	for i, want := range answers {
		if !strings.Contains(c.answers[i], want) {
			t.Errorf("answer %d: got %s, want %s in it", i, c.answers[i], want)
		}
	}
	want := []string{
		"POST /dynamodb DynamoDB_20120810.GetItem", // whoami
		"POST /dynamodb DynamoDB_20120810.PutItem", // $connect
		"POST /dynamodb DynamoDB_20120810.Query",
		"POST /dynamodb DynamoDB_20120810.DeleteItem", // the ticket
	}
	want = append(want, slices.Repeat([]string{"POST /dynamodb DynamoDB_20120810.Query"}, 8)...) // the sweep
	want = append(want,
		"POST /dynamodb DynamoDB_20120810.GetItem", // the push reads the trace
		"POST /live/@connections/WhHAe-TROkECC5w%3D ",
		"POST /dynamodb DynamoDB_20120810.GetItem",
		"POST /live/@connections/WhHAe-TROkECC5w%3D ", // the closing message, and the end
		"DELETE /live/@connections/WhHAe-TROkECC5w%3D ",
		"POST /dynamodb DynamoDB_20120810.DeleteItem",
	)
	if diff := cmp.Diff(want, c.requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if !strings.Contains(c.auth, "Credential=id/") {
		t.Errorf("got authorization %q, want a signature by the environment's key", c.auth)
	}
	checkLog(t, log)
}

// checkLog checks that each event has one line, and that the last line, which is from the
// runtime, is JSON, too.
func checkLog(t *testing.T, log string) {
	t.Helper()
	var routes []any
	for line := range strings.Lines(log) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if at, err := time.Parse(time.RFC3339, m["time"].(string)); err != nil || at.IsZero() {
			t.Errorf("got time %v, want RFC 3339", m["time"])
		}
		routes = append(routes, m["route"])
	}
	if diff := cmp.Diff([]any{
		"$default", "whoami", "$connect", "authorizer", "authorizer", "POST /tickets", "OPTIONS /tickets", "sweep",
		"push", "disconnect", "unknown", nil,
	}, routes); diff != "" {
		t.Errorf("routes of log lines (-want +got):\n%s\n%s", diff, log)
	}
}
