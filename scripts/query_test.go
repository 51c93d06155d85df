package scripts_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

const logGroup = "sallyport-dev-function-0b9162a"

// insights is an emulated CloudWatch Logs with saved queries of two stacks.
type insights struct {
	statuses []string // of the next results
	results  string
	started  map[string]any // the request that started the last query
	refuse   string         // an operation that is refused
}

func newInsights(t *testing.T, s stage) (stage, *insights) {
	t.Helper()
	s.deploy(t, map[string]string{"logGroupName": logGroup})
	s.write(t, "sleep", "#!/bin/sh\n")
	i := &insights{statuses: []string{"Scheduled", "Running", "Complete"}, results: "[]"}
	s.answer = i.answer
	return s, i
}

// answer answers as CloudWatch Logs does (its API reference).
func (i *insights) answer(r *http.Request, body []byte) reply {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if operation == i.refuse {
		return reply{status: http.StatusBadRequest, error: "AccessDeniedException", body: `{"__type":"AccessDeniedException","message":"no"}`}
	}
	switch operation {
	case "DescribeQueryDefinitions":
		query := func(stack, name, text, group string) map[string]any {
			return map[string]any{"name": stack + "/" + name, "queryString": text, "logGroupNames": []string{group}}
		}
		text, err := json.Marshal(map[string]any{"queryDefinitions": []any{
			query("sallyport-dev-blue-x9", "user", "the query of another stack", "sallyport-dev-blue-function-1"),
			map[string]any{"name": "sallyport-dev-own", "queryString": "a query without a log group"},
			query("sallyport-dev-a1", "user", "# a comment\nfilter user = \"USER\"", logGroup),
			query("sallyport-dev-a1", "connection", `filter a = "CONNECTION" or b = "CONNECTION"`, logGroup),
			query("sallyport-dev-a1", "cold-starts", `filter @type = "REPORT"`, logGroup),
		}})
		if err != nil {
			return reply{status: http.StatusInternalServerError}
		}
		return reply{body: string(text)}
	case "StartQuery":
		i.started = nil
		if err := json.Unmarshal(body, &i.started); err != nil {
			return reply{status: http.StatusBadRequest, error: "SerializationException"}
		}
		return reply{body: `{"queryId":"12ab3456-12ab-123a-789e-1234567890ab"}`}
	case "GetQueryResults":
		status := i.statuses[0]
		i.statuses = i.statuses[1:]
		return reply{body: `{"status":"` + status + `","results":` + i.results + `}`}
	}
	return reply{status: http.StatusNotFound, error: "UnknownOperationException"}
}

func TestQuery(t *testing.T) {
	for version, aws := range eachCLI(t) {
		t.Run(version, func(t *testing.T) {
			s, i := newInsights(t, newStage(t, aws))
			i.results = `[[{"field":"@timestamp","value":"2026-11-29 18:00:00.000"},{"field":"reason","value":"origin \"x\u001b[2J\u009b\""},{"field":"@ptr","value":"abc"}],
				[{"field":"code","value":"token_expired"}]]`
			s.run(t, "", "query.sh", "--stack", "dev", "--hours=24", "user", "al & ice/1").check(t, 0,
				`{"@timestamp":"2026-11-29 18:00:00.000","reason":"origin \"x\u001b[2J?\""}`+"\n"+`{"code":"token_expired"}`+"\n", "")
			if got := i.started["queryString"]; got != "# a comment\nfilter user = \"al & ice/1\"" || i.started["logGroupName"] != logGroup {
				t.Errorf("got the query %v", i.started)
			}
			start, _ := i.started["startTime"].(float64)
			end, _ := i.started["endTime"].(float64)
			if end-start != 24*3600 {
				t.Errorf("got the time from %v to %v, want 24 hours", start, end)
			}
		})
	}
}

func TestQueryWords(t *testing.T) {
	s, i := newInsights(t, noCLI(t))
	s.run(t, "", "query.sh").check(t, 0, "cold-starts\nconnection\nuser\n", "")
	for _, test := range []struct {
		args    []string
		code    int
		problem string
	}{
		{[]string{"connection", "--", "-Ab="}, 0, "found no line in the last 1 h"},
		{[]string{"cold-starts"}, 0, "found no line in the last 1 h"},
		{[]string{"user"}, 2, "the query user needs a VALUE, in the place of USER"},
		{[]string{"cold-starts", "alice"}, 2, "the query cold-starts takes no VALUE"},
		{[]string{"nothing"}, 1, "the stack has no saved query nothing: scripts/query.sh without a name lists them"},
		{[]string{"user", `a"b`}, 2, "the value has a quotation mark"},
		{[]string{"user", "a", "b"}, 2, "give one QUERY and one VALUE"},
		{[]string{"--hours", "0", "user", "a"}, 2, "--hours 0: want a number from 1 to 9999"},
		{[]string{"--local", "user", "a"}, 2, "the terminal of make run"},
	} {
		i.statuses = []string{"Complete"}
		s.run(t, "", "query.sh", test.args...).check(t, test.code, "", test.problem)
	}
	if i.started["queryString"] != `filter @type = "REPORT"` {
		t.Errorf("got the query %v", i.started)
	}
}

func TestQueryFails(t *testing.T) {
	s, i := newInsights(t, oneCLI(t))
	i.refuse = "DescribeQueryDefinitions"
	s.run(t, "", "query.sh", "user", "a").check(t, 1, "", "cannot list the saved queries: the AWS credentials lack a permission")

	s, i = newInsights(t, noCLI(t))
	i.statuses = []string{"Running", "Timeout"}
	s.run(t, "", "query.sh", "user", "a").check(t, 1, "", "the query ended with the status Timeout: try a shorter time (--hours)")
	for operation, problem := range map[string]string{
		"DescribeQueryDefinitions": "cannot list the saved queries: the AWS credentials lack a permission",
		"StartQuery":               "cannot start the query: the AWS credentials lack a permission",
		"GetQueryResults":          "cannot read the result of the query: the AWS credentials lack a permission",
	} {
		i.refuse = operation
		s.run(t, "", "query.sh", "user", "a").check(t, 1, "", problem)
	}
}
