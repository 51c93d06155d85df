package main

import (
	"flag"
	"fmt"
	"time"

	"sallyport/local/loopback"
	"sallyport/local/run"
)

// The plans of the local run.
const (
	defaultPlan   = "local/plan.json"
	oneDomainPlan = "local/one-domain.json"
)

// parseFlags returns the settings of the command line args, or flag.ErrHelp for -h.
func parseFlags(args []string) (run.Settings, error) {
	var s run.Settings
	f := flag.NewFlagSet("local", flag.ContinueOnError)
	f.StringVar(&s.Site, "site", "127.0.0.1:8080", "listen `address` of the site; port 0 is a free port")
	f.StringVar(&s.API, "api", "127.0.0.1:8081", "listen `address` of the WebSocket API, @connections and the Lambda API")
	f.StringVar(&s.HTTP, "http", "127.0.0.1:8083", "listen `address` of the HTTP API, which issues tickets; not used if the plan has no HTTP API")
	f.StringVar(&s.Issuer, "issuer", "127.0.0.1:8082", "listen `address` of the sign-in")
	f.StringVar(&s.Plan, "plan", defaultPlan, "plan to run, a `file`")
	one := f.Bool("one-domain", false, "run "+oneDomainPlan+": page, socket and HTTP API at the address of the site, and the session cookie")
	f.StringVar(&s.Outputs, "outputs", run.DefaultOutputs, "`file` for the stack outputs; the credentials are in the same folder")
	f.DurationVar(&s.Limits.Idle, "idle-timeout", 10*time.Minute, "time after which a connection without messages is closed")
	f.DurationVar(&s.Limits.Duration, "max-duration", 2*time.Hour, "time after which any connection is closed")
	f.BoolVar(&s.Throttle, "throttle", true, "apply the throttles of the stage and the account; -throttle=false for load tests")
	f.BoolVar(&s.Inspector, "inspector", true, "show the events of the function on the page; -inspector=false for load tests")
	f.BoolVar(&s.Watch, "watch", true, "rebuild the function and the console when their sources are edited")
	f.BoolVar(&s.AnySignature, "insecure-connections", false, "accept any signature at @connections and the Lambda API")
	f.Float64Var(&s.TimeScale, "time-scale", 1, "`factor` by which -idle-timeout, -max-duration, the time between sweeps and the visibility timeout of the queue pass faster, such as 60; the lifetime of tokens and tickets does not change")
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "Runs the whole of Sallyport on this machine.\n\nusage: go run ./local [flags]\n\n")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q: see -h", f.Arg(0))
	}
	if *one {
		if s.Plan != defaultPlan {
			return s, fmt.Errorf("-one-domain and -plan %s: want one of them", s.Plan)
		}
		s.Plan = oneDomainPlan
	}
	return s, check(s)
}

// check returns an error that names the first flag with a value out of range.
func check(s run.Settings) error {
	if !(s.TimeScale >= 0.001) { // also true for NaN
		return fmt.Errorf("-time-scale is %v: want a number from 0.001", s.TimeScale)
	}
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{{"idle-timeout", s.Limits.Idle}, {"max-duration", s.Limits.Duration}} {
		if d.value <= 0 {
			return fmt.Errorf("-%s is %v: want a time above 0, such as 10m", d.flag, d.value)
		}
	}
	for _, a := range []struct{ flag, address string }{{"site", s.Site}, {"api", s.API}, {"http", s.HTTP}, {"issuer", s.Issuer}} {
		if err := loopback.CheckListen(a.address); err != nil {
			return fmt.Errorf("-%s: %w", a.flag, err)
		}
	}
	return nil
}
