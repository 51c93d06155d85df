package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// part is a part of the benchmark. It prints its own table.
type part struct {
	name, text string
	run        func(context.Context, settings, io.Writer) error
}

// parts are all parts, in the order in which bench runs them.
var parts = []part{
	{"echo", "messages, connects, memory and pushes, beside serverless-offline: about five minutes", measureAll},
	{"fanout", "channels, beside Centrifugo: some minutes, and some more to build Centrifugo", measureFanOut},
	{"quota", "a simulation of large channels under the quota of an AWS account: some minutes", simulateQuota},
	{"regions", "two regions, of which one fails: how long its clients take to move, at most 1,000 of them: some minutes", measureRegions},
}

// choose returns the parts with the names, which commas separate. "all" means all parts.
func choose(names string) ([]part, error) {
	if names == "all" {
		return parts, nil
	}
	var all []part
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("want a -part of %s or all, got %q", partNames(), name)
		}
		all = append(all, parts[i])
	}
	return all, nil
}

// describeParts returns a line for each part.
func describeParts() string {
	var lines []string
	for _, p := range parts {
		lines = append(lines, p.name+": "+p.text)
	}
	return strings.Join(lines, "\n")
}

// partNames returns the names of all parts, with commas between them.
func partNames() string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

// quotaRun is one run of the simulation: the subscribers of the channel, the posts a second of
// the account, and the settings queueConcurrency and memory (MB) of the stack.
type quotaRun struct{ subscribers, rate, concurrency, memory int }

// quotaRuns are the rows of the table. The burst of each account is half a second of its rate.
var quotaRuns = []quotaRun{
	{10_000, 10_000, 4, 256},
	{10_000, 10_000, 16, 256},
	{10_000, 10_000, 5, 1024},
	{10_000, 2500, 4, 256},
	{100_000, 10_000, 4, 256},
	{100_000, 10_000, 16, 256},
	{100_000, 10_000, 5, 1024},
	{100_000, 2500, 4, 256},
	{1_000_000, 10_000, 16, 256},
	{1_000_000, 10_000, 5, 1024},
	{1_000_000, 2500, 4, 256},
}

// simulateQuota runs the simulation of test/bench/quota, and prints a table.
func simulateQuota(ctx context.Context, s settings, out io.Writer) error {
	tests, err := buildTest(ctx, s, "test/bench/quota")
	if err != nil {
		return err
	}
	// The table is that of docs/speed.md.
	fmt.Fprintln(out, "| subscribers | quota | `queueConcurrency` | memory | last copy after | quota used | refused (429) | cost | small channel alone | meanwhile: median | slowest |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|---|---|")
	for i, run := range quotaRuns {
		if run.subscribers > s.most {
			continue
		}
		fmt.Fprintf(os.Stderr, "simulation %d of %d: %d subscribers, %d posts a second\n", i+1, len(quotaRuns), run.subscribers, run.rate)
		began := time.Now()
		r, err := simulate(ctx, tests, run)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "  in %v of real time\n", time.Since(began).Round(time.Second))
		fmt.Fprintf(out, "| %d | %d/s | %d | %d MB | %.1f s | %.0f %% | %d | $%.2f | %.2f s | %.2f s | %.2f s |\n", run.subscribers, run.rate, run.concurrency, run.memory,
			r.Seconds, 100*r.Share, r.Refused, r.Dollars, r.Alone, r.Meanwhile, r.Slowest)
	}
	return nil
}

// simulated is the result of the simulation.
type simulated struct {
	Seconds, Share, Dollars, Alone, Meanwhile, Slowest float64
	Refused                                            int
}

// simulate runs the simulation once, in a process of its own.
func simulate(ctx context.Context, tests goTest, run quotaRun) (r simulated, err error) {
	err = tests.run(ctx, &r, "-test.run", "^TestQuota$",
		"-subscribers", strconv.Itoa(run.subscribers), "-rate", strconv.Itoa(run.rate), "-burst", strconv.Itoa(run.rate/2),
		"-concurrency", strconv.Itoa(run.concurrency), "-memory", strconv.Itoa(run.memory))
	return r, err
}
