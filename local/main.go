// Command local runs the whole of Sallyport on this machine, as `pulumi up` would deploy it:
// the gateway with its authorizer and routes, the HTTP API, the real Lambda binary and the
// rules that call it on a schedule, the tables, the sign-in and the site.
//
// It reads the configuration from the plan (local/plan.json), which has the declarations of
// the Pulumi program for the stack "local". No deployed part depends on this folder.
//
// It differs from AWS as follows:
//
//   - It binds loopback addresses only, without TLS: ws:// and http://.
//   - DynamoDB is dynalite. The sign-in is oidc-provider, whose development login accepts
//     any name. All state is in memory and lost at exit.
//   - Requests to @connections and the Lambda API must be signed with the keys of the run,
//     which are in .local/credentials. IAM is not evaluated: each key permits everything.
//     The tests of infra find a missing permission. Packages gateway and httpapi list the
//     differences to API Gateway.
//   - The function gets its memory limit as a number, but the limit is not enforced.
//   - CloudFront's cache, compression and edge locations are not emulated.
//   - Rules of EventBridge call the function at their rate, one event at a time, from the
//     start of the run. A failed event is not retried.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"sallyport/local/run"
)

func main() {
	zerolog.TimeFieldFormat = time.RFC3339Nano // the default has whole seconds only
	ctx, cancel := interruptible(context.Background())
	defer cancel()
	settings, err := parseFlags(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run.Run(ctx, settings, os.Stdout, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

// interruptible returns a context that the first Ctrl-C or SIGTERM cancels. A second one
// kills the process, so that a part that hangs cannot block the terminal. The processes of
// the function and the services end with this process.
func interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	signals, restore := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(signals, func() {
		restore() // before ctx ends, so that a signal kills the process while the run stops
		cancel()
	})
	return ctx, cancel
}
