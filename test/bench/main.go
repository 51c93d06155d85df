// Command bench measures the local run of Sallyport and prints one table.
//
// Side by side, in one run, with the same load client in a process of its own:
//
//   - sallyport: `local`, as make run starts it but without throttles: gateway,
//     Runtime API, the real Lambda in processes of its own, DynamoDB (dynalite).
//   - bare echo: nothing but the WebSocket library that the gateway uses.
//   - serverless-offline: the peer (folder offline), with a handler that answers
//     the same and an authorizer that allows all, in its default mode, which
//     runs each handler in a worker thread, and in its in-process mode, which
//     isolates nothing.
//
// Each figure is the median of some rounds. In a round every server is started
// anew for each measurement, since some grow under load, and the servers take
// turns, so that what else the machine does hits them alike. The load client
// and all parts of a server share the machine.
//
// It needs Linux, where it reads the memory and the processor time of processes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// settings is what the flags say.
type settings struct {
	rounds int
	length time.Duration // of one run under load
	root   string        // the project's folder
	work   string        // for logs and binaries
	self   string        // this program
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// run measures, or is one of the programs that measuring takes.
func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "bare":
			return serveBare(ctx, os.Stdout)
		case "load":
			return runLoad(ctx, args[1:], os.Stdin, os.Stdout)
		}
	}
	s, err := parseFlags(args)
	if err != nil {
		return err
	}
	return measureAll(ctx, s, os.Stdout)
}

func parseFlags(args []string) (settings, error) {
	s := settings{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.IntVar(&s.rounds, "rounds", 3, "how often each thing is measured; the median counts")
	f.DurationVar(&s.length, "for", 1500*time.Millisecond, "how `long` one run under load takes")
	f.StringVar(&s.root, "root", ".", "the project's `folder`")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if s.rounds < 1 || s.length <= 0 || f.NArg() > 0 {
		return s, errors.New("want -rounds and -for above 0 and no arguments")
	}
	var err error
	if s.self, err = os.Executable(); err != nil {
		return s, fmt.Errorf("find this program: %w", err)
	}
	if s.root, err = filepath.Abs(s.root); err != nil {
		return s, fmt.Errorf("find the project: %w", err)
	}
	s.work = filepath.Join(s.root, ".build", "bench")
	if err := os.MkdirAll(s.work, 0o750); err != nil {
		return s, fmt.Errorf("make folder: %w", err)
	}
	return s, nil
}
