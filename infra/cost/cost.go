// Package cost estimates the monthly costs of a stack from the usage and AWS's list
// prices, before the stack is deployed.
package cost

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"

	"sallyport/lambda/metric"
)

const (
	daysOfMonth = 30
	frame       = 32 << 10 // bytes that count as one message
)

// Usage describes the users of a stack and its optional parts.
type Usage struct {
	// Users is the number of users. Each is connected for Hours per day.
	Users, Hours float64
	// Sent is the number of messages that a user sends per day. Each gets one reply.
	// Pushed is the number of messages that the backend sends to a user per day.
	Sent, Pushed float64
	// Bytes is the size of a message in bytes.
	Bytes int
	// Heartbeat is the time between two pings of a client, which API Gateway
	// answers itself. Zero means no pings.
	Heartbeat time.Duration
	// Memory is the memory of the function in megabytes.
	Memory int
	// Tickets is whether users connect with a ticket instead of their token.
	Tickets bool
	// Counted is whether the function counts messages (setting messagesPerMinute).
	Counted bool
	// Sweep is the time between two sweeps, which read all open connections. Zero means
	// no sweeps. EventBridge's scheduled events are free.
	Sweep time.Duration
	// Cognito is whether the users sign in with a Cognito user pool.
	Cognito                              bool
	Metrics, Alarms, AccessLogs, Tracing bool
}

// Item is one line of the bill.
type Item struct {
	Name    string
	Count   float64 // per month
	Unit    string
	Dollars float64
}

// Estimate returns the items of AWS's monthly bill. It omits parts that cost less than a
// cent in every stack of this kind: storage, the files of the console, and the key of the
// table.
func Estimate(u Usage) []Item {
	online := u.Users * u.Hours * daysOfMonth // hours
	connects := u.Users * math.Ceil(u.Hours/assumed.connectionHours) * daysOfMonth
	frames := max(1, math.Ceil(float64(u.Bytes)/frame))
	sent := u.Users * u.Sent * daysOfMonth
	pushed := u.Users * u.Pushed * daysOfMonth
	pings := 0.0
	if u.Heartbeat > 0 {
		pings = online * time.Hour.Seconds() / u.Heartbeat.Seconds()
	}
	requests, counted, sweeps := 0.0, 0.0, 0.0
	if u.Tickets {
		requests = 2 * connects // the browser sends a CORS preflight before each request
	}
	if u.Counted {
		counted = sent
	}
	if u.Sweep > 0 {
		sweeps = daysOfMonth * 24 * time.Hour.Seconds() / u.Sweep.Seconds()
	}
	// Authorizer, $connect and $disconnect; one per message; one per push.
	events := 3*connects + sent + pushed + requests + sweeps
	seconds := connects*(assumed.authorizer+2*assumed.connect+assumed.lookup) + requests/2*assumed.ticket +
		sent*assumed.message + pushed*assumed.push + sweeps*assumed.sweep
	items := []Item{
		{"connection minutes", online * 60, "minutes", online * 60 * Prices.ConnectionMinute},
		{"messages and answers", 2 * sent * frames, "messages", 2 * sent * frames * Prices.Message},
		{"pushes", pushed * frames, "messages", pushed * frames * Prices.Message},
		{"heartbeat", 2 * pings, "messages", 2 * pings * Prices.Message},
		{"data sent", (sent + pushed) * float64(u.Bytes) / 1e9, "GB", (sent + pushed) * float64(u.Bytes) / 1e9 * Prices.Gigabyte},
		{"function, calls", events, "calls", events * Prices.Invocation},
		{"function, time", seconds * float64(u.Memory) / 1024, "GB-seconds", seconds * float64(u.Memory) / 1024 * Prices.GigabyteSecond},
	}
	items = append(items, tables(6*connects+requests+counted, (connects+pushed)/2+sweeps*scan(online/daysOfMonth/24))...)
	items = append(items, Item{"logs", events * assumed.logGigabytes, "GB", events * assumed.logGigabytes * Prices.LogGigabyte})
	if u.Tickets {
		items = append(items, Item{"tickets", requests, "requests", requests * Prices.Request})
	}
	return append(items, options(u, events, 3*connects+sent+pings+requests)...)
}

// tables returns the items of DynamoDB. A connection writes and deletes a row and its
// entry in both indexes, a ticket writes and deletes a row. A query for the
// connections of a user costs half a unit.
func tables(writes, reads float64) []Item {
	return []Item{
		{"table, writes", writes, "units", writes * Prices.WriteUnit},
		{"table, reads", reads, "units", reads * Prices.ReadUnit},
	}
}

// scan returns the read units of a scan of rows: half a unit per 4 KB.
func scan(rows float64) float64 { return rows * assumed.rowBytes / (4 << 10) / 2 }

// options returns the items of optional parts. entries is the number of entries of the
// access log.
func options(u Usage, events, entries float64) []Item {
	var items []Item
	add := func(on bool, name string, count float64, unit string, price float64) {
		if on {
			items = append(items, Item{name, count, unit, count * price})
		}
	}
	metrics := float64(len(metric.All()))
	if u.Users == 0 {
		metrics = min(1, u.Sweep.Seconds()) // a metric without values is free; only sweeps have values then
	}
	add(u.Metrics, "metrics", metrics, "metrics", Prices.Metric)
	add(u.Metrics, "dashboard", 1, "dashboard", Prices.Dashboard)
	add(u.Alarms, "alarms", assumed.alarmedMetrics, "metrics", Prices.Alarm)
	add(u.AccessLogs, "access logs", entries*assumed.accessGigabytes, "GB", Prices.LogGigabyte)
	add(u.Tracing, "traces", events, "traces", Prices.Trace)
	add(u.Cognito, "Cognito users", max(0, u.Users-FreeUsers), "users", Prices.ActiveUser)
	return items
}

// Total returns the sum of the items, in dollars.
func Total(items []Item) float64 {
	var sum float64
	for _, i := range items {
		sum += i.Dollars
	}
	return sum
}

// Write writes the items and their sum as a table.
func Write(w io.Writer, items []Item) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, i := range items {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%-10s\t$%.2f\t\n", i.Name, number(i.Count), i.Unit, i.Dollars)
	}
	_, _ = fmt.Fprintf(t, "a month\t\t\t$%.2f\t\n", Total(items))
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write estimate: %w", err)
	}
	return nil
}

// number returns n with thousands separators. It has two decimals if n is below 100 and
// not whole.
func number(n float64) string {
	if n < 100 && n != math.Trunc(n) {
		return fmt.Sprintf("%.2f", n)
	}
	s := fmt.Sprintf("%.0f", n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
