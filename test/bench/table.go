package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// results has all figures of all rounds.
type results struct {
	settings settings
	all      map[string]map[string][]float64 // by server and figure
	loads    map[string][]float64            // load averages, by figure
	failed   []string                        // runs that failed
}

func newResults(s settings) *results {
	return &results{settings: s, all: map[string]map[string][]float64{}, loads: map[string][]float64{}}
}

func (r *results) add(server string, load float64, f figures) {
	if r.all[server] == nil {
		r.all[server] = map[string][]float64{}
	}
	for name, v := range f {
		r.all[server][name] = append(r.all[server][name], v)
		r.loads[name] = append(r.loads[name], load)
	}
}

// rows are the rows of the table. less means that a smaller figure is better.
var rows = []struct {
	figure, text, format string
	less                 bool
}{
	{"rate1", "echo, 1 connection: messages/s", "%.0f", false},
	{"p50/1", "  latency, median ms", "%.3f", true},
	{"p99/1", "  latency, 99th percentile ms", "%.3f", true},
	{"cpu1", "  processor time, us", "%.0f", true},
	{"rate50", "echo, 50 connections: messages/s", "%.0f", false},
	{"p50/50", "  latency, median ms", "%.2f", true},
	{"p99/50", "  latency, 99th percentile ms", "%.2f", true},
	{"cpu50", "  processor time, us", "%.0f", true},
	{"ping", "ping, answered by the gateway: messages/s", "%.0f", false},
	{"cpu/ping", "  processor time, us", "%.0f", true},
	{"connects", "connects/s, 16 at a time", "%.0f", false},
	{"p50/connect", "  time, median ms", "%.1f", true},
	{"tickets", "connects/s, each with a new ticket", "%.0f", false},
	{"p50/ticket", "  time, median ms", "%.1f", true},
	{"idle", "memory of an idle connection, kB", "%.1f", true},
	{"idle/all", "  its processes together, kB", "%.1f", true},
	{"push", "push to 1,000 connections, ms", "%.0f", true},
}

// print prints the medians. After each figure of the other servers, it prints in parentheses
// how many times better the first server is.
func (r *results) print(out io.Writer) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := []string{""}
	for _, s := range servers {
		line = append(line, s.name)
	}
	fmt.Fprintln(t, strings.Join(append(line, "load average"), "\t"))
	for _, row := range rows {
		line := []string{row.text}
		ours := median(r.all[servers[0].name][row.figure])
		for i, s := range servers {
			theirs := median(r.all[s.name][row.figure])
			switch {
			case theirs == 0:
				line = append(line, "-")
			case i == 0 || ours == 0:
				line = append(line, fmt.Sprintf(row.format, theirs))
			case row.less:
				line = append(line, fmt.Sprintf(row.format+" (%.1fx)", theirs, theirs/ours))
			default:
				line = append(line, fmt.Sprintf(row.format+" (%.1fx)", theirs, ours/theirs))
			}
		}
		fmt.Fprintln(t, strings.Join(append(line, span(r.loads[row.figure])), "\t"))
	}
	_ = t.Flush() // an error of the terminal has no remedy
	for _, f := range r.failed {
		fmt.Fprintln(out, "failed in one round:", f)
	}
	fmt.Fprintf(out, "\n%d processors, shared with the load client; medians of %d measurements of %v; (2.0x): sallyport is twice as good\n",
		runtime.NumCPU(), r.settings.rounds, r.settings.length)
}

// span returns the smallest and the largest of some numbers.
func span(v []float64) string {
	if len(v) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f-%.1f", slices.Min(v), slices.Max(v))
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}
