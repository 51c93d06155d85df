package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// channelProtocol is the subprotocol of channels. Centrifugo ignores it.
const channelProtocol = "centrifuge-json"

// delivered is the result of a load client that publishes in channels.
type delivered struct {
	Last      []time.Duration `json:"last"`      // for each publication, the time until the last subscriber had it
	Subscribe time.Duration   `json:"subscribe"` // the time until all subscribers had subscribed
	Settle    time.Duration   `json:"settle"`    // the time of the first publication, which Last does not contain
	PerSecond float64         `json:"perSecond"` // publications
}

// channels is a load client that uses channels with the JSON protocol of Centrifugo.
type channels struct {
	load
	subscribers  int            // the number of subscribers of one channel
	channels     int            // the number of channels of one subscriber
	publications int            // the number of publications
	arrived      chan int       // the numbers of the publications that all subscribers have
	counts       []atomic.Int64 // for each publication, the number of subscribers that have it
}

// runChannels runs the load client. The task "fanout" publishes one message after the other
// in a channel with many subscribers. The task "publish" publishes many messages at once in
// channels with one subscriber. Both print a value of type delivered in JSON.
func runChannels(ctx context.Context, task string, args []string, out io.Writer) error {
	var c channels
	f := flag.NewFlagSet("load "+task, flag.ContinueOnError)
	f.StringVar(&c.url, "url", "", "WebSocket `address`")
	file := f.String("tokens", "", "`file` with one bearer token per line")
	f.IntVar(&c.subscribers, "subscribers", 1, "`number` of subscribers of the channel")
	f.IntVar(&c.channels, "channels", 1, "`number` of channels")
	f.IntVar(&c.publications, "publications", 4, "`number` of publications")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *file != "" {
		var err error
		if c.tokens, err = readTokens(*file); err != nil {
			return err
		}
	}
	c.counts = make([]atomic.Int64, c.publications)
	c.arrived = make(chan int, c.publications)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	do := c.fanOut
	if task == "publish" {
		do = c.publish
	}
	report, err := do(ctx, cancel)
	if err != nil {
		return fmt.Errorf("load %s: %w", task, errors.Join(err, context.Cause(ctx)))
	}
	return json.NewEncoder(out).Encode(report)
}

// open opens a connection and subscribes it to channels.
func (c *channels) open(ctx context.Context, names ...string) (*websocket.Conn, error) {
	conn, err := c.dial(ctx, channelProtocol)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(1 << 20)
	commands := [][]byte{[]byte(`{"id":1,"connect":{}}`)}
	for i, name := range names {
		commands = append(commands, fmt.Appendf(nil, `{"id":%d,"subscribe":{"channel":%q}}`, i+2, name))
	}
	waiting := len(commands)
	for _, command := range commands { // one frame for each command, because a server may refuse a long frame
		if err := conn.Write(ctx, websocket.MessageText, command); err != nil {
			return nil, err
		}
		if bytes.HasPrefix(command, []byte(`{"id":1,`)) {
			if err := answered(ctx, conn, 1); err != nil {
				return nil, err
			}
			waiting--
		}
	}
	return conn, answered(ctx, conn, waiting)
}

// answered reads frames until n commands have been answered.
func answered(ctx context.Context, conn *websocket.Conn, n int) error {
	for n > 0 {
		_, frame, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		for line := range bytes.SplitSeq(bytes.TrimSpace(frame), []byte("\n")) {
			switch {
			case string(line) == "{}": // the ping of Centrifugo
				if err := conn.Write(ctx, websocket.MessageText, line); err != nil {
					return err
				}
			case bytes.Contains(line, []byte(`"error"`)), bytes.Contains(line, []byte(`"disconnect"`)):
				return fmt.Errorf("got the answer %s", line)
			case bytes.Contains(line, []byte(`"id":`)):
				n--
			}
		}
	}
	return nil
}

// read reads publications until the connection ends.
func (c *channels) read(ctx context.Context, conn *websocket.Conn) error {
	seen := make([]bool, len(c.counts)) // a publication can arrive again
	for {
		_, frame, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		for line := range bytes.SplitSeq(bytes.TrimSpace(frame), []byte("\n")) {
			_, rest, ok := bytes.Cut(line, []byte(`"n":`))
			digits, _, _ := bytes.Cut(rest, []byte("}"))
			n, err := strconv.Atoi(string(digits))
			switch {
			case string(line) == "{}": // the ping of Centrifugo
				if err := conn.Write(ctx, websocket.MessageText, line); err != nil {
					return err
				}
			case bytes.Contains(line, []byte(`"unsubscribe"`)), bytes.Contains(line, []byte(`"disconnect"`)):
				return fmt.Errorf("got the push %s", line)
			case !ok || err != nil || n >= len(seen) || seen[n]:
			default:
				seen[n] = true
				if c.counts[n].Add(1) == int64(c.subscribers) {
					c.arrived <- n
				}
			}
		}
	}
}

// subscribe opens the connections of the subscribers, 16 at a time. It calls failed when one
// of them ends.
func (c *channels) subscribe(ctx context.Context, failed context.CancelCauseFunc, names ...string) error {
	var next, open atomic.Int64
	var working sync.WaitGroup
	progress := time.NewTicker(2 * time.Second)
	defer progress.Stop()
	for range min(16, c.subscribers) {
		working.Go(func() {
			for next.Add(1) <= int64(c.subscribers) && ctx.Err() == nil {
				conn, err := c.open(ctx, names...)
				if err != nil {
					failed(err)
					return
				}
				open.Add(1)
				go func() { failed(c.read(ctx, conn)) }()
			}
		})
	}
	done := make(chan struct{})
	go func() { defer close(done); working.Wait() }()
	for {
		select {
		case <-done:
			return ctx.Err()
		case <-progress.C:
			fmt.Fprintf(os.Stderr, "  %d of %d subscribers\n", open.Load(), c.subscribers)
		}
	}
}

// command returns a command that publishes the number n in a channel.
func command(channel string, n int) []byte {
	return fmt.Appendf(nil, `{"id":%d,"publish":{"channel":%q,"data":{"text":"a message of about a hundred bytes, as people write them","n":%d}}}`, n+2, channel, n)
}

// fanOut publishes one message after the other. The server does work after a subscription, such
// as the join messages, and the first publication waits for it. Therefore Last does not contain
// the first publication.
func (c *channels) fanOut(ctx context.Context, failed context.CancelCauseFunc) (d delivered, err error) {
	began := time.Now()
	if err := c.subscribe(ctx, failed, "chat:bench"); err != nil {
		return d, err
	}
	d.Subscribe = time.Since(began)
	publisher, err := c.open(ctx)
	if err != nil {
		return d, err
	}
	go func() { failed(c.read(ctx, publisher)) }()
	for n := range c.publications {
		began := time.Now()
		if err := publisher.Write(ctx, websocket.MessageText, command("chat:bench", n)); err != nil {
			return d, err
		}
		if err := c.await(ctx, 1); err != nil {
			return d, err
		}
		if n == 0 {
			d.Settle = time.Since(began)
		} else {
			d.Last = append(d.Last, time.Since(began))
		}
	}
	return d, nil
}

// await waits until n more publications have reached all subscribers.
func (c *channels) await(ctx context.Context, n int) error {
	progress := time.NewTicker(5 * time.Second)
	defer progress.Stop()
	late := time.After(10 * time.Minute)
	for n > 0 {
		select {
		case <-c.arrived:
			n--
		case <-progress.C:
			fmt.Fprintf(os.Stderr, "  wait for %d publications\n", n)
		case <-late:
			return fmt.Errorf("%d publications have not arrived within 10 minutes", n)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// publishers is the number of connections that publish. outstanding is the largest number of
// commands without an answer on each of them.
//
// maxChannels is the largest number of channels of a subscriber. The servers allow about 100.
const (
	maxChannels = 50
	publishers  = 8
	outstanding = 16
)

// publish publishes all messages as fast as the server answers.
func (c *channels) publish(ctx context.Context, failed context.CancelCauseFunc) (d delivered, err error) {
	var names []string
	for i := range c.channels {
		names = append(names, fmt.Sprintf("chat:bench%d", i))
	}
	for some := range slices.Chunk(names, maxChannels) {
		if err := c.subscribe(ctx, failed, some...); err != nil {
			return d, err
		}
	}
	senders := make([]*websocket.Conn, publishers)
	for i := range senders {
		if senders[i], err = c.open(ctx); err != nil {
			return d, err
		}
	}
	began := time.Now()
	for i, conn := range senders {
		slots := make(chan struct{}, outstanding)
		go func() {
			for ctx.Err() == nil {
				if err := answered(ctx, conn, 1); err != nil {
					failed(err)
				}
				<-slots
			}
		}()
		go func() {
			for n := i; n < c.publications; n += publishers {
				slots <- struct{}{}
				if err := conn.Write(ctx, websocket.MessageText, command(names[n%len(names)], n)); err != nil {
					failed(err)
					return
				}
			}
		}()
	}
	err = c.await(ctx, c.publications)
	d.PerSecond = float64(c.publications) / time.Since(began).Seconds()
	return d, err
}
