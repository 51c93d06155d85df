// Command preflight checks this machine, the configuration of a stack and the AWS account
// before pulumi up: make preflight ARGS="-stack dev". It reads only. It calls the Pulumi CLI
// and the AWS CLI, so that it uses the same credentials as pulumi up. Flag -calls lists the
// calls.
//
// The exit code is 0 if nothing must be changed, 1 if something must be changed, and 2 if the
// preflight could not run. A check that lacks a right or the network is unknown, which does
// not change the exit code.
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
	ready      = 0
	mustChange = 1
	couldNot   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	o := outside{environ: os.Environ(), lookup: net.DefaultResolver.LookupCNAME, origins: discovery.Reader{}.Origins}
	code := run(ctx, os.Args[1:], o, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// outside is the part of the world that the checks reach without a command.
type outside struct {
	environ []string
	lookup  func(ctx context.Context, host string) (string, error)     // returns the last name of a chain of CNAME records
	origins func(ctx context.Context, issuer string) ([]string, error) // reads a discovery document
}

// run runs the preflight in the folder of the project and returns the exit code.
func run(ctx context.Context, args []string, world outside, out, problems io.Writer) int {
	var o options
	f := flag.NewFlagSet("preflight", flag.ContinueOnError)
	f.SetOutput(problems)
	f.StringVar(&o.stack, "stack", "", "name of the stack; empty: the selected one")
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.BoolVar(&o.calls, "calls", false, "print the calls, and the right that each call needs, and make none")
	f.DurationVar(&o.timeout, "timeout", 5*time.Minute, "time after which the checks that still run are unknown")
	f.Usage = func() {
		_, _ = fmt.Fprintf(problems, "Checks this machine, the configuration of a stack and the AWS account before pulumi up. It reads only.\n\nusage: make preflight ARGS=\"[flags]\"\n\n")
		f.PrintDefaults()
	}
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return ready
	case err != nil:
		return couldNot // the flag package has printed the error
	case f.NArg() > 0:
		_, _ = fmt.Fprintf(problems, "preflight: got the argument %q, want flags only (-h lists them)\n", f.Arg(0))
		return couldNot
	}
	if o.calls {
		if err := printCalls(out); err != nil {
			return couldNot
		}
		return ready
	}
	p := &preflight{
		options: o, outside: world, shell: &shell{environ: world.environ, slots: make(chan struct{}, parallel)}, now: time.Now,
		printer: newPrinter(out, problems, o.json),
	}
	code, err := p.run(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(problems, "preflight:", err)
	}
	return code
}
