package quota

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sallyport/infra/cost"
	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
	"sallyport/lambda/identity"
	"sallyport/local/queue"
	"sallyport/test/channels"
)

// These flags are the inputs of one run.
var (
	subscribers = flag.Int("subscribers", 5000, "`number` of subscribers of the large channel")
	rate        = flag.Float64("rate", 1000, "`number` of posts a second that the account accepts")
	burst       = flag.Float64("burst", 500, "`number` of posts that the account accepts at once")
	concurrency = flag.Int("concurrency", 4, "`value` of the setting queueConcurrency")
	memory      = flag.Int("memory", 256, "`value` of the setting memory, in MB")
	jobs        = flag.Int("jobs", 0, "`number` of jobs of a publication that wait in the queue; 0: the default of lambda/channel")
	report      = flag.String("report", "", "`file` that the result is appended to, as JSON")
)

// small is the number of subscribers of the small channel. It is the largest number for which
// a publication makes no jobs.
const small = 250

// result is a row of the table. Times are in seconds.
type result struct {
	Subscribers, Rate, Concurrency, Memory int
	Seconds                                float64 // until the last subscriber of the large channel has the publication
	Share                                  float64 // the accepted posts divided by those that the account could accept
	Posts, Refused, Repeated               int
	Lambdas                                int // the largest number of processes at once
	Dollars                                float64
	Alone, Meanwhile, Slowest              float64 // until the small channel has a publication: alone, and the median and the longest during that of the large channel
	Publications                           int     // the number of publications of the small channel during that of the large channel
}

// Each subscriber of the large channel gets the publication within the quota. A publication in
// a small channel does not wait for the end of that in the large channel.
func TestQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t)
		r := s.run(t)
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s", line)
		if *report != "" {
			f, err := os.OpenFile(*report, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			_, _ = fmt.Fprintf(f, "%s\n", line)
		}
	})
}

// simulation is the stack with its subscribers.
type simulation struct {
	*function
	dead    *queue.Queue
	mapping queue.Mapping
	backend *channel.Hub // publishes the messages
}

func start(t *testing.T) *simulation {
	t.Helper()
	namespaces, err := channel.NewTable(channel.Namespace{Name: "chat", Subscribe: channel.Everyone, HistorySize: 100, HistoryTime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	dead := queue.New(queue.Config{Visibility: 6 * timeout})
	f := &function{
		account: newAccount(*rate, *burst), memory: *memory, table: channels.NewMemory(), namespaces: namespaces,
		queue: queue.New(queue.Config{Visibility: 6 * timeout, MaxReceives: channel.MaxReceives, DeadLetters: dead}),
	}
	s := &simulation{function: f, dead: dead, mapping: queue.Mapping{Queue: f.queue, BatchSize: 10, Concurrency: *concurrency, Function: f}}
	s.backend = f.hub()
	began := time.Now()
	s.subscribe(t, "large", *subscribers)
	s.subscribe(t, "small", small)
	if waited := time.Since(began); waited > 0 {
		t.Fatalf("the subscriptions took %v of the simulated time", waited)
	}
	return s
}

// subscribe subscribes connections to the channel chat:NAME.
func (s *simulation) subscribe(t *testing.T, name string, n int) {
	t.Helper()
	h := channel.New(channel.Config{Namespaces: s.namespaces, Streams: s.table, Subscribers: s.table, Queue: sender{s.function}, Poster: silent{}})
	for i := range n {
		client := channel.Client{ConnectionID: fmt.Sprintf("%s-%07d", name, i), User: identity.User{Issuer: "i", Subject: "s"}, Until: time.Now().Add(24 * time.Hour)}
		j, err := h.Subscribe(t.Context(), client, centrifuge.Subscribe{Channel: "chat:" + name})
		if err == nil {
			err = h.Confirm(t.Context(), client.ConnectionID, nil, []*channel.Joined{j})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// silent is a Poster that accepts everything.
type silent struct{}

func (silent) Post(context.Context, string, []byte) error { return nil }
func (silent) Disconnect(context.Context, string) error   { return nil }

// publish publishes the number n in a channel.
func (s *simulation) publish(t *testing.T, name string, n int) {
	t.Helper()
	data := json.RawMessage(fmt.Sprintf(`{"text":%q,"n":%d}`, "a message of about a hundred bytes, as people write them to each other", n))
	if _, err := s.backend.PublishAs(t.Context(), "chat:"+name, data, ""); err != nil {
		t.Error(err)
	}
}

// deliver publishes in a channel and returns the time until the last subscriber has it.
func (s *simulation) deliver(t *testing.T, name string, number, subscribers int) time.Duration {
	t.Helper()
	began, late := time.Now(), 5*time.Minute+time.Duration(5*float64(subscribers)/s.account.rate)*time.Second
	s.publish(t, name, number)
	for s.account.inbox(name, number).messages < subscribers {
		if time.Since(began) > late {
			_, refused := s.account.counts()
			warned := s.used().warned
			t.Errorf("%s: %d of %d subscribers have publication %d after %v, %d posts were refused: %v", name, s.account.inbox(name, number).messages, subscribers, number, late, refused, warned[:min(len(warned), 3)])
			return late
		}
		time.Sleep(10 * time.Millisecond)
	}
	return s.account.inbox(name, number).last.Sub(began)
}

func (s *simulation) run(t *testing.T) result {
	t.Helper()
	stop := s.mapping.Start()
	defer stop()
	s.deliver(t, "small", 0, small) // starts the first process
	time.Sleep(time.Minute)
	r := result{Subscribers: *subscribers, Rate: int(*rate), Concurrency: *concurrency, Memory: *memory}
	r.Alone = s.deliver(t, "small", 1, small).Seconds()
	time.Sleep(time.Minute) // the bucket is full
	before := s.used()
	posts, refused := s.account.counts()
	requests, units := s.requests.Load(), s.units.Load()
	ended := make(chan struct{})
	var meanwhile []time.Duration
	var publisher sync.WaitGroup
	publisher.Go(func() {
		for n := 2; ; n++ {
			select {
			case <-ended:
				return
			case <-time.After(time.Second):
			}
			meanwhile = append(meanwhile, s.deliver(t, "small", n, small))
		}
	})
	took := s.deliver(t, "large", 1, *subscribers)
	in := s.account.inbox("large", 1)
	r.Posts, r.Refused = s.account.counts()
	r.Posts, r.Refused = r.Posts-posts, r.Refused-refused
	r.Share = float64(r.Posts) / s.account.most(in.last.Sub(in.began))
	close(ended)
	publisher.Wait()
	time.Sleep(10 * time.Minute)
	in = s.account.inbox("large", 1)
	r.Seconds, r.Lambdas, r.Repeated = took.Seconds(), s.used().most, in.repeated
	r.Dollars = float64(*subscribers)*cost.MessagePrice + float64(s.used().events-before.events)*cost.InvocationPrice +
		(s.used().spent-before.spent).Seconds()*float64(*memory)/1024*cost.GigabyteSecondPrice +
		float64(s.requests.Load()-requests)*cost.QueueRequestPrice + float64(s.units.Load()-units)*cost.ReadUnitPrice
	slices.Sort(meanwhile)
	if r.Repeated > 0 {
		t.Errorf("got %d repeated posts, want none", r.Repeated)
	}
	if r.Publications = len(meanwhile); r.Publications > 0 {
		r.Meanwhile, r.Slowest = meanwhile[len(meanwhile)/2].Seconds(), meanwhile[len(meanwhile)-1].Seconds()
	}
	s.active(t, "large", *subscribers)
	s.check(t)
	if r.Seconds > 30 && r.Slowest > r.Seconds/4 {
		t.Errorf("a publication of the small channel took %.1f s, that of the large one %.1f s: want a quarter at most", r.Slowest, r.Seconds)
	}
	return r
}

// check checks that the queues are empty, and that the worker has logged no warning.
func (s *simulation) check(t *testing.T) {
	t.Helper()
	waiting, flying := s.queue.Counts()
	dead, _ := s.dead.Counts()
	if waiting+flying+dead > 0 {
		t.Errorf("got %d messages in the queue and %d dead letters, want none", waiting+flying, dead)
	}
	for _, w := range s.used().warned {
		t.Errorf("got the warning %s, want none", w)
	}
}

// active checks that all subscribers of a channel are active. A failed post would have ended
// the subscription.
func (s *simulation) active(t *testing.T, name string, subscribers int) {
	t.Helper()
	n := 0
	for i := range subscribers {
		id := fmt.Sprintf("%s-%07d", name, i)
		of, err := s.table.OfConnection(t.Context(), id)
		if err != nil || len(of) != 1 {
			t.Fatalf("got subscriptions %v of %s, error %v, want one", of, id, err)
		}
		sub, _, err := s.table.Get(t.Context(), of[0].Channel, of[0].Shard, id)
		if err != nil {
			t.Fatal(err)
		}
		if sub.State == channel.Active {
			n++
		}
	}
	if n != subscribers {
		t.Errorf("got %d active subscribers, want %d", n, subscribers)
	}
}
