package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"sallyport/infra/cost"
)

// The command returns the amounts of the cases in docs/costs.md.
func TestCasesOfPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/costs.md")
	if err != nil {
		t.Fatal(err)
	}
	cases := regexp.MustCompile("`make estimate ARGS=\"([^\"]*)\"` \\| (\\$[0-9.,]+) \\|").FindAllStringSubmatch(string(text), -1)
	if len(cases) < 3 {
		t.Errorf("got %d cases in docs/costs.md, want three", len(cases))
	}
	for _, c := range cases {
		t.Run(c[1], func(t *testing.T) {
			var out strings.Builder
			if err := run(strings.Fields(c[1]), &out, &out); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if got := strings.Fields(lines[len(lines)-1]); got[len(got)-1] != c[2] {
				t.Errorf("got %s, but docs/costs.md has %s", got[len(got)-1], c[2])
			}
		})
	}
}

// The amounts of single parts in docs/costs.md are the differences to the last case.
func TestPartsOfPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/costs.md")
	if err != nil {
		t.Fatal(err)
	}
	usage := cost.Usage{
		Users: 10000, Hours: 24, Sent: 200, Pushed: 500, Bytes: 1024, Heartbeat: 9 * time.Minute, Memory: 256,
		Tickets: true, Sweep: 5 * time.Minute, Cognito: true, Metrics: true, Alarms: true, Channels: 1,
	}
	noTickets, noSweep, counted, noMetrics := usage, usage, usage, usage
	noTickets.Tickets, noSweep.Sweep, counted.Counted, noMetrics.Metrics = false, 0, true, false
	noChannels, idle := usage, cost.Usage{Channels: 1}
	noChannels.Channels = 0
	publications, deliveries := cost.Usage{Users: 1, Channels: 1, Published: 1e6 / 30., Bytes: 1024, Memory: 256}, cost.Usage{Users: 1, Channels: 1, Published: 1e4 / 30., Bytes: 1024, Memory: 256}
	few := deliveries
	deliveries.Subscribers = 100
	all := cost.Total(cost.Estimate(usage))
	total := func(u cost.Usage) float64 { return cost.Total(cost.Estimate(u)) }
	for _, want := range []string{
		fmt.Sprintf("tickets cost $%.2f and the sweep $%.2f. The count of each message (`messagesPerMinute`) would add $%.2f",
			all-total(noTickets), all-total(noSweep), total(counted)-all),
		fmt.Sprintf("Metrics and the dashboard cost about $%.0f a month", all-total(noMetrics)),
		fmt.Sprintf("channels cost $%.2f in the last case", all-total(noChannels)),
		fmt.Sprintf("A queue without messages costs $%.2f a month", total(idle)),
		fmt.Sprintf("A million publications of 1 KB by clients cost $%.2f, a million deliveries of them $%.2f", total(publications)-total(idle), total(deliveries)-total(few)),
	} {
		if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), want) {
			t.Errorf("docs/costs.md lacks %q", want)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	for name, args := range map[string][]string{
		"hours":                {"-hours", "25"},
		"negative":             {"-users", "-1"},
		"word":                 {"many"},
		"firewall":             {"-firewall"},
		"channels":             {"-channels", "0", "-published", "1"},
		"negative subscribers": {"-subscribers", "-1"},
		"unknown":              {"-price", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, problems strings.Builder
			if err := run(args, &out, &problems); err == nil || problems.Len() == 0 || out.Len() > 0 {
				t.Errorf("got %v, output %q, problems %q, want an error on problems only", err, out.String(), problems.String())
			}
		})
	}
}
