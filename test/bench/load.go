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

// protocol is the subprotocol that every server here agrees to.
const protocol = "sallyport.v1"

// A load counts when it has run for the time of warmUp and each connection has
// done warmRounds: as many processes, threads and as much compiled code as it
// takes are there then. Some servers take their time.
const (
	warmUp     = time.Second
	warmRounds = 3
	patience   = 2 * time.Minute
)

// loaded is what a load client reports.
type loaded struct {
	PerSecond float64       `json:"perSecond"`
	Rounds    int           `json:"rounds"` // with those of the warm-up
	Median    time.Duration `json:"median"`
	P99       time.Duration `json:"p99"`
}

// load is a load client's task.
type load struct {
	url         string
	tokens      *tokens // nil: none is sent
	tickets     string  // where to get a ticket for a token; empty: the token is sent itself
	connections int
	length      time.Duration
}

// tokens are those of several users, who take turns: no user may have all the
// connections.
type tokens struct {
	all  []string
	next atomic.Int64
}

// readTokens reads a file with a token a line.
func readTokens(file string) (*tokens, error) {
	text, err := os.ReadFile(file) //nolint:gosec // written by the program that measures
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	return &tokens{all: strings.Fields(string(text))}, nil
}

// take returns the next token, none of none.
func (t *tokens) take() string {
	if t == nil || len(t.all) == 0 {
		return ""
	}
	return t.all[int(t.next.Add(1))%len(t.all)]
}

// runLoad is the load client: "echo" and "connect" report what they measured,
// "ticket" is connect with a ticket for each, "ping" is echo with a message that the gateway answers by itself, and "hold"
// holds connections until in ends.
func runLoad(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("load: want echo, ping, connect, ticket or hold")
	}
	var l load
	f := flag.NewFlagSet("load", flag.ContinueOnError)
	f.StringVar(&l.url, "url", "", "WebSocket `address`")
	file := f.String("tokens", "", "bearer tokens, a line each, a `file`")
	f.StringVar(&l.tickets, "tickets", "", "`address` where a token gets a ticket to connect with")
	f.IntVar(&l.connections, "connections", 1, "how many at once")
	f.DurationVar(&l.length, "for", time.Second, "how long")
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

// dial opens a connection, over a network connection of its own.
func (l load) dial(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	protocols := []string{protocol}
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

// dialNetwork has a closed connection forgotten at once: thousands that linger
// would use up the ports.
func dialNetwork(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	return c, err
}

// talk sends a text on each connection and waits for an answer with another in
// it, again and again.
func (l load) talk(ctx context.Context, text, want string) (loaded, error) {
	clients := make([]*websocket.Conn, l.connections)
	for i := range clients {
		c, err := l.dial(ctx)
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
			err = fmt.Errorf("got the answer %s", answer)
		}
		return err
	})
}

// connect opens connections and drops them.
func (l load) connect(ctx context.Context) (loaded, error) {
	return l.repeat(func(int) error {
		c, err := l.dial(ctx)
		if err == nil {
			_ = c.CloseNow()
		}
		return err
	})
}

// repeat has every connection do its work again and again, and reports on what
// was done after the warm-up.
func (l load) repeat(do func(connection int) error) (loaded, error) {
	w := &watch{started: time.Now(), connections: int64(l.connections)}
	took := make([][]time.Duration, l.connections)
	errs := make([]error, l.connections)
	rounds := make([]int, l.connections)
	var working sync.WaitGroup
	for i := range l.connections {
		working.Go(func() {
			for now := w.now(); errs[i] == nil; {
				begin := w.begin(now, rounds[i])
				if begin > 0 && now >= begin+l.length || begin == 0 && now > patience {
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
		return loaded{}, errors.Join(err, fmt.Errorf("%d of %d connections failed, %d rounds were done", failures(errs), len(errs), sumOf(rounds)))
	}
	slices.Sort(all)
	return loaded{
		PerSecond: float64(len(all)) / l.length.Seconds(), Rounds: sumOf(rounds),
		Median: all[len(all)/2], P99: all[len(all)*99/100],
	}, nil
}

// watch tells when a load begins to count.
type watch struct {
	started     time.Time
	connections int64
	warm        atomic.Int64 // connections that have done warmRounds
	began       atomic.Int64 // nanoseconds since started; 0: not yet
}

func (w *watch) now() time.Duration { return time.Since(w.started) }

// begin returns when it began to count, 0 if it has not. A connection asks
// before each round, and says how many it has done.
func (w *watch) begin(now time.Duration, rounds int) time.Duration {
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

// hold opens connections, prints a line, and then prints the time (Unix, in
// nanoseconds) whenever each of them has received one more message.
func (l load) hold(ctx context.Context, in io.Reader, out io.Writer) error {
	received := make(chan int64, l.connections)
	for range l.connections {
		c, err := l.dial(ctx)
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
