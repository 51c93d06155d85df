// Command bench measures the local run of Sallyport and prints one table.
//
// It compares these servers in one run, with the same load client in a process of its own:
//
//   - sallyport: the local run of make run, but without throttles: gateway, Runtime API,
//     the real Lambda in processes of its own, DynamoDB (dynalite).
//   - bare echo: only the WebSocket library that the gateway uses.
//   - serverless-offline: the peer (folder offline). Its handler sends the same answer, and
//     its authorizer allows all. It runs in two modes: the default mode has a worker thread
//     for each handler, the in-process mode has no isolation.
//
// Each figure is the median of several rounds. A round starts each server again for each
// measurement, because some servers grow under load. The servers alternate, so that other
// work of the machine affects all of them. The load client and the server share the machine.
//
// The program needs Linux, because it reads the memory and the processor time of processes
// from /proc.
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

// settings are the values of the flags, and paths.
type settings struct {
	parts  []part
	rounds int
	most   int           // the largest number of subscribers of the parts fanout and quota
	users  int           // the number of users that open connections
	length time.Duration // of one measurement
	root   string        // the folder of the project
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

// run measures, or runs one of the programs of a measurement: bare or load.
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
	for _, p := range s.parts {
		if err := p.run(ctx, s, os.Stdout); err != nil {
			return err
		}
		fmt.Println()
	}
	return nil
}

func parseFlags(args []string) (settings, error) {
	s := settings{users: users}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	names := f.String("part", "all", "`parts`, separated by commas, or all\n"+describeParts())
	f.IntVar(&s.most, "subscribers", 1_000_000, "largest `number` of subscribers of the parts fanout and quota")
	f.IntVar(&s.rounds, "rounds", 3, "`number` of rounds; the result is the median")
	f.DurationVar(&s.length, "for", 1500*time.Millisecond, "`time` of one measurement")
	f.StringVar(&s.root, "root", ".", "`folder` of the project")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if s.rounds < 1 || s.length <= 0 || f.NArg() > 0 {
		return s, errors.New("want -rounds and -for above 0 and no arguments")
	}
	var err error
	if s.parts, err = choose(*names); err != nil {
		return s, err
	}
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
