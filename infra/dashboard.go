package infra

import (
	"strconv"

	"sallyport/infra/cost"
	"sallyport/lambda/metric"
	"sallyport/lambda/route"
)

// dashboard is the body of a CloudWatch dashboard. Three dashboards with at most fifty
// metrics each are free (CloudWatch's pricing page).
type dashboard struct {
	Widgets []widget `json:"widgets"`
}

type widget struct {
	Type       string         `json:"type"`
	X          int            `json:"x"`
	Y          int            `json:"y"`
	Width      int            `json:"width"`
	Height     int            `json:"height"`
	Properties map[string]any `json:"properties"`
}

// The grid has 24 columns: two graphs fit in a row.
const (
	graphWidth  = 12
	graphHeight = 6
)

// dashboardSources are the parts of the stack whose metrics a dashboard shows.
type dashboardSources struct {
	Namespace            string // of the function's own metrics
	Region, Stage        string
	API, Function, Table string // their IDs or names
	HTTP, Tickets        string // ID of the HTTP API, name of the table of tickets; empty without tickets
	Queue, DeadLetters   string // names of the queues of channels; empty without namespaces
	Logs                 string // name of the function's log group
	Memory               int    // megabytes of the function
	Sweep                bool
}

// newDashboard returns a dashboard with graphs of connections, messages, failures,
// connections ended by the function, channels, durations and costs.
func newDashboard(w dashboardSources) dashboard {
	var d dashboard
	add := func(title string, metrics ...any) {
		n := len(d.Widgets)
		d.Widgets = append(d.Widgets, widget{
			Type: "metric", X: n % 2 * graphWidth, Y: n / 2 * graphHeight, Width: graphWidth, Height: graphHeight,
			Properties: map[string]any{
				"title": title, "region": w.Region, "view": "timeSeries", "stat": "Sum", "period": fiveMinutes,
				"metrics": metrics, "yAxis": map[string]any{"left": map[string]any{"min": 0}},
			},
		})
	}
	add("Open connections, compared with the left edge of the graph",
		expression("RUNNING_SUM(FILL(came, 0) - FILL(went, 0))", "difference"),
		w.own(metric.Connects, route.Connect, option{"id": "came"}),
		w.own(metric.Disconnects, route.Disconnect, option{"id": "went"}))
	add("Messages",
		w.gateway("MessageCount", option{"label": "messages, both directions"}),
		w.own(metric.Sent, metric.Push, option{"label": "pushes of a backend"}),
		w.own(metric.Sent, metric.Message, option{"label": "pushes of routes"}))
	add("Refused connections",
		w.own(metric.NoToken, metric.Authorizer, option{"label": "401: no token or ticket"}),
		w.own(metric.BadToken, metric.Authorizer, option{"label": "401: bad or expired token or ticket"}),
		w.own(metric.OtherAudience, metric.Authorizer, option{"label": "403: token for another audience"}),
		w.own(metric.OtherOrigin, metric.Authorizer, option{"label": "403: page of another origin"}),
		w.own(metric.OverCap, route.Connect, option{"label": "too many connections of a user"}),
		w.own(metric.CouldNotDecide, metric.Authorizer, option{"label": "500: could not decide"}))
	add("Failed messages and pushes",
		w.gateway("ClientError", option{}), w.gateway("ExecutionError", option{}), w.gateway("IntegrationError", option{}),
		w.lambda("Errors", option{"label": "function errors (including 401)"}), w.lambda("Throttles", option{"label": "function throttled"}),
		w.own(metric.Failed, metric.Push, option{"label": "pushes failed"}), w.own(metric.Throttled, metric.Push, option{"label": "pushes throttled (429)"}),
		w.own(metric.Gone, metric.Push, option{"label": "pushes to closed connections"}))
	add("Connections ended by the function", w.ended()...)
	if w.HTTP != "" {
		add("HTTP API: tickets and sign-out",
			w.http("Count", option{"label": "requests"}), w.http("4xx", option{"label": "refused"}), w.http("5xx", option{"label": "failed"}))
	}
	if w.Queue != "" {
		add("Channels: messages of the queue",
			w.queue("ApproximateNumberOfMessagesVisible", w.Queue, "waiting"),
			w.queue("ApproximateNumberOfMessagesNotVisible", w.Queue, "in the function, or waiting to be repeated"),
			w.queue("ApproximateNumberOfMessagesVisible", w.DeadLetters, "dead letters"))
		add("Channels: age of the oldest message in seconds, events of the queue",
			w.queue("ApproximateAgeOfOldestMessage", w.Queue, "age"),
			w.own(metric.Duration, metric.Queue, option{"stat": "SampleCount", "yAxis": "right", "label": "events"}))
	}
	add("Duration: 99th percentile in milliseconds", w.durations()...)
	add("Costs: dollars per five minutes, without connection minutes", w.costs()...)
	return d
}

// option contains the settings of one line of a graph.
type option map[string]any

func (w dashboardSources) own(name, route string, o option) any {
	return []any{w.Namespace, name, metric.Dimension, route, o}
}

func (w dashboardSources) gateway(name string, o option) any {
	return []any{"AWS/ApiGateway", name, "ApiId", w.API, "Stage", w.Stage, o}
}

func (w dashboardSources) http(name string, o option) any {
	return []any{"AWS/ApiGateway", name, "ApiId", w.HTTP, "Stage", defaultStage, o}
}

func (w dashboardSources) lambda(name string, o option) any {
	return []any{"AWS/Lambda", name, "FunctionName", w.Function, o}
}

// queue returns a metric of a queue whose largest value in a period counts.
func (w dashboardSources) queue(name, queue, label string) any {
	return []any{ofQueue, name, "QueueName", queue, option{"stat": "Maximum", "label": label}}
}

func expression(text, label string) any {
	return []any{option{"expression": text, "label": label}}
}

// ended returns the metrics of the connections that the function ends, by reason.
func (w dashboardSources) ended() []any {
	lines := []any{
		w.own(metric.DisconnectedByFunction, metric.Message, option{"label": "message after the token had expired"}),
		w.own(metric.DisconnectedByFunction, route.Refresh, option{"label": "refresh after the token had expired"}),
		w.own(metric.DisconnectedByFunction, route.Connect, option{"label": "replaced by a newer connection"}),
		w.own(metric.DisconnectedByFunction, metric.Disconnect, option{"label": "disconnected by a backend"}),
	}
	if w.Sweep {
		lines = append(lines, w.own(metric.DisconnectedByFunction, metric.Sweep, option{"label": "idle after the token had expired (sweep)"}))
	}
	if w.HTTP != "" {
		lines = append(lines, w.own(metric.DisconnectedByFunction, "DELETE "+route.Connections, option{"label": "signed out"}))
	}
	return lines
}

// durations returns the metrics of the function's duration by kind of event, and of
// the gateway's latency.
func (w dashboardSources) durations() []any {
	lines := []any{
		w.own(metric.Duration, metric.Authorizer, option{"stat": "p99", "label": metric.Authorizer}),
		w.own(metric.Duration, metric.Push, option{"stat": "p99", "label": metric.Push}),
	}
	for _, key := range []string{route.Connect, route.Disconnect, metric.Message, route.Refresh} {
		lines = append(lines, w.own(metric.Duration, key, option{"stat": "p99", "label": key}))
	}
	if w.HTTP != "" {
		tickets := "POST " + route.Tickets
		lines = append(lines, w.own(metric.Duration, tickets, option{"stat": "p99", "label": tickets}))
	}
	if w.Sweep {
		lines = append(lines, w.own(metric.Duration, metric.Sweep, option{"stat": "p99", "label": metric.Sweep}))
	}
	return append(lines, w.gateway("IntegrationLatency", option{"stat": "p99", "label": "latency at the gateway"}))
}

// costs returns the metrics of billed usage, multiplied by the prices.
func (w dashboardSources) costs() []any {
	hidden := func(id string) option { return option{"id": id, "visible": false} }
	dollars := func(id string, price float64, label string) any {
		return expression(id+" * "+strconv.FormatFloat(price, 'f', -1, 64), label)
	}
	table := func(name, id string) any {
		return []any{"AWS/DynamoDB", name, "TableName", w.Table, hidden(id)}
	}
	lines := []any{
		dollars("messages", cost.MessagePrice, "messages"), w.gateway("MessageCount", hidden("messages")),
		dollars("calls", cost.InvocationPrice, "function, calls"), w.lambda("Invocations", hidden("calls")),
		dollars("ms", cost.GigabyteSecondPrice*float64(w.Memory)/1024/1000, "function, time"), w.lambda("Duration", hidden("ms")),
		dollars("writes", cost.WriteUnitPrice, "table, writes"), table("ConsumedWriteCapacityUnits", "writes"),
		dollars("reads", cost.ReadUnitPrice, "table, reads"), table("ConsumedReadCapacityUnits", "reads"),
		dollars("logs", cost.LogGigabytePrice/1e9, "logs"),
		[]any{"AWS/Logs", "IncomingBytes", "LogGroupName", w.Logs, hidden("logs")},
	}
	if w.HTTP != "" {
		lines = append(lines,
			dollars("requests", cost.RequestPrice, "requests"), w.http("Count", hidden("requests")),
			dollars("tickets", cost.WriteUnitPrice, "tickets, writes"),
			[]any{"AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", w.Tickets, hidden("tickets")})
	}
	return lines
}
