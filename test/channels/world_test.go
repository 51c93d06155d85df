package channels

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
	"sallyport/lambda/identity"
	"sallyport/local/queue"
)

// functionTimeout is the timeout of the function, visibility that of the queue.
const (
	functionTimeout = 30 * time.Second
	visibility      = 6 * functionTimeout
)

// world is everything outside of package channel.
type world struct {
	memory     *Memory
	queue      *queue.Queue
	namespaces channel.Table
	shardSize  int
	jobs       int // the number of jobs of a publication that wait in the queue

	mu       sync.Mutex
	rng      *rand.Rand
	perfect  bool // there are no failures
	failures int  // of 1,000 requests, about so many fail
	deaths   int  // of 1,000 invocations, about so many die
	open     map[string]*client
	serial   int
	size     int                 // the size of the publications in own channels, in bytes
	accepted map[string][]string // data of the accepted publications, by channel
	refused  map[string]bool     // data of publications that were refused
	lost     map[string]bool     // connections whose closing the function did not process
	events   []string            // for the report of a failure
	began    time.Time
}

// log records a step of the test. w.mu must not be locked.
func (w *world) log(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, fmt.Sprintf("%9.3fs ", time.Since(w.began).Seconds())+fmt.Sprintf(format, args...))
}

// report returns the recorded steps. w.mu must not be locked.
func (w *world) report() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.events, "\n")
}

func newWorld(seed uint64) *world {
	rng := rand.New(rand.NewPCG(seed, 1))
	namespaces, err := channel.NewTable(
		channel.Namespace{
			Name: "room", Subscribe: channel.Everyone, Publish: channel.Everyone, Presence: channel.Everyone, History: channel.Everyone,
			HistorySize: []int{5, 50, 1000}[rng.IntN(3)], HistoryTime: time.Hour, JoinLeave: rng.IntN(2) == 0,
		},
		channel.Namespace{Name: "inbox", Subscribe: channel.Owner, Own: true, HistorySize: 1000, HistoryTime: time.Hour, MaxBytes: 64 << 10},
		channel.Namespace{Name: "orders", Subscribe: channel.Owner, Own: true, HistorySize: 1000, HistoryTime: time.Hour, MaxBytes: 64 << 10},
		channel.Namespace{Name: "closed", Subscribe: channel.Everyone, HistorySize: 10, HistoryTime: time.Hour},
	)
	if err != nil {
		panic(err)
	}
	failures, deaths := []int{0, 0, 5, 40}[rng.IntN(4)], []int{0, 0, 20, 150}[rng.IntN(4)]
	dead := queue.New(queue.Config{Visibility: visibility})
	return &world{
		memory: NewMemory(), rng: rng, namespaces: namespaces, shardSize: []int{2, 250}[rng.IntN(2)], jobs: []int{1, 2, 8}[rng.IntN(3)],
		queue:    queue.New(queue.Config{Visibility: visibility, MaxReceives: channel.MaxReceives, DeadLetters: dead}),
		size:     []int{10, 10, 10, 20_000, 60_000}[rng.IntN(5)],
		failures: failures, deaths: deaths, perfect: failures+deaths == 0,
		began: time.Now(), open: map[string]*client{}, accepted: map[string][]string{}, refused: map[string]bool{}, lost: map[string]bool{},
	}
}

func (w *world) int(rng *rand.Rand, n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return rng.IntN(n)
}

// chance returns true n times of 1,000. w.mu must be locked.
func (w *world) chance(rng *rand.Rand, n int) bool { return rng.IntN(1000) < n }

// calm ends all failures.
func (w *world) calm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failures, w.deaths = 0, 0
}

// invoke runs do in an invocation of the function, whose clock is up to two seconds wrong.
func (w *world) invoke(do func(ctx context.Context, h *channel.Hub, i *invocation) error) error {
	w.mu.Lock()
	i := &invocation{w: w, rng: rand.New(rand.NewPCG(w.rng.Uint64(), 2)), left: -1, until: time.Now().Add(functionTimeout)}
	if w.chance(w.rng, w.deaths) {
		i.left = 1 + w.rng.IntN(25)
	}
	skew := time.Duration(w.rng.IntN(4000)-2000) * time.Millisecond
	var start time.Duration // of a function that must be started first, so that later events overtake this one
	if w.chance(w.rng, 100) {
		start = time.Duration(w.rng.IntN(1000)) * time.Millisecond
	}
	w.mu.Unlock()
	time.Sleep(start)
	ctx, cancel := context.WithTimeout(context.Background(), functionTimeout-time.Second)
	defer cancel()
	h := channel.New(channel.Config{
		Namespaces: w.namespaces, Streams: streams{i}, Subscribers: subscribers{i}, Queue: sender{i}, Poster: poster{i},
		ShardSize: w.shardSize, Jobs: w.jobs, Outage: 2,
		Now: func() time.Time { return time.Now().Add(skew) },
	})
	return do(ctx, h, i)
}

// Invoke runs the function with an event of the queue.
func (w *world) Invoke(_ context.Context, payload []byte) (answer []byte, err error) {
	var event struct {
		Records []struct {
			MessageID     string            `json:"messageId"`
			ReceiptHandle string            `json:"receiptHandle"`
			Body          string            `json:"body"`
			Attributes    map[string]string `json:"attributes"`
		}
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	var records []channel.Record
	for _, r := range event.Records {
		n, err := strconv.Atoi(r.Attributes["ApproximateReceiveCount"])
		if err != nil {
			return nil, err
		}
		records = append(records, channel.Record{ID: r.MessageID, Group: r.Attributes["MessageGroupId"], Body: r.Body, Handle: r.ReceiptHandle, Receives: n})
	}
	w.mu.Lock()
	again := w.chance(w.rng, w.failures)
	w.mu.Unlock()
	if again { // Lambda may run the function again with the same event, which has the same counts of receives
		_, _ = w.work(records)
	}
	return w.work(records)
}

// work runs the function with records.
func (w *world) work(records []channel.Record) (answer []byte, err error) {
	err = w.invoke(func(ctx context.Context, h *channel.Hub, i *invocation) error {
		type failure struct {
			ID string `json:"itemIdentifier"`
		}
		out := []failure{}
		for _, id := range h.Work(ctx, records, nil) {
			out = append(out, failure{id})
		}
		if answer, err = json.Marshal(map[string]any{"batchItemFailures": out}); err != nil {
			return err
		}
		return i.request(func() error { return nil }) // it may die before it answers
	})
	return answer, err
}

// publish lets a user publish something that no other publication has.
func (w *world) publish(name string) {
	w.mu.Lock()
	w.serial++
	data := fmt.Sprintf("%d", w.serial)
	own := strings.HasPrefix(name, "inbox:") || strings.HasPrefix(name, "orders:")
	if own { // large publications, which do not all fit into one reply
		data = fmt.Sprintf("%q", data+strings.Repeat("x", w.size))
	}
	w.mu.Unlock()
	err := w.invoke(func(ctx context.Context, h *channel.Hub, _ *invocation) error {
		if own {
			_, err := h.PublishAs(ctx, name, json.RawMessage(data), "")
			return err
		}
		return h.Publish(ctx, channel.Client{ConnectionID: "p", User: user("p")}, name, json.RawMessage(data))
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.accepted[name] = append(w.accepted[name], data)
	} else if _, ok := err.(centrifuge.Error); ok { //nolint:errorlint // returned as it is
		w.refused[data] = true
	}
}

func user(name string) identity.User {
	return identity.User{Issuer: "https://issuer.example", Subject: name, Name: name}
}

// connect opens a connection of a client.
func (w *world) connect(c *client) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serial++
	id := fmt.Sprintf("c%d", w.serial)
	w.open[id] = c
	return id
}

// arrive gives a frame to the client of a connection.
func (w *world) arrive(id string, frame []byte) error {
	w.mu.Lock()
	c := w.open[id]
	w.mu.Unlock()
	w.log("arrive %s %.300s", id, frame)
	if c == nil {
		return channel.ErrGone
	}
	c.put(message{id, string(frame)})
	return nil
}

// closeConnection ends a connection, and runs the function with the event, which can get
// lost.
func (w *world) closeConnection(id string) error {
	w.mu.Lock()
	c := w.open[id]
	delete(w.open, id)
	lost := w.chance(w.rng, 5*w.failures)
	if c != nil {
		w.lost[id] = lost
	}
	w.mu.Unlock()
	w.log("close %s, event lost %t", id, lost)
	if c == nil {
		return channel.ErrGone
	}
	c.put(message{id, ""})
	if !lost {
		go func() {
			err := w.invoke(func(ctx context.Context, h *channel.Hub, _ *invocation) error { return h.Leave(ctx, id) })
			w.mu.Lock()
			defer w.mu.Unlock()
			w.lost[id] = err != nil
		}()
	}
	return nil
}
