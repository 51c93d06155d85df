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
	messageUnit = 32 << 10 // bytes that API Gateway bills as one message

	firewallRules = 4 // the rate, and three groups of AWS (package infra)

	sweepQueries = 8 // partitions of the index by expiry (package registry)
)

// Usage describes the users of a stack and its optional parts.
type Usage struct {
	// Users is the number of users. Each is connected for Hours per day.
	Users, Hours float64
	// Sent is the number of messages that a user sends per day. Each gets one reply.
	// Pushed is the number of messages that the backend sends to a user per day.
	Sent, Pushed float64
	// Channels is the number of channels that a connection subscribes to. Zero means that
	// the app has no namespaces, and therefore no queue.
	Channels float64
	// Published is the number of publications that a user publishes per day in channels with
	// a history. Each one is delivered to Subscribers connections.
	Published, Subscribers float64
	// Bytes is the size of a message in bytes.
	Bytes int
	// Heartbeat is the time between two pings of a client, which API Gateway
	// answers itself. Zero means no pings.
	Heartbeat time.Duration
	// Memory is the memory of the function in megabytes.
	Memory int
	// Tickets means that users connect with a ticket instead of their token.
	Tickets bool
	// OneDomain means that CloudFront serves the APIs (setting oneDomain). A page then sends no
	// CORS preflight.
	OneDomain bool
	// Counted means that the function counts messages (setting messagesPerMinute).
	Counted bool
	// Sweep is the time between two sweeps, which find expired connections by an index. Zero
	// means no sweeps and no index. EventBridge's scheduled events are free.
	Sweep time.Duration
	// Cognito means that the users sign in with a Cognito user pool.
	Cognito                              bool
	Metrics, Alarms, AccessLogs, Tracing bool
	// Firewall means that AWS WAF inspects all requests (setting firewall).
	Firewall bool
}

// Item is one line of the bill.
type Item struct {
	Name    string
	Count   float64 // per month
	Unit    string
	Dollars float64
}

// bill collects the items.
type bill []Item

// add adds an item if its part is on. price is that of one unit.
func (b *bill) add(on bool, name string, count float64, unit string, price float64) {
	if on {
		*b = append(*b, Item{name, count, unit, count * price})
	}
}

// Estimate returns the items of AWS's monthly bill. It omits parts that cost less than a
// cent in every stack of this kind: storage, the files of the console, and the key of the
// table.
func Estimate(u Usage) []Item {
	online := u.Users * u.Hours * daysOfMonth // hours
	connects := u.Users * math.Ceil(u.Hours/connectionHours) * daysOfMonth
	frames := max(1, math.Ceil(float64(u.Bytes)/messageUnit))
	sent, pushed := u.Users*u.Sent*daysOfMonth, u.Users*u.Pushed*daysOfMonth
	var pings, tickets, requests, counted, sweeps float64
	if u.Heartbeat > 0 {
		pings = online * time.Hour.Seconds() / u.Heartbeat.Seconds()
	}
	if u.Tickets {
		tickets, requests = connects, connects
	}
	if !u.OneDomain {
		requests += tickets // the browser sends a CORS preflight before each request
	}
	if u.Counted {
		counted = sent
	}
	if u.Sweep > 0 {
		sweeps = daysOfMonth * 24 * time.Hour.Seconds() / u.Sweep.Seconds()
	}
	c := u.channels(connects)
	// Authorizer, $connect and $disconnect; one per message; one per push.
	events := 3*connects + sent + pushed + requests + sweeps + c.events
	seconds := connects*(authorizerSeconds+2*connectSeconds+lookupSeconds) + tickets*ticketSeconds +
		sent*messageSeconds + pushed*pushSeconds + sweeps*sweepSeconds + c.seconds
	// For a connection, the function writes and deletes a row and its entries in the
	// indexes: two, or three with the sweep. For a ticket, it writes and deletes a row. A
	// query for the connections of a user costs half a unit, and so does each query of a
	// sweep, because few connections have expired.
	writes := 6*connects + 2*tickets + counted + c.writes
	if u.Sweep > 0 {
		writes += 2 * connects
	}
	reads := (connects+pushed)/2 + sweeps*sweepQueries/2 + c.reads
	metrics := float64(len(metric.All()))
	if u.Users == 0 {
		metrics = min(1, u.Sweep.Seconds()) // a metric without values is free; only sweeps have values then
	}
	var b bill
	b.add(true, "connection minutes", online*60, "minutes", ConnectionMinutePrice)
	b.add(true, "messages and answers", 2*sent*frames, "messages", MessagePrice)
	b.add(true, "pushes", pushed*frames, "messages", MessagePrice)
	b.add(c.on, "subscriptions and answers", 2*c.subscribed, "messages", MessagePrice)
	b.add(c.on, "publications and answers", c.published*(frames+1), "messages", MessagePrice)
	b.add(c.on, "deliveries", c.delivered*frames, "messages", MessagePrice)
	b.add(c.on, "queue", c.requests, "requests", QueueRequestPrice)
	b.add(true, "heartbeat", 2*pings, "messages", MessagePrice)
	b.addTraffic(u.OneDomain, (sent+pushed+c.delivered)*float64(u.Bytes)/1e9, (sent+c.published)*float64(u.Bytes)/1e9, connects+requests)
	b.add(true, "function, calls", events, "calls", InvocationPrice)
	b.add(true, "function, time", seconds*float64(u.Memory)/1024, "GB-seconds", GigabyteSecondPrice)
	b.add(true, "tables, writes", writes, "units", WriteUnitPrice)
	b.add(true, "tables, reads", reads, "units", ReadUnitPrice)
	b.add(true, "logs", events*logGigabytes, "GB", LogGigabytePrice)
	b.add(u.Tickets, "tickets", requests, "requests", RequestPrice)
	b.add(u.Metrics, "metrics", metrics, "metrics", MetricPrice)
	b.add(u.Metrics, "dashboard", 1, "dashboard", DashboardPrice)
	b.add(u.Alarms, "alarms", alarmedMetrics+c.alarms, "metrics", AlarmPrice)
	b.add(u.AccessLogs, "access logs", (3*connects+sent+c.subscribed+c.published+pings+requests)*accessGigabytes, "GB", LogGigabytePrice)
	b.add(u.Tracing, "traces", events, "traces", TracePrice)
	b.add(u.Firewall, "firewall, rules", firewallRules, "rules", FirewallRulePrice)
	b.add(u.Firewall, "firewall", 1, "ACL", FirewallPrice)
	// A handshake and the requests for a ticket, and each day a visit of the console.
	b.add(u.Firewall, "firewall, requests", connects+requests+u.Users*daysOfMonth*visitRequests, "requests", FirewallRequestPrice)
	b.add(u.Cognito, "Cognito users", max(0, u.Users-FreeUsers), "users", ActiveUserPrice)
	return b
}

// addTraffic adds the items for data and requests. sent is the data to clients and received the
// data from clients, in GB. With one domain, CloudFront bills the data to clients instead of API
// Gateway. The files of the console are not included.
func (b *bill) addTraffic(oneDomain bool, sent, received, requests float64) {
	b.add(!oneDomain, "data sent", sent, "GB", GigabytePrice)
	b.add(oneDomain, "CloudFront, data sent", sent, "GB", EdgeGigabytePrice)
	b.add(oneDomain, "CloudFront, data received", received, "GB", EdgeReceivedPrice)
	b.add(oneDomain, "CloudFront, requests", requests, "requests", EdgeRequestPrice)
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
