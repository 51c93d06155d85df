// Command local runs the whole of Sallyport on this machine, as `pulumi up`
// would deploy it: the gateway with its authorizer and routes, the HTTP API, the
// real Lambda binary and what calls it by the clock, the tables, sign-in, and
// the site.
//
// It reads what to run from the plan (local/plan.json), which is what the
// Pulumi program declares for the stack "local". Nothing that is deployed
// depends on this folder.
//
// What differs from AWS:
//
//   - Only loopback addresses are bound, without TLS: ws:// and http://.
//   - DynamoDB is dynalite and sign-in is oidc-provider, whose development
//     login takes any name. All state is in memory and gone at exit.
//   - Requests to @connections and the Lambda API must be signed with the keys
//     of the run, which .local/credentials has. IAM is not evaluated, and whoever
//     has a key may do everything: a missing permission is found by the tests of
//     infra, not here. Packages gateway and httpapi list where API Gateway itself differs.
//   - Memory limits are told to the function but not enforced.
//   - CloudFront's cache, compression and edge locations are left out.
//   - Rules of EventBridge call the function at their rate, one event at a time,
//     from the start of the run; nothing is tried again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"sallyport/local/gateway"
)

// defaultOutputs is the file in which the scripts look by themselves.
const defaultOutputs = ".local/outputs.json"

// settings is what the flags say.
type settings struct {
	site, api, http, issuer string // listen addresses
	plan                    string // file
	outputs                 string // file
	limits                  gateway.Limits
	watch                   bool
	throttle                bool
	inspector               bool
	insecure                bool // any signature will do
	timeScale               float64
}

func main() {
	zerolog.TimeFieldFormat = time.RFC3339Nano // else a log has whole seconds
	ctx, cancel := interruptible(context.Background())
	defer cancel()
	err := run(ctx, os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

// interruptible returns a context that the first Ctrl-C or SIGTERM ends. A second
// one kills the process, so that a part that hangs cannot hold the terminal. The
// Lambda's processes and the services end with it.
func interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	signals, restore := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(signals, func() {
		restore() // before ctx ends: from "ending" on, the next signal kills
		cancel()
	})
	return ctx, cancel
}

// run starts everything, says where it is, and ends it all when ctx is done or
// a part fails.
func run(ctx context.Context, args []string) error {
	s, err := parseFlags(args)
	if err != nil {
		return err
	}
	progress := newProgress(os.Stderr)
	sys := &system{settings: s, progress: progress, keys: newKeys(), failed: make(chan error, 1)}
	err = sys.start(ctx)
	if err == nil {
		sys.describe(os.Stdout)
		err = sys.wait(ctx)
	}
	if ctx.Err() != nil {
		err = nil // asked to end, perhaps while still starting
	}
	return errors.Join(err, sys.stop())
}

func parseFlags(args []string) (settings, error) {
	var s settings
	f := flag.NewFlagSet("local", flag.ContinueOnError)
	f.StringVar(&s.site, "site", "127.0.0.1:8080", "listen `address` of the site; port 0 takes a free one")
	f.StringVar(&s.api, "api", "127.0.0.1:8081", "listen `address` of the socket, @connections and the Lambda API")
	f.StringVar(&s.http, "http", "127.0.0.1:8083", "listen `address` of the HTTP API, where tickets are had; unused if the plan has none")
	f.StringVar(&s.issuer, "issuer", "127.0.0.1:8082", "listen `address` of the sign-in")
	f.StringVar(&s.plan, "plan", "local/plan.json", "the plan to run, a `file`")
	f.StringVar(&s.outputs, "outputs", defaultOutputs, "where the stack outputs are written, a `file`")
	f.DurationVar(&s.limits.Idle, "idle-timeout", 10*time.Minute, "how long a connection may be without a message")
	f.DurationVar(&s.limits.Duration, "max-duration", 2*time.Hour, "how long a connection may last")
	f.BoolVar(&s.throttle, "throttle", true, "apply the throttles of the stage and of an account; -throttle=false for load tests")
	f.BoolVar(&s.inspector, "inspector", true, "show on the page what goes to the Lambda; -inspector=false for load tests")
	f.BoolVar(&s.watch, "watch", true, "build and run the Lambda and the console anew when their sources are edited")
	f.BoolVar(&s.insecure, "insecure-connections", false, "let @connections and the Lambda API be called with any signature")
	f.Float64Var(&s.timeScale, "time-scale", 1, "`factor` by which -idle-timeout, -max-duration and the time between sweeps pass faster, such as 60; tokens and tickets last as long as ever")
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
	if err := s.scale(); err != nil {
		return s, err
	}
	for _, a := range []struct{ name, address string }{{"site", s.site}, {"api", s.api}, {"http", s.http}, {"issuer", s.issuer}} {
		if err := loopback(a.address); err != nil {
			return s, fmt.Errorf("-%s: %w", a.name, err)
		}
	}
	return s, nil
}

// scale shortens the time limits.
func (s *settings) scale() error {
	if !(s.timeScale >= 0.001) { // nor is NaN
		return fmt.Errorf("-time-scale is %v: want a number from 0.001", s.timeScale)
	}
	for _, d := range []struct {
		flag  string
		value *time.Duration
	}{{"idle-timeout", &s.limits.Idle}, {"max-duration", &s.limits.Duration}} {
		if *d.value <= 0 {
			return fmt.Errorf("-%s is %v: want a time above 0, such as 10m", d.flag, *d.value)
		}
		*d.value = s.scaled(*d.value)
	}
	return nil
}

// scaled is how long d takes here.
func (s settings) scaled(d time.Duration) time.Duration {
	return max(time.Duration(float64(d)/s.timeScale), time.Millisecond)
}

// loopback refuses an address that others could reach: what runs here has no
// TLS and lets any name sign in.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is no address: want host:port, such as 127.0.0.1:8080", address)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%q is not a loopback address: use 127.0.0.1 or [::1]", address)
	}
	return nil
}
