package main

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sallyport/lambda/env"
)

// platform has lines that Lambda itself writes, in the form of its guide
// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html).
const platform = "REPORT RequestId: 3604209a-e9a3-11e6-939a-754dd98c7be3\tDuration: 12.34 ms\tBilled Duration: 100 ms\tMemory Size: 128 MB\tMax Memory Used: 18 MB\tInit Duration: 87.65 ms\t\n" +
	"REPORT RequestId: 3604209a-e9a3-11e6-939a-754dd98c7be4\tDuration: 1.34 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 18 MB\t\n" +
	"2024-02-19T07:15:09.456Z 3604209a-e9a3-11e6-939a-754dd98c7be5 Task timed out after 10.00 seconds\n" +
	"REPORT RequestId: 3604209a-e9a3-11e6-939a-754dd98c7be5\tDuration: 10000.00 ms\tBilled Duration: 10000 ms\tMemory Size: 128 MB\tMax Memory Used: 18 MB\tStatus: timeout\n"

// savedQueries returns the texts of the queries of a stack, by name.
func savedQueries(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../infra/testdata/everything.json")
	if err != nil {
		t.Fatal(err)
	}
	var plan struct {
		Resources []struct {
			Type, Name string
			Inputs     struct{ QueryString string }
		}
	}
	if err := json.Unmarshal(text, &plan); err != nil {
		t.Fatal(err)
	}
	queries := map[string]string{}
	for _, r := range plan.Resources {
		if r.Type == "aws:cloudwatch/queryDefinition:QueryDefinition" {
			queries[r.Name] = r.Inputs.QueryString
		}
	}
	if len(queries) == 0 {
		t.Fatal("got no saved query in the plan")
	}
	return queries
}

// trouble is a cloud that refuses to push, and in which every user has more connections than
// are allowed.
type trouble struct{ *cloud }

func (c trouble) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.Contains(r.URL.Path, "/@connections/"):
		w.WriteHeader(http.StatusForbidden)
	case strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".Query"):
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, `{"Items":[{"connectionId":{"S":"OTHER="},"connectedAt":{"N":"1708326900000"}}]}`)
	default:
		c.cloud.ServeHTTP(w, r)
	}
}

// troubledLog returns the lines that the function writes for events that are refused or fail,
// and lines of Lambda.
func troubledLog(t *testing.T) []logLine {
	t.Helper()
	events := []string{
		`{}`,
		`{"Records":[{"messageId":"1","receiptHandle":"h","body":"{}","eventSource":"aws:sqs","attributes":{"MessageGroupId":"g","ApproximateReceiveCount":"1"}}]}`,
		`{"Records":[{"messageId":"2","receiptHandle":"h","body":"{\"job\":{\"body\":{\"message\":\"e30=\",\"to\":{\"\":[\"OTHER=\"]}}}}","eventSource":"aws:sqs","attributes":{"MessageGroupId":"g","ApproximateReceiveCount":"1"}}]}`,
	}
	for _, name := range []string{"message", "whoami", "connect", "authorizer", "push_connection", "disconnect_connection"} {
		event, err := os.ReadFile("handler/testdata/event/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, strings.Replace(string(event), `"expires": "1708330500"`, `"expires": "4102444800"`, 1))
	}
	srv := httptest.NewServer(trouble{&cloud{events: events}})
	t.Cleanup(srv.Close)
	vars := environment(srv.URL)
	vars[env.AllowedOrigins] = "https://d111111abcdef8.cloudfront.net"
	vars["CONNECTIONS_PER_USER"] = "1"
	vars[env.ChannelTableName], vars[env.QueueURL], vars[env.QueueConcurrency] = "channels", srv.URL+"/queue", "2"
	vars["AWS_ENDPOINT_URL_SQS"] = srv.URL
	vars["AWS_LAMBDA_RUNTIME_API"] = strings.TrimPrefix(srv.URL, "http://")
	log, err := run(t, vars)
	if exit := new(exec.ExitError); !errors.As(err, &exit) {
		t.Fatalf("got %v, want that the function ends after the last event", err)
	}
	var lines []logLine
	for text := range strings.Lines(log + platform) {
		line := discover(strings.TrimSuffix(text, "\n"))
		if strings.HasPrefix(text, "{") {
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatalf("log line %q: %v", text, err)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// quoted is a value of a condition.
var quoted = regexp.MustCompile(`"([^"]*)"`)

// Every saved query finds the lines that it is for in the log of the real function, and each
// field that it shows, and each value that it searches for, exists.
func TestQueries(t *testing.T) {
	values := strings.NewReplacer("USER", "alice", "CONNECTION", "WhHAe-TROkECC5w=", "TRACE", "a01f7d881873aa4f6931e6a17e25a3b7")
	lines := troubledLog(t)
	want := map[string]string{ // a word of the first result
		"user": "connection_unknown", "connection": "connection not ended", "refusals": "", "failures": "error",
		"crashes": "timed out", "slowest": "durationMs", "durations": "", "cold-starts": "",
		"undelivered": "message not sent", "trace": "authorizer", "tasks": "does not know the task",
	}
	for name, text := range savedQueries(t) {
		t.Run(name, func(t *testing.T) {
			query := parseInsight(values.Replace(text))
			results, err := query.run(lines)
			if err != nil {
				t.Fatal(err)
			}
			for _, field := range query.shown() {
				if !slices.ContainsFunc(lines, func(l logLine) bool { return l[field] != nil }) {
					t.Errorf("shows the field %s, which no line of the log has", field)
				}
			}
			for _, m := range quoted.FindAllStringSubmatch(query.conditions(), -1) {
				if !slices.ContainsFunc(lines, func(l logLine) bool { return slices.Contains(slices.Collect(maps.Values(l)), any(m[1])) }) {
					t.Errorf("searches for the value %q, which no field of the log has", m[1])
				}
			}
			found, err := json.Marshal(results)
			if err != nil {
				t.Fatal(err)
			}
			word, ok := want[name]
			if !ok || len(results) == 0 || !strings.Contains(string(found), word) {
				t.Errorf("got %s, want results with %q", found, word)
			}
		})
	}
}
