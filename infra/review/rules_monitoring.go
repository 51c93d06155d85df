package review

import (
	"encoding/json"
	"regexp"
	"slices"

	"sallyport/infra/plan"
	"sallyport/lambda/metric"
)

// freeMetrics is the largest number of metrics of a free dashboard (CloudWatch's pricing
// page).
const freeMetrics = 50

// monitoringRules returns the rules for dashboards and alarms.
func monitoringRules() []Rule {
	return []Rule{
		{"the dashboard is free", expensiveDashboards},
		{"alarms and dashboards watch metrics that exist", unwrittenMetrics},
		{"every alarm watches one value", brokenAlarms},
	}
}

// expensiveDashboards finds dashboards with more metrics than are free, and without
// metrics.
func expensiveDashboards(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeDashboard) {
		if n := len(metricsOf(r)); n == 0 || n > freeMetrics {
			f.add(r, "shows %d metrics", n)
		}
	}
}

// watchedMetric is a metric that an alarm or a dashboard watches.
type watchedMetric struct {
	namespace, name string
	dimensions      map[string]any
}

// metricsOf returns the metrics of a dashboard. A line of a graph has the namespace, the name,
// and names and values of dimensions, then options. A line with options only is an
// expression.
func metricsOf(dashboard plan.Resource) []watchedMetric {
	var body struct {
		Widgets []struct {
			Properties struct{ Metrics [][]any }
		}
	}
	if json.Unmarshal([]byte(dashboard.Text("dashboardBody")), &body) != nil {
		return nil
	}
	var all []watchedMetric
	for _, w := range body.Widgets {
		for _, line := range w.Properties.Metrics {
			if len(line) < 2 {
				continue
			}
			m := watchedMetric{text(line[0]), text(line[1]), map[string]any{}}
			for pair := range slices.Chunk(line[2:], 2) {
				if len(pair) == 2 {
					m.dimensions[text(pair[0])] = pair[1]
				}
			}
			all = append(all, m)
		}
	}
	return all
}

// unwrittenMetrics finds alarms and dashboards that watch metrics that the stack does not
// write. CloudWatch accepts them, but such an alarm would never send an email.
func unwrittenMetrics(p plan.Plan, f *findings) {
	for _, r := range p.Resources {
		all := metricsOf(r)
		for _, v := range values(r, "metricQueries.metric") {
			if m, ok := v.(map[string]any); ok {
				dimensions, _ := m["dimensions"].(map[string]any)
				all = append(all, watchedMetric{text(m["namespace"]), text(m["metricName"]), dimensions})
			}
		}
		for _, m := range all {
			if !m.writtenIn(p) {
				f.add(r, "watches %s %s of %v, which nothing writes", m.namespace, m.name, m.dimensions)
			}
		}
	}
}

// writtenIn reports whether a resource of the plan writes the metric. The dimensions of
// AWS's metrics are those of the services' guides: Lambda, "Types of metrics"; DynamoDB,
// "Metrics and dimensions"; SQS, "Available CloudWatch metrics"; CloudWatch Logs,
// "Monitoring with CloudWatch metrics"; and of API Gateway (api-gateway.md 8.1).
func (m watchedMetric) writtenIn(p plan.Plan) bool {
	of := func(typ, dimension string) bool {
		return len(m.dimensions) == 1 && anyHas(p.OfType(typ), "name", text(m.dimensions[dimension]))
	}
	switch m.namespace {
	case "AWS/Lambda":
		return of(plan.TypeFunction, "FunctionName")
	case "AWS/DynamoDB":
		return of(plan.TypeTable, "TableName")
	case "AWS/SQS":
		return of(plan.TypeQueue, "QueueName")
	case "AWS/Logs":
		return of(plan.TypeLogGroup, "LogGroupName")
	case "AWS/ApiGateway":
		return len(m.dimensions) == 2 && slices.ContainsFunc(p.OfType(plan.TypeStage), func(r plan.Resource) bool {
			return r.Get("apiId") == m.dimensions["ApiId"] && r.Get("name") == m.dimensions["Stage"]
		})
	}
	own := slices.ContainsFunc(p.OfType(plan.TypeFunction), func(r plan.Resource) bool {
		return lookupText(r, "environment.variables.METRICS") == m.namespace
	})
	return own && len(m.dimensions) == 1 && slices.ContainsFunc(metric.All(), func(w metric.Metric) bool {
		return w.Name == m.name && m.dimensions[w.Dimension] == w.Value
	})
}

// queryID is an ID in an expression. The functions of metric math are in upper case.
var queryID = regexp.MustCompile(`\b[a-z]\w*`)

// brokenAlarms finds alarms that AWS refuses: a query must have a metric or an expression,
// but not both, an expression uses other queries of the alarm, and one query returns the
// value that the alarm watches (CloudWatch's API reference, "MetricDataQuery" and
// "PutMetricAlarm").
func brokenAlarms(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeAlarm) {
		returned, ids := 0, values(r, "metricQueries.id")
		for _, v := range values(r, "metricQueries") {
			q, _ := v.(map[string]any)
			if (q["metric"] == nil) == (text(q["expression"]) == "") {
				f.add(r, "has a query %q that is not either a metric or an expression", text(q["id"]))
			}
			for _, id := range queryID.FindAllString(text(q["expression"]), -1) {
				if !slices.Contains(ids, any(id)) {
					f.add(r, "has an expression with the unknown query %q", id)
				}
			}
			if q["returnData"] == true {
				returned++
			}
		}
		if returned != 1 {
			f.add(r, "has %d queries that return data, want one", returned)
		}
	}
}
