package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// held is the number of connections that are idle and receive a push.
const held = 1000

// figures are the results of one server, by name.
type figures map[string]float64

// measurement measures a new server.
type measurement struct {
	name string
	run  func(context.Context, settings, *running) (figures, error)
	ours bool // only sallyport supports it
}

var measurements = []measurement{
	{name: "echo, 1 connection", run: echoOver(1)},
	{name: "echo, 50 connections", run: echoOver(50)},
	{name: "ping, 50 connections", run: ping, ours: true},
	{name: "connects", run: connects},
	{name: "connects with tickets", run: ticketConnects, ours: true},
	{name: "idle connections", run: idle},
}

// measureAll runs all measurements on all servers and prints the table.
func measureAll(ctx context.Context, s settings, out io.Writer) error {
	if err := buildLocal(ctx, s); err != nil {
		return err
	}
	r := newResults(s)
	for round := range s.rounds {
		for _, m := range measurements {
			for i, server := range servers {
				if m.ours && i > 0 {
					continue
				}
				fmt.Fprintf(os.Stderr, "round %d of %d: %s: %s\n", round+1, s.rounds, m.name, server.name)
				load := loadAverage()
				got, err := measure(ctx, s, server, m)
				if err != nil && (i == 0 || ctx.Err() != nil) {
					return fmt.Errorf("%s: %s: %w", server.name, m.name, err)
				} else if err != nil { // a failure of a peer is a result
					fmt.Fprintln(os.Stderr, err)
					r.failed = append(r.failed, server.name+": "+m.name)
					continue
				}
				r.add(server.name, load, got)
			}
		}
	}
	r.print(out)
	return nil
}

func measure(ctx context.Context, s settings, server server, m measurement) (figures, error) {
	running, err := server.start(ctx, s)
	if err != nil {
		return nil, err
	}
	defer running.stop()
	return m.run(ctx, s, running)
}

// buildLocal builds the program of make run.
func buildLocal(ctx context.Context, s settings) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(s.work, "local"), "./local") //nolint:gosec // the paths are ours
	cmd.Dir = s.root
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build local: %w\n%s", err, text)
	}
	return nil
}

func echoOver(connections int) func(context.Context, settings, *running) (figures, error) {
	return func(ctx context.Context, s settings, r *running) (figures, error) {
		before := spent(r.cmd.Process.Pid)
		l, err := runClient(ctx, s, r, "echo", connections)
		n := strconv.Itoa(connections)
		return figures{
			"rate" + n: l.PerSecond, "p50/" + n: milliseconds(l.Median), "p99/" + n: milliseconds(l.P99),
			"cpu" + n: (spent(r.cmd.Process.Pid) - before) / float64(max(l.Rounds, 1)),
		}, err
	}
}

// ping measures messages that the gateway answers without the function.
func ping(ctx context.Context, s settings, r *running) (figures, error) {
	before := spent(r.cmd.Process.Pid)
	l, err := runClient(ctx, s, r, "ping", 50)
	return figures{"ping": l.PerSecond, "cpu/ping": (spent(r.cmd.Process.Pid) - before) / float64(max(l.Rounds, 1))}, err
}

func connects(ctx context.Context, s settings, r *running) (figures, error) {
	l, err := runClient(ctx, s, r, "connect", 16)
	return figures{"connects": l.PerSecond, "p50/connect": milliseconds(l.Median)}, err
}

// ticketConnects measures connections, each of which gets a ticket first.
func ticketConnects(ctx context.Context, s settings, r *running) (figures, error) {
	l, err := runClient(ctx, s, r, "ticket", 16)
	return figures{"tickets": l.PerSecond, "p50/ticket": milliseconds(l.Median)}, err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// client returns the command of a load client.
func client(ctx context.Context, s settings, r *running, task string, connections int) *exec.Cmd {
	return exec.CommandContext(ctx, s.self, "load", task, "-url", r.url, "-tokens", r.tokens, "-tickets", r.tickets, //nolint:gosec // this program
		"-connections", strconv.Itoa(connections), "-for", s.length.String())
}

func runClient(ctx context.Context, s settings, r *running, task string, connections int) (l loaded, err error) {
	cmd := client(ctx, s, r, task, connections)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return l, fmt.Errorf("run load client: %w", err)
	}
	return l, json.Unmarshal(text, &l)
}

// idle measures the memory of connections without messages, and the time of a push to all
// of them.
func idle(ctx context.Context, s settings, r *running) (figures, error) {
	one := load{url: r.url}
	if r.tokens != "" {
		var err error
		if one.tokens, err = readTokens(r.tokens); err != nil {
			return nil, err
		}
	}
	first, err := one.dial(ctx, protocol) // the cost of the first connection does not count
	if err != nil {
		return nil, err
	}
	_ = first.CloseNow()
	pid := r.cmd.Process.Pid
	before, all := memory(pid), sum(pid, memory)
	cmd := client(ctx, s, r, "hold", held)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("run load client: %w", err)
	}
	var got figures
	p, err := launch(s, "hold", func(out *bufio.Reader) {
		if line, _ := out.ReadString('\n'); line != "open\n" {
			err = fmt.Errorf("hold %d connections: see the log of hold", held)
			return
		}
		got = figures{
			"idle": (memory(pid) - before) / held, "idle/all": (sum(pid, memory) - all) / held,
		}
		if r.invoke != nil {
			got["push"], err = push(ctx, r, out)
		}
	}, cmd)
	if p != nil {
		_ = in.Close()
		p.stop()
	}
	return got, err
}

// push sends a message to all connections. It returns the milliseconds until the last
// connection has received it.
func push(ctx context.Context, r *running, out *bufio.Reader) (float64, error) {
	begin := time.Now()
	var counts struct{ Sent, Gone, Failed int }
	if err := r.invoke(ctx, `{"push":{"target":{"all":true},"message":{"type":"event","data":"hello"}}}`, &counts); err != nil {
		return 0, err
	}
	if counts.Sent != held {
		return 0, fmt.Errorf("push to %d connections: %+v", held, counts)
	}
	line, err := out.ReadString('\n')
	if err != nil {
		return 0, errors.New("push: the load client has ended")
	}
	last, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	return milliseconds(time.Unix(0, last).Sub(begin)), err
}
