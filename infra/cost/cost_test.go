package cost

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/setting"
)

// lines maps the name of each item to its dollars, rounded to cents.
func lines(u Usage) map[string]float64 {
	m := map[string]float64{}
	for _, i := range Estimate(u) {
		m[i.Name] = math.Round(i.Dollars*100) / 100
	}
	return m
}

// The amounts are calculated by hand from the list prices.
func TestEstimate(t *testing.T) {
	tests := []struct {
		name  string
		usage Usage
		want  map[string]float64
	}{
		// 1000 users * 24 hours * 60 minutes * 30 days = 43.2 million minutes.
		{"connected", Usage{Users: 1000, Hours: 24}, map[string]float64{"connection minutes": 10.80}},
		// 43.2 million minutes, two pings in each, two messages a ping.
		{"ping", Usage{Users: 1000, Hours: 24, Heartbeat: 30 * time.Second}, map[string]float64{"heartbeat": 172.80}},
		// 1000 * 100 * 30 = 3 million messages, as many answers.
		{"messages", Usage{Users: 1000, Sent: 100, Memory: 1024}, map[string]float64{
			"messages and answers": 6.00, "function, calls": 0.60, "function, time": 0.08, "logs": 1.35,
		}},
		// 33 KB are two messages, either way.
		{"longMessages", Usage{Users: 1000, Sent: 100, Bytes: 33 << 10}, map[string]float64{"messages and answers": 12.00}},
		{"pushes", Usage{Users: 1000, Pushed: 1000, Bytes: 32 << 10}, map[string]float64{"pushes": 30.00, "tables, reads": 1.88, "data sent": 88.47}},
		// 12 connections a day; opening and closing one costs three writes each.
		{"connects", Usage{Users: 1000, Hours: 24}, map[string]float64{"tables, writes": 1.35, "function, calls": 0.22}},
		// Each ticket needs a preflight and a POST, 720,000 requests in all, and is written and
		// deleted.
		{"tickets", Usage{Users: 1000, Hours: 24, Tickets: true}, map[string]float64{
			"tickets": 0.72, "tables, writes": 1.80, "function, calls": 0.36, "tables, reads": 0.02,
		}},
		// The page's own origin needs no preflight: 360,000 handshakes and as many tickets go
		// through CloudFront. 3 million messages of 1 KB are 3.07 GB in either direction.
		{"oneDomain", Usage{Users: 1000, Hours: 24, Tickets: true, OneDomain: true, Sent: 100, Bytes: 1024}, map[string]float64{
			"tickets": 0.36, "CloudFront, requests": 0.72, "CloudFront, data sent": 0.26, "CloudFront, data received": 0.06, "data sent": 0,
		}},
		// 360,000 connections write two units more, for the index. 8,640 sweeps query 8 partitions
		// for half a unit each.
		{"sweep", Usage{Users: 1000, Hours: 24, Sweep: 5 * time.Minute}, map[string]float64{"tables, writes": 1.80, "tables, reads": 0.03}},
		// 3 million messages, each of which writes once.
		{"counted", Usage{Users: 1000, Sent: 100, Counted: true}, map[string]float64{"tables, writes": 1.88}},
		{"cognito", Usage{Users: 11_000, Cognito: true}, map[string]float64{"Cognito users": 15.00}},
		{"cognitoFree", Usage{Users: 10_000, Cognito: true}, map[string]float64{"Cognito users": 0}},
		{"metrics and alarms", Usage{Users: 1, Metrics: true, Alarms: true}, map[string]float64{"metrics": 11.10, "dashboard": 3.00, "alarms": 1.00}},
		// The duration of the sweep is the only metric that then has values.
		{"unused", Usage{Metrics: true, Sweep: time.Minute}, map[string]float64{"metrics": 0.30, "dashboard": 3.00}},
		// Nobody connects; five pollers wait 20 seconds each: 15 requests a minute.
		{"queue without users", Usage{Channels: 1}, map[string]float64{"queue": 0.32, "tables, writes": 0}},
		// 360,000 connections write 6 units each, and 5 for each of 2 channels.
		{"subscriptions", Usage{Users: 1000, Hours: 24, Channels: 2}, map[string]float64{
			"tables, writes": 3.60, "tables, reads": 0.47, "subscriptions and answers": 1.44, "queue": 0.32,
		}},
		// 3 million publications of 1 KB. Each one is sent to the queue, received and deleted. It
		// writes a row of 2 units, and the position of the stream. It reads the position, and 1
		// unit of the subscribers.
		{"publications", Usage{Users: 1000, Channels: 1, Published: 100, Subscribers: 10, Bytes: 1024, Memory: 1024}, map[string]float64{
			"publications and answers": 6.00, "deliveries": 30.00, "queue": 4.82, "function, calls": 1.20,
			"tables, writes": 5.63, "tables, reads": 0.75, "data sent": 2.76,
		}},
		// Each publication for 1,000 subscribers makes 4 more messages of the queue.
		{"large channel", Usage{Users: 1000, Channels: 1, Published: 10, Subscribers: 1000, Bytes: 1024}, map[string]float64{
			"deliveries": 300.00, "function, calls": 0.36, "queue": 2.12,
		}},
		{"alarms of channels", Usage{Users: 1, Channels: 1, Alarms: true}, map[string]float64{"alarms": 1.20}},
		{"accessLogs", Usage{Users: 1000, Sent: 100, AccessLogs: true}, map[string]float64{"access logs": 0.68}},
		{"tracing", Usage{Users: 1000, Sent: 100, Tracing: true}, map[string]float64{"traces": 15.00}},
		// 360,000 handshakes with as many tickets, and 30,000 visits of 30 files.
		{"firewall", Usage{Users: 1000, Hours: 24, Tickets: true, OneDomain: true, Firewall: true}, map[string]float64{"firewall": 5.00, "firewall, rules": 4.00, "firewall, requests": 0.97}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := lines(test.usage)
			for item, want := range test.want {
				if got[item] != want {
					t.Errorf("%s: got $%.2f, want $%.2f", item, got[item], want)
				}
			}
		})
	}
}

// Parts that are off are not on the bill, and no usage costs nothing.
func TestEstimateOfNoUsage(t *testing.T) {
	items := Estimate(Usage{})
	if got := Total(items); got != 0 {
		t.Errorf("got $%.2f, want $0.00", got)
	}
	for _, i := range items {
		if slices.Contains([]string{"metrics", "dashboard", "alarms", "traces", "Cognito users", "access logs", "tickets", "queue", "deliveries", "CloudFront, requests", "firewall", "firewall, rules"}, i.Name) {
			t.Errorf("got an item %s, want none", i.Name)
		}
	}
}

// The description of the setting metrics has the number and the price of the estimate.
func TestSettingMetrics(t *testing.T) {
	var description string
	for _, group := range new(setting.Stack).Groups() {
		for _, s := range group.Settings {
			if s.Name == "metrics" {
				description = s.Description
			}
		}
	}
	for _, i := range Estimate(Usage{Users: 1, Metrics: true}) {
		if i.Name != "metrics" {
			continue
		}
		if want := fmt.Sprintf("up to %.0f metrics at %.2f dollars a month each", i.Count, MetricPrice); !strings.Contains(description, want) {
			t.Errorf("got the description %q, want %q in it", description, want)
		}
	}
}

func TestWrite(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, []Item{{"messages", 1234567, "messages", 1.234}, {"logs", 0.5, "GB", 0.25}}); err != nil {
		t.Fatal(err)
	}
	want := `  messages  1,234,567  messages    $1.23
      logs       0.50  GB          $0.25
   a month                         $1.48
`
	if diff := cmp.Diff(b.String(), want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

func TestPricesArePlausible(t *testing.T) {
	for name, price := range map[string]float64{
		"message": MessagePrice, "minute": ConnectionMinutePrice, "request": RequestPrice, "sent": GigabytePrice, "edge": EdgeGigabytePrice, "received": EdgeReceivedPrice, "edge request": EdgeRequestPrice, "invocation": InvocationPrice, "second": GigabyteSecondPrice,
		"queue": QueueRequestPrice, "write": WriteUnitPrice, "read": ReadUnitPrice, "log": LogGigabytePrice, "metric": MetricPrice, "alarm": AlarmPrice,
		"dashboard": DashboardPrice, "user": ActiveUserPrice, "trace": TracePrice, "firewall": FirewallPrice, "rule": FirewallRulePrice, "inspected": FirewallRequestPrice,
	} {
		if price <= 0 || price > 5 {
			t.Errorf("%s: got $%g, want more than 0 and at most 5", name, price)
		}
	}
}
