// Package cost tells what a stack costs a month before it is deployed, from
// what its users do and AWS's list prices.
package cost

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"
)

const (
	daysOfMonth = 30
	frame       = 32 << 10 // bytes that count as one message
)

// Usage is what the users of a stack do, and what is turned on in it.
type Usage struct {
	// Users are those who connect, each for Hours a day.
	Users, Hours float64
	// Sent are the messages that a user sends in a day; each is answered.
	// Pushed are those that the backend sends to a user in a day.
	Sent, Pushed float64
	// Bytes is the size of a message.
	Bytes int
	// Heartbeat is the time between two pings of a client, which API Gateway
	// answers by itself. Zero: none.
	Heartbeat time.Duration
	// Memory is the function's, in megabytes.
	Memory int
	// Tickets has users connect with a ticket instead of their token.
	Tickets bool
	// Counted has each message counted, for messagesPerMinute.
	Counted bool
	// Sweep is the time between two sweeps, which read through the connections
	// of those who are online. Zero: none. EventBridge asks nothing for it.
	Sweep time.Duration
	// Cognito counts the users as those of a Cognito pool.
	Cognito                              bool
	Metrics, Alarms, AccessLogs, Tracing bool
}

// Item is one line of the bill.
type Item struct {
	What    string
	Count   float64 // in a month
	Unit    string
	Dollars float64
}

// Estimate returns what AWS bills for a month, one line a reason. What costs
// less than a cent in any stack of this kind has no line: storage, the files of
// the console, and the key of the table.
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
		requests = 2 * connects // the browser asks whether it may, each time anew
	}
	if u.Counted {
		counted = sent
	}
	if u.Sweep > 0 {
		sweeps = daysOfMonth * 24 * time.Hour.Seconds() / u.Sweep.Seconds()
	}
	// Authorizer, $connect and $disconnect; one a message; one a push.
	events := 3*connects + sent + pushed + requests + sweeps
	seconds := connects*(assumed.authorizer+2*assumed.connect+assumed.census) + requests/2*assumed.ticket +
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

// scan is how many units it takes to read through rows: half a one each 4 KB.
func scan(rows float64) float64 { return rows * assumed.rowBytes / (4 << 10) / 2 }

// options returns the lines of what can be turned off. entries are those of
// the access log.
func options(u Usage, events, entries float64) []Item {
	var items []Item
	add := func(on bool, what string, count float64, unit string, price float64) {
		if on {
			items = append(items, Item{what, count, unit, count * price})
		}
	}
	metrics := assumed.metrics
	if u.Users == 0 {
		metrics = min(1, u.Sweep.Seconds()) // a metric without values costs nothing: only sweeps take time
	}
	add(u.Metrics, "metrics", metrics, "metrics", Prices.Metric)
	add(u.Metrics, "dashboard", 1, "dashboard", Prices.Dashboard)
	add(u.Alarms, "alarms", assumed.alarmedMetrics, "metrics", Prices.Alarm)
	add(u.AccessLogs, "access logs", entries*assumed.accessGigabytes, "GB", Prices.LogGigabyte)
	add(u.Tracing, "traces", events, "traces", Prices.Trace)
	add(u.Cognito, "Cognito users", max(0, u.Users-FreeUsers), "users", Prices.ActiveUser)
	return items
}

// Total sums the items up, in dollars.
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
		_, _ = fmt.Fprintf(t, "%s\t%s\t%-10s\t$%.2f\t\n", i.What, number(i.Count), i.Unit, i.Dollars)
	}
	_, _ = fmt.Fprintf(t, "a month\t\t\t$%.2f\t\n", Total(items))
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write estimate: %w", err)
	}
	return nil
}

// number writes n with a comma each three digits, and with two decimals if it
// is small.
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
