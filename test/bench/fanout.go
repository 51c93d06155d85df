package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// channelServers are the servers that the part fanout measures.
var channelServers = []server{{"sallyport", startSallyport}, {"centrifugo", startCentrifugo}}

// fanOutRow is a row of the table of the part fanout.
type fanOutRow struct {
	text        string
	subscribers int      // the number of subscribers of one channel; 0: one
	task        string   // the task of the load client
	flags       []string // the flags of the load client
	connections int      // the number of connections of the load client
	// figures returns the figures of one start of the load client.
	figures func(delivered) []float64
	format  string // the format of a figure
}

// fanOutRows returns the rows of the table.
func fanOutRows(s settings) []fanOutRow {
	var rows []fanOutRow
	for _, n := range []int{1, 100, 1000, 10_000} {
		rows = append(rows, fanOutRow{
			text: fmt.Sprintf("to the last subscriber of %d, ms", n), task: "fanout", subscribers: n, connections: n + 1, format: "%.1f",
			flags: []string{"-subscribers", strconv.Itoa(n), "-publications", strconv.Itoa(s.rounds + 1)},
			figures: func(d delivered) (all []float64) {
				for _, last := range d.Last {
					all = append(all, milliseconds(last))
				}
				return all
			},
		})
	}
	for _, n := range []int{1, 100} {
		rows = append(rows, fanOutRow{
			text: fmt.Sprintf("publications/s, channels: %d", n), task: "publish", connections: 1 + publishers, format: "%.0f",
			flags:   []string{"-channels", strconv.Itoa(n), "-publications", "2000"},
			figures: func(d delivered) []float64 { return []float64{d.PerSecond} },
		})
	}
	return rows
}

// spareDescriptors is the number of file descriptors that a process needs beside those of its
// connections.
const spareDescriptors = 500

// descriptors returns the number of file descriptors that a process may have.
func descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<30)) //nolint:gosec // small
}

// measureFanOut measures channels on all servers and prints the table.
func measureFanOut(ctx context.Context, s settings, out io.Writer) error {
	if err := buildLocal(ctx, s); err != nil {
		return err
	}
	if err := buildCentrifugo(ctx, s); err != nil {
		return err
	}
	// The table is that of docs/speed.md.
	fmt.Fprintln(out, "| | Sallyport | Centrifugo | load average |\n|---|---|---|---|")
	var left []string
	for _, row := range fanOutRows(s) {
		if row.subscribers > s.most {
			continue
		}
		if limit, need := descriptors(), row.connections+spareDescriptors; need > limit {
			left = append(left, fmt.Sprintf("left out: %s: a process may have %d file descriptors, but needs %d: ulimit -n %d", row.text, limit, need, need))
			continue
		}
		line := "| " + row.text
		loads := []float64{loadAverage()}
		for _, server := range channelServers {
			figures, err := measureRow(ctx, s, server, row)
			if ctx.Err() != nil {
				return fmt.Errorf("%s: %s: %w", server.name, row.text, err)
			}
			if err != nil { // print the figures of the other rows
				left = append(left, fmt.Sprintf("failed: %s: %s: %v", server.name, row.text, err))
				line += " | -"
				continue
			}
			loads = append(loads, loadAverage())
			line += fmt.Sprintf(" | "+row.format+" (%s)", median(figures), around(figures, row.format))
		}
		fmt.Fprintf(out, "%s | %s |\n", line, span(loads))
	}
	fmt.Fprintln(out)
	for _, line := range left {
		fmt.Fprintln(out, line)
	}
	fmt.Fprintf(out, "%d processors, shared with one load client; medians of %d (smallest-largest)\n", runtime.NumCPU(), s.rounds)
	fmt.Fprintf(out, "sallyport: local run of this project (gateway and queue in one process, Lambda processes, dynalite in Node.js), %s; centrifugo: %s, one process, engine memory\n", runtime.Version(), centrifugoVersion)
	return nil
}

// around returns the smallest and the largest value of v.
func around(v []float64, format string) string {
	return fmt.Sprintf(format+"-"+format, slices.Min(v), slices.Max(v))
}

// measureRow returns the figures of all rounds. Each round starts the server and the load
// client. The rounds of the task fanout are the publications of a single start.
func measureRow(ctx context.Context, s settings, server server, row fanOutRow) ([]float64, error) {
	rounds := s.rounds
	if row.task == "fanout" {
		rounds = 1
	}
	s.users = max(users, row.connections/10)
	var all []float64
	for i := range rounds {
		fmt.Fprintf(os.Stderr, "%s: %s, start %d of %d\n", server.name, row.text, i+1, rounds)
		d, err := measureDelivery(ctx, s, server, row)
		if err != nil {
			return nil, err
		}
		if d.Subscribe > 0 {
			fmt.Fprintf(os.Stderr, "  subscribed in %v, first publication after %v more\n", d.Subscribe.Round(time.Millisecond), d.Settle.Round(time.Millisecond))
		}
		all = append(all, row.figures(d)...)
	}
	return all, nil
}

// measureDelivery starts a server and a load client, and returns the result of the client.
func measureDelivery(ctx context.Context, s settings, server server, row fanOutRow) (d delivered, err error) {
	running, err := server.start(ctx, s)
	if err != nil {
		return d, err
	}
	defer running.stop()
	cmd := exec.CommandContext(ctx, s.self, append([]string{"load", row.task, "-url", running.url, "-tokens", running.tokens}, row.flags...)...) //nolint:gosec // this program
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return d, fmt.Errorf("run load client: %w: see %s.log", err, s.work+"/"+server.name)
	}
	return d, json.Unmarshal(text, &d)
}
