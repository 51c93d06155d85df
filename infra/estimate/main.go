// Command estimate prints the monthly costs of a stack before it is deployed:
// make estimate ARGS="-users 1000 -hours 8".
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"sallyport/infra/cost"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		os.Exit(2) // the flag package has printed the error
	}
}

func run(args []string, out, problems io.Writer) error {
	var u cost.Usage
	f := flag.NewFlagSet("estimate", flag.ContinueOnError)
	f.SetOutput(problems)
	f.Float64Var(&u.Users, "users", 1000, "number of users")
	f.Float64Var(&u.Hours, "hours", 8, "hours per day that each user is connected, at most 24")
	f.Float64Var(&u.Sent, "sent", 50, "messages that each user sends per day; each gets one reply")
	f.Float64Var(&u.Pushed, "pushed", 50, "messages that each user receives by push per day")
	f.Float64Var(&u.Channels, "channels", 1, "channels that each connection subscribes to; 0: the app has no namespaces")
	f.Float64Var(&u.Published, "published", 0, "publications that each user publishes per day, in channels with a history")
	f.Float64Var(&u.Subscribers, "subscribers", 10, "connections to which each publication is delivered")
	f.IntVar(&u.Bytes, "bytes", 1024, "size of a message in bytes")
	f.DurationVar(&u.Heartbeat, "heartbeat", 9*time.Minute, "time between two pings of a client; 0: no pings")
	f.IntVar(&u.Memory, "memory", 256, "memory of the function in megabytes")
	f.BoolVar(&u.Tickets, "tickets", true, "clients connect with tickets")
	f.BoolVar(&u.OneDomain, "one-domain", false, "CloudFront serves the APIs (setting oneDomain)")
	f.BoolVar(&u.Counted, "count-messages", false, "the function counts messages (setting messagesPerMinute)")
	f.DurationVar(&u.Sweep, "sweep", 5*time.Minute, "time between two sweeps; 0: no sweeps")
	f.BoolVar(&u.Cognito, "cognito", true, "users sign in with the Cognito user pool")
	f.BoolVar(&u.Metrics, "metrics", true, "metrics and dashboard")
	f.BoolVar(&u.Alarms, "alarms", false, "alarms")
	f.BoolVar(&u.AccessLogs, "access-logs", false, "access logs")
	f.BoolVar(&u.Tracing, "tracing", false, "traces by X-Ray")
	f.BoolVar(&u.Firewall, "firewall", false, "AWS WAF protects the one domain (setting firewall)")
	f.Usage = func() {
		_, _ = fmt.Fprintf(problems, "Prints the monthly costs of a stack on AWS.\n\nusage: make estimate ARGS=\"[flags]\"\n\n")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := check(u, f.NArg()); err != nil {
		_, _ = fmt.Fprintln(problems, "estimate:", err)
		return err
	}
	_, _ = fmt.Fprintln(out, "AWS list prices, us-east-1, without free tiers, except Cognito's first 10,000 users:")
	return cost.Write(out, cost.Estimate(u))
}

// check returns an error for a usage that is impossible, and for arguments that are not flags.
func check(u cost.Usage, others int) error {
	least := min(u.Users, u.Hours, u.Sent, u.Pushed, u.Channels, u.Published, u.Subscribers, float64(u.Bytes), float64(u.Memory), float64(u.Heartbeat), float64(u.Sweep))
	switch {
	case others > 0 || least < 0 || u.Hours > 24:
		return errors.New("want flags only, with numbers of at least 0 and at most 24 hours")
	case u.Firewall && !u.OneDomain:
		return errors.New("want -one-domain with -firewall: AWS WAF protects CloudFront, but neither WebSocket nor HTTP APIs")
	case u.Published > 0 && u.Channels == 0:
		return errors.New("want -channels of more than 0 with -published: without namespaces, nothing can be published")
	}
	return nil
}
