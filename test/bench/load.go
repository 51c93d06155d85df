package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// protocol is the subprotocol that each server accepts.
const protocol = "sallyport.v1"

// A measurement begins when the load has run for warmUp and each connection has done
// warmRounds. Then the server has started its processes and threads, and has compiled its
// code. warmUpLimit is the time limit of the warm-up.
const (
	warmUp      = time.Second
	warmRounds  = 3
	warmUpLimit = 2 * time.Minute
)

// loaded is the result of a load client.
type loaded struct {
	PerSecond float64       `json:"perSecond"`
	Rounds    int           `json:"rounds"` // with those of the warm-up
	Median    time.Duration `json:"median"`
	P99       time.Duration `json:"p99"`
}

// load is the task of a load client.
type load struct {
	url         string
	tokens      *tokens // nil: the client sends no token
	tickets     string  // the address for tickets; empty: the client sends the token
	connections int
	length      time.Duration
}

// tokens are the tokens of several users, because the number of connections of a user is
// limited.
type tokens struct {
	all  []string
	next atomic.Int64
}

// readTokens reads a file with one token per line.
func readTokens(file string) (*tokens, error) {
	text, err := os.ReadFile(file) //nolint:gosec // bench has written the file
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	return &tokens{all: strings.Fields(string(text))}, nil
}

// take returns the next token, or "" without tokens. It begins again after the last.
func (t *tokens) take() string {
	if t == nil || len(t.all) == 0 {
		return ""
	}
	return t.all[int(t.next.Add(1))%len(t.all)]
}

// runLoad runs the load client. The tasks "echo", "ping", "connect" and "ticket" print a
// loaded in JSON: ping sends messages that the gateway answers without the function, ticket
// gets a ticket for each connection. The task "hold" holds connections open until in ends.
func runLoad(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("load: want echo, ping, connect, ticket, hold, fanout or publish")
	}
	if args[0] == "fanout" || args[0] == "publish" {
		return runChannels(ctx, args[0], args[1:], out)
	}
	var l load
	f := flag.NewFlagSet("load", flag.ContinueOnError)
	f.StringVar(&l.url, "url", "", "WebSocket `address`")
	file := f.String("tokens", "", "`file` with one bearer token per line")
	f.StringVar(&l.tickets, "tickets", "", "`address` for tickets")
	f.IntVar(&l.connections, "connections", 1, "`number` of concurrent connections")
	f.DurationVar(&l.length, "for", time.Second, "`time` of the measurement")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	var report any
	var err error
	if args[0] != "ticket" {
		l.tickets = ""
	}
	if *file != "" {
		if l.tokens, err = readTokens(*file); err != nil {
			return err
		}
	}
	switch args[0] {
	case "echo":
		text := `{"n":"` + strings.Repeat("x", 64-len(`{"n":""}`)) + `"}`
		report, err = l.talk(ctx, text, text)
	case "ping":
		report, err = l.talk(ctx, `{"action":"ping"}`, `{"type":"pong"}`)
	case "connect", "ticket":
		report, err = l.connect(ctx)
	default:
		return l.hold(ctx, in, out)
	}
	if err != nil {
		return fmt.Errorf("load %s: %w", args[0], err)
	}
	return json.NewEncoder(out).Encode(report)
}

// dial opens a WebSocket connection on a new network connection. It offers the subprotocols,
// and the credential as one more.
func (l load) dial(ctx context.Context, protocols ...string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, warmUpLimit)
	defer cancel()
	credential, err := l.credential(ctx)
	if err != nil {
		return nil, err
	}
	if credential != "" {
		protocols = append(protocols, credential)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dialNetwork}}
	c, _, err := websocket.Dial(ctx, l.url, &websocket.DialOptions{Subprotocols: protocols, HTTPClient: client}) //nolint:bodyclose // Dial closes it
	return c, err
}

// dialNetwork opens a network connection that ends with a reset. Thousands of connections
// in the state TIME_WAIT would use all ports.
func dialNetwork(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	return c, err
}

// talk repeats this on each connection: it sends text and waits for an answer that contains
// want.
func (l load) talk(ctx context.Context, text, want string) (loaded, error) {
	clients := make([]*websocket.Conn, l.connections)
	for i := range clients {
		c, err := l.dial(ctx, protocol)
		if err != nil {
			return loaded{}, err
		}
		defer func() { _ = c.CloseNow() }()
		clients[i] = c
	}
	return l.repeat(func(i int) error {
		if err := clients[i].Write(ctx, websocket.MessageText, []byte(text)); err != nil {
			return err
		}
		_, answer, err := clients[i].Read(ctx)
		if err == nil && !strings.Contains(string(answer), want) {
			err = fmt.Errorf("got the answer %s, want %s", answer, want)
		}
		return err
	})
}

// connect repeats this: it opens a connection and closes it.
func (l load) connect(ctx context.Context) (loaded, error) {
	return l.repeat(func(int) error {
		c, err := l.dial(ctx, protocol)
		if err == nil {
			_ = c.CloseNow()
		}
		return err
	})
}

// repeat calls do for each connection in a loop. Its result has the rounds of the
// measurement, which follows the warm-up.
func (l load) repeat(do func(connection int) error) (loaded, error) {
	w := &stopwatch{started: time.Now(), connections: int64(l.connections)}
	took := make([][]time.Duration, l.connections)
	errs := make([]error, l.connections)
	rounds := make([]int, l.connections)
	var working sync.WaitGroup
	for i := range l.connections {
		working.Go(func() {
			for now := w.now(); errs[i] == nil; {
				begin := w.begin(now, rounds[i])
				if begin > 0 && now >= begin+l.length || begin == 0 && now > warmUpLimit {
					return
				}
				started := now
				errs[i] = do(i)
				now = w.now()
				rounds[i]++
				if begin > 0 && now < begin+l.length {
					took[i] = append(took[i], now-started)
				}
			}
		})
	}
	working.Wait()
	all := slices.Concat(took...)
	if err := errors.Join(errs...); err != nil || len(all) == 0 {
		return loaded{}, errors.Join(err, fmt.Errorf("%d of %d connections failed after %d rounds", failures(errs), len(errs), sumOf(rounds)))
	}
	slices.Sort(all)
	return loaded{
		PerSecond: float64(len(all)) / l.length.Seconds(), Rounds: sumOf(rounds),
		Median: all[len(all)/2], P99: all[len(all)*99/100],
	}, nil
}

// stopwatch determines when the measurement begins.
type stopwatch struct {
	started     time.Time
	connections int64
	warm        atomic.Int64 // connections that have done warmRounds
	began       atomic.Int64 // nanoseconds after started; 0: it has not begun
}

func (w *stopwatch) now() time.Duration { return time.Since(w.started) }

// begin returns the time when the measurement began, or 0 before that. Each connection calls
// it before each round, with the number of rounds that it has done.
func (w *stopwatch) begin(now time.Duration, rounds int) time.Duration {
	if rounds == warmRounds {
		w.warm.Add(1)
	}
	if now > warmUp && w.warm.Load() >= w.connections {
		w.began.CompareAndSwap(0, int64(now))
	}
	return time.Duration(w.began.Load())
}

func sumOf(counts []int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

func failures(errs []error) int {
	return len(slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil }))
}

// hold opens connections and prints the line "open". Each time when all connections have
// received one more message, it prints the Unix time in nanoseconds.
func (l load) hold(ctx context.Context, in io.Reader, out io.Writer) error {
	received := make(chan int64, l.connections)
	for range l.connections {
		c, err := l.dial(ctx, protocol)
		if err != nil {
			return fmt.Errorf("load hold: %w", err)
		}
		defer func() { _ = c.CloseNow() }()
		go func() {
			for {
				if _, _, err := c.Read(ctx); err != nil {
					return
				}
				received <- time.Now().UnixNano()
			}
		}()
	}
	fmt.Fprintln(out, "open")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, in)
	}()
	for n := 1; ; n++ {
		select {
		case <-ended:
			return nil
		case last := <-received:
			if n%l.connections == 0 {
				fmt.Fprintln(out, last)
			}
		}
	}
}
