package infra

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/cost"
	"sallyport/lambda/env"
	"sallyport/lambda/metric"
)

var metricID = regexp.MustCompile(`\b[a-z][a-zA-Z0-9_]*\b`)

// watchedAll has every optional part.
var watchedAll = dashboardSources{
	Namespace: "ns", Region: "r", Stage: "live", API: "a", HTTP: "h", Function: "f", Table: "t", Tickets: "k", Logs: "l", Memory: 256, Sweep: true, Queue: "q", DeadLetters: "d",
}

// Without tickets and sweep, the dashboard does not show their metrics.
func TestDashboardShowsExistingParts(t *testing.T) {
	for name, test := range map[string]struct {
		w    dashboardSources
		want bool
	}{"all": {watchedAll, true}, "least": {dashboardSources{Namespace: "ns"}, false}} {
		b, err := json.Marshal(newDashboard(test.w))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{`"$default",{"label":"requests"}`, `"DELETE /connections"`, `"POST /tickets"`, `"sweep"`, `"tickets"`, `"AWS/SQS"`, `"Duration","Route","queue"`} {
			if strings.Contains(string(b), part) != test.want {
				t.Errorf("%s: shows %s: %v, want %v", name, part, !test.want, test.want)
			}
		}
	}
}

// The dashboard is free. The number of the app's routes has no effect, because they share
// their metrics.
func TestDashboardIsFree(t *testing.T) {
	n := 0
	for _, w := range newDashboard(watchedAll).Widgets {
		for _, m := range w.Properties["metrics"].([]any) {
			if len(m.([]any)) > 1 { // a line with one element is an expression
				n++
			}
		}
	}
	if n > 50 {
		t.Errorf("got %d metrics, want at most 50, which are free", n)
	}
}

// An expression uses the metrics of its graph. Its functions are in capitals, so a word
// in lower case is an id.
func TestDashboardExpressionsNameTheirMetrics(t *testing.T) {
	d := newDashboard(watchedAll)
	for _, w := range d.Widgets {
		var ids, used []string
		for _, m := range w.Properties["metrics"].([]any) {
			line := m.([]any)
			o := line[len(line)-1].(option)
			if id, ok := o["id"].(string); ok {
				ids = append(ids, id)
			}
			if e, ok := o["expression"].(string); ok {
				used = append(used, metricID.FindAllString(e, -1)...)
			}
		}
		compare(t, w.Properties["title"].(string), slices.Compact(slices.Sorted(slices.Values(used))), ids)
	}
}

// No graph covers another one.
func TestDashboardFitsTheGrid(t *testing.T) {
	taken := map[[2]int]bool{}
	for _, w := range newDashboard(watchedAll).Widgets {
		if w.X+w.Width > 24 || taken[[2]int{w.X, w.Y}] {
			t.Errorf("%v is at %d, %d, outside the grid or over another graph", w.Properties["title"], w.X, w.Y)
		}
		taken[[2]int{w.X, w.Y}] = true
	}
}

// Alarms watch metrics that the function writes. An alarm on another metric would never go
// off.
func TestAlarmsWatchMetricsThatAreWritten(t *testing.T) {
	written := metric.All()
	for _, a := range alarms(10, true, true) {
		for _, m := range a.Metrics {
			own := metric.Metric{Name: m.Name, Dimension: metric.Dimension, Value: m.Route}
			if m.Route == "" {
				own.Dimension, own.Value = metric.TotalDimension, metric.Total
			}
			if m.Namespace == ofStack && !slices.Contains(written, own) {
				t.Errorf("%s: watches %+v, which the function does not write", a.Name, own)
			}
			if a.Expression != "" && !strings.Contains(a.Expression, m.ID) {
				t.Errorf("%s: %s is not in the expression %s", a.Name, m.ID, a.Expression)
			}
		}
	}
}

// The estimate has the number of metrics that the alarms watch.
func TestAlarmsAreEstimated(t *testing.T) {
	n := 0.0
	for _, a := range alarms(10, true, true) {
		n += float64(len(a.Metrics))
	}
	for _, i := range cost.Estimate(cost.Usage{Users: 1, Alarms: true, Channels: 1}) {
		if i.Name == "alarms" && i.Count != n {
			t.Errorf("got an estimate of %g watched metrics, want %g", i.Count, n)
		}
	}
}

func TestSlowIsHalfOfTheTimeout(t *testing.T) {
	for _, a := range alarms(20, true, true) {
		if a.Name == "slow" && a.Threshold != 10_000 {
			t.Errorf("got %g milliseconds, want 10000", a.Threshold)
		}
	}
}

// No alarm watches refusals, because anyone can cause them.
func TestNoAlarmOnRefusals(t *testing.T) {
	for _, a := range alarms(10, true, true) {
		for _, m := range a.Metrics {
			if slices.Contains([]string{metric.OtherOrigin, metric.OtherAudience, metric.OverCap, "4xx"}, m.Name) {
				t.Errorf("%s: watches %s", a.Name, m.Name)
			}
		}
	}
	for _, a := range alarms(10, false, false) {
		for _, m := range a.Metrics {
			if m.Namespace == ofGateway || m.Namespace == ofQueue {
				t.Errorf("%s: watches %s, which does not exist", a.Name, m.Name)
			}
		}
	}
}

// Refusals do not send emails: an alarm on Lambda's errors, which include refusals with
// 401, needs several periods.
func TestRefusalsSendNoEmail(t *testing.T) {
	for _, a := range alarms(10, true, true) {
		refusals := slices.ContainsFunc(a.Metrics, func(m alarmMetric) bool { return m.Namespace == ofLambda && m.Name == "Errors" })
		if refusals && a.Times < 3 {
			t.Errorf("%s: got an email after %d periods of Lambda's errors, which include 401, want at least 3", a.Name, a.Times)
		}
	}
	p := stackPlan(t, "everything")
	alarm := named(t, p, "aws:cloudwatch/metricAlarm:MetricAlarm", "errors")
	want := []any{map[string]any{"id": "m1", "returnData": true, "metric": map[string]any{
		"namespace": environment(t, p)[env.Metrics], "metricName": "Failures", "dimensions": map[string]any{"Events": "all"}, "stat": "Sum", "period": 300.0,
	}}}
	if diff := cmp.Diff(alarm.Get("metricQueries"), any(want)); diff != "" {
		t.Errorf("errors: -got +want:\n%s", diff)
	}
}

// The alarms of channels name the cause, and the remedy or the page with it.
func TestAlarmsOfChannels(t *testing.T) {
	p := stackPlan(t, "everything")
	for name, want := range map[string]struct {
		metric, queue    string
		threshold, times float64
		remedy           string
	}{
		"dead-letters": {"ApproximateNumberOfMessagesVisible", "dead-letters", 0, 1, "docs/operations.md"},
		"queue":        {"ApproximateAgeOfOldestMessage", "channels", 60, 3, "queueConcurrency"},
	} {
		a := named(t, p, "aws:cloudwatch/metricAlarm:MetricAlarm", name)
		queries := []any{map[string]any{"id": "m1", "returnData": true, "metric": map[string]any{
			"namespace": ofQueue, "metricName": want.metric, "stat": "Maximum", "period": 300.0,
			"dimensions": map[string]any{"QueueName": named(t, p, "aws:sqs/queue:Queue", want.queue).Text("name")},
		}}}
		for part, pair := range map[string][2]any{
			"queries": {a.Get("metricQueries"), queries}, "threshold": {a.Get("threshold"), want.threshold}, "periods": {a.Get("evaluationPeriods"), want.times},
			"comparison": {a.Get("comparisonOperator"), "GreaterThanThreshold"},
		} {
			if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
				t.Errorf("%s: %s: -got +want:\n%s", name, part, diff)
			}
		}
		if !strings.Contains(a.Text("alarmDescription"), want.remedy) {
			t.Errorf("%s: got the description %q, want %q in it", name, a.Text("alarmDescription"), want.remedy)
		}
	}
}

// No variable of the access log may have a token, or a value that a client can
// influence: API Gateway does not escape quotation marks.
func TestAccessLogLine(t *testing.T) {
	for _, line := range []map[string]string{accessLogLine, httpLogLine} {
		for name, v := range line {
			for _, never := range []string{"query", "header", "path", "url", "body", "override", "principal", "message", "authorizer.error", "useragent"} {
				if strings.Contains(strings.ToLower(name+v), never) {
					t.Errorf("%s: %s", name, v)
				}
			}
		}
		if line["requestId"] != "$context.requestId" {
			t.Error("got a format without $context.requestId, which API Gateway refuses")
		}
	}
}

// Alarms and dashboard watch the namespace that the function writes.
func TestWatchedNamespace(t *testing.T) {
	p := stackPlan(t, "everything")
	want, _ := environment(t, p)[env.Metrics].(string)
	for _, r := range p.OfType("aws:cloudwatch/metricAlarm:MetricAlarm") {
		for _, q := range r.Get("metricQueries").([]any) {
			m, _ := q.(map[string]any)["metric"].(map[string]any)
			if m != nil && m["namespace"] != want && m["namespace"] != ofLambda && m["namespace"] != ofGateway && m["namespace"] != ofQueue {
				t.Errorf("%s: watches the namespace %v, want %s", r.Name, m["namespace"], want)
			}
		}
	}
	if want != "sallyport-everything-o7097wq2ar" {
		t.Errorf("got namespace %s, want one with the id of the API, because another stack can have the same name", want)
	}
	if body := one(t, p, "aws:cloudwatch/dashboard:Dashboard").Text("dashboardBody"); !strings.Contains(body, `["`+want+`","Connects","Route","$connect"`) {
		t.Errorf("the dashboard does not show %s: %s", want, body)
	}
}
