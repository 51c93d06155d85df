// Command preflight checks this machine, the configuration of a stack and the AWS account
// before pulumi up: make preflight ARGS="-stack dev". It reads only. It calls the Pulumi CLI
// and the AWS CLI, so that it uses the same credentials as pulumi up. Flag -calls lists the
// calls.
//
// The exit code is 0 if nothing must be changed, 1 if something must be changed, and 2 if the
// preflight could not run or could not check the credentials. A check without the permission
// or the network that it needs is unknown. Other unknown checks do not change the exit code.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sallyport/infra/discovery"
)

// The exit codes.
const (
	ready       = 0
	mustChange  = 1
	couldNotRun = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	o := dependencies{environ: os.Environ(), lookup: net.DefaultResolver.LookupCNAME, caa: lookupCAA, origins: discovery.Reader{}.Origins}
	code := run(ctx, os.Args[1:], o, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// dependencies are the environment variables, and the requests that the checks make without a
// command.
type dependencies struct {
	environ []string
	lookup  func(ctx context.Context, host string) (string, error) // returns the last name of the chain of CNAME records
	caa     func(ctx context.Context, name string) ([]caaRecord, error)
	origins func(ctx context.Context, issuer string) ([]string, error) // reads a discovery document
}

// run runs the preflight in the folder of the project and returns the exit code.
func run(ctx context.Context, args []string, deps dependencies, stdout, stderr io.Writer) int {
	var o options
	f := flag.NewFlagSet("preflight", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.stack, "stack", "", "name of the stack; empty: the selected one")
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.BoolVar(&o.calls, "calls", false, "print the calls, and the permission that each call needs, and make none")
	f.DurationVar(&o.timeout, "timeout", 5*time.Minute, "`time` after which a check that has not ended is unknown")
	f.Usage = func() {
		_, _ = fmt.Fprintf(stderr, "Checks this machine, the configuration of a stack and the AWS account before pulumi up. It reads only.\n\nusage: make preflight ARGS=\"[flags]\"\n\n")
		f.PrintDefaults()
	}
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return ready
	case err != nil:
		return couldNotRun // the flag package has printed the error
	case f.NArg() > 0:
		_, _ = fmt.Fprintf(stderr, "preflight: got the argument %q, want flags only (-h lists them)\n", f.Arg(0))
		return couldNotRun
	}
	if o.calls {
		if err := printCalls(stdout); err != nil {
			return couldNotRun
		}
		return ready
	}
	p := &preflight{
		options: o, dependencies: deps, shell: &shell{environ: deps.environ, slots: make(chan struct{}, parallel)}, now: time.Now,
		printer: newPrinter(stdout, stderr, o.json),
	}
	code, err := p.run(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "preflight:", err)
	}
	return code
}
