package handler_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/channel"
	"sallyport/lambda/handler"
	"sallyport/local/queue"
)

// jobFixture is a fixture whose queue calls the function. The function has 10 seconds, and
// the queue gives a message out again after a minute.
type jobFixture struct {
	*fixture
	queue *queue.Queue
	rng   *rand.Rand
	// deaths is the number of invocations of 1,000 that die in the middle. fate returns the
	// result of a post, or of a disconnect.
	deaths int
	fate   func(ctx context.Context, id string) error

	mu      sync.Mutex
	largest int // the size of the largest message of the queue, in bytes
	groups  map[string]bool
	sendErr error
	died    int
}

// invocation is one run of the function. It has no effect any more after some requests.
type invocation struct {
	mu   sync.Mutex
	left int // the number of requests until it dies; negative: it does not die
}

type invocationKey struct{}

var errDied = errors.New("the function died")

// request does one request of the function that ctx belongs to.
func request(ctx context.Context, do func() error) error {
	if i, ok := ctx.Value(invocationKey{}).(*invocation); ok {
		i.mu.Lock()
		if i.left > 0 {
			i.left--
		}
		dead := i.left == 0
		i.mu.Unlock()
		if dead {
			return errDied
		}
	}
	return do()
}

// newJobFixture returns a fixture with n connections of alice, c0000 and so on. Every third
// one has Centrifugo's protocol.
func newJobFixture(t *testing.T, n int) *jobFixture {
	t.Helper()
	f := &jobFixture{fixture: newFixture(), groups: map[string]bool{}, rng: rand.New(rand.NewPCG(uint64(n), 1)), fate: func(context.Context, string) error { return nil }}
	for i := range n {
		c := handler.Connection{ID: fmt.Sprintf("c%04d", i), User: person("alice"), ConnectedAt: now.Add(-time.Hour)}
		if i%3 == 0 {
			c.Protocol = "centrifuge-json"
		}
		f.table.rows[c.ID] = c
	}
	f.withChannels(t)
	f.config.JobGroups = 3
	dead := queue.New(queue.Config{Visibility: time.Minute})
	f.queue = queue.New(queue.Config{Visibility: time.Minute, MaxReceives: channel.MaxReceives, DeadLetters: dead})
	f.config.Channels = channel.New(channel.Config{Queue: f, Poster: f.posts})
	act := func(ctx context.Context, id string) error {
		return request(ctx, func() error {
			f.mu.Lock()
			pause := time.Duration(5+f.rng.IntN(11)) * time.Millisecond
			f.mu.Unlock()
			time.Sleep(pause)
			return f.fate(ctx, id)
		})
	}
	f.posts.post, f.posts.disconnect = act, act
	return f
}

// Send implements channel.Queue.
func (f *jobFixture) Send(ctx context.Context, messages ...channel.Message) error {
	return request(ctx, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, m := range messages {
			f.largest = max(f.largest, len(m.Body))
			f.groups[m.Group] = true
			f.queue.Send(m.Group, m.ID, string(m.Body))
		}
		return f.sendErr
	})
}

// Retry implements channel.Queue.
func (f *jobFixture) Retry(ctx context.Context, after time.Duration, handles ...string) error {
	return request(ctx, func() error {
		for _, h := range handles {
			if err := f.queue.Hide(h, after); err != nil && !errors.Is(err, queue.ErrHandle) {
				return err
			}
		}
		return nil
	})
}

// worker invokes a Mux with events of the queue.
type worker struct {
	f   *jobFixture
	mux *handler.Mux
}

// Invoke implements queue.Invoker.
func (w worker) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	i := &invocation{left: -1}
	w.f.mu.Lock()
	if w.f.rng.IntN(1000) < w.f.deaths {
		i.left = 1 + w.f.rng.IntN(400)
	}
	w.f.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, invocationKey{}, i), 10*time.Second)
	defer cancel()
	answer, err := w.mux.Invoke(ctx, payload)
	if i.left == 0 {
		w.f.mu.Lock()
		defer w.f.mu.Unlock()
		w.f.died++
		return nil, errDied
	}
	return answer, err
}

// run invokes the function with commands, and lets the workers of the queue finish. It returns
// the answers.
func (f *jobFixture) run(t *testing.T, commands ...string) []string {
	t.Helper()
	mux := f.mux()
	var answers []string
	for _, c := range commands {
		answer, err := mux.Invoke(t.Context(), []byte(c))
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		answers = append(answers, string(answer))
	}
	stop := queue.Mapping{Queue: f.queue, BatchSize: 10, Concurrency: 4, Function: worker{f, mux}}.Start()
	defer stop()
	time.Sleep(2 * time.Hour)
	if waiting, flying := f.queue.Counts(); waiting+flying > 0 {
		t.Errorf("got %d messages left in the queue, want none", waiting+flying)
	}
	return answers
}

const (
	pushToAll = `{"push":{"target":{"all":true},"message":{"n": 1}}}`
	endAll    = `{"disconnect":{"target":{"user":"alice"},"reason":"Lunch"}}`
)

// The function does a command for up to 250 connections at once. A command for more connections
// goes through the queue, with every kind of target.
func TestJobsBeginAt251Connections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		id := person("alice").Subject
		for n, want := range map[int]string{
			0:    `{"sent":0,"gone":0,"failed":0}`,
			250:  `{"sent":250,"gone":0,"failed":0}`,
			251:  `{"sent":0,"gone":0,"failed":0,"queued":251}`,
			1300: `{"sent":0,"gone":0,"failed":0,"queued":1300}`,
		} {
			for _, target := range []string{`{"all":true}`, `{"user":"alice"}`, `{"sub":"` + id + `"}`} {
				f := newJobFixture(t, n)
				got := f.run(t, `{"push":{"target":`+target+`,"message":{"n": 1}}}`)
				if diff := cmp.Diff([]string{want}, got); diff != "" {
					t.Errorf("%d connections of %s: answers (-want +got):\n%s", n, target, diff)
				}
				f.checkPosts(t, n, []string{`{"n": 1}`}, []string{`{"push":{"message":{"data":{"n":1}}}}`})
			}
			ended := strings.Replace(want, "sent", "disconnected", 1)
			f := newJobFixture(t, n)
			if diff := cmp.Diff([]string{ended}, f.run(t, endAll)); diff != "" {
				t.Errorf("%d connections: answers (-want +got):\n%s", n, diff)
			}
			if got := len(f.posts.endedIDs()); got != n || len(f.table.rows) != 0 {
				t.Errorf("got %d of %d connections ended, %d rows left", got, n, len(f.table.rows))
			}
		}
	})
}

// checkPosts checks the messages of n connections, of plain routes and of Centrifugo's
// protocol.
func (f *jobFixture) checkPosts(t *testing.T, n int, plain, centrifuge []string) {
	t.Helper()
	for i := range n {
		want := plain
		if i%3 == 0 {
			want = centrifuge
		}
		if diff := cmp.Diff(want, f.posts.got[fmt.Sprintf("c%04d", i)]); diff != "" {
			t.Fatalf("connection %d of %d: messages (-want +got):\n%s", i, n, diff)
		}
	}
}

// Commands reach each connection in their order. They have only some groups of the queue, so that
// they do not use all of its events.
func TestJobsKeepOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newJobFixture(t, 1300)
		f.run(t, pushToAll, strings.Replace(pushToAll, "1", "2", 1), endAll)
		f.checkPosts(t, 1300,
			[]string{`{"n": 1}`, `{"n": 2}`, `{"type":"closing","data":{"code":"disconnected","message":"Lunch"}}`},
			[]string{`{"push":{"message":{"data":{"n":1}}}}`, `{"push":{"message":{"data":{"n":2}}}}`, `{"push":{"disconnect":{"code":3503,"reason":"Lunch"}}}`})
		if len(f.groups) != f.config.JobGroups {
			t.Errorf("got %d groups, want %d", len(f.groups), f.config.JobGroups)
		}
	})
}

// A route sends to all connections through the queue.
func TestRouteSendsJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newJobFixture(t, 1300)
		f.config.Routes = tellAll(t)
		f.run(t, string(readEvent(t, "message", func(e map[string]any) {
			object(e, "requestContext")["routeKey"], e["body"] = "tell", `{"action":"tell"}`
		})))
		f.checkPosts(t, 1300, []string{`{"type":"news","data":{}}`}, []string{`{"push":{"message":{"data":{"type":"news","data":{}}}}}`})
	})
}

// Commands reach every open connection despite failures. A message arrives twice only if a
// worker died.
func TestJobsReachEveryConnection(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { playJobs(t, seed) })
		})
	}
}

// fateOf returns the fate of a connection. Most connections have the fate "".
func fateOf(id string) string {
	switch n := id[len(id)-2:]; {
	case n < "05":
		return "gone"
	case n == "50":
		return "stuck"
	}
	return ""
}

func playJobs(t *testing.T, seed uint64) {
	t.Helper()
	n := []int{251, 800, 1300}[seed%3]
	f := newJobFixture(t, n)
	f.rng = rand.New(rand.NewPCG(seed, 2))
	f.deaths = []int{0, 300}[seed/3%2]
	throttled := []int{0, 300, 500}[seed/6%3]
	f.fate = func(ctx context.Context, id string) error {
		f.mu.Lock()
		slow := f.rng.IntN(1000) < throttled
		f.mu.Unlock()
		switch {
		case fateOf(id) == "gone":
			return handler.ErrGone
		case slow:
			return fmt.Errorf("post: %w", handler.ErrThrottled)
		case fateOf(id) == "stuck":
			return stuck(ctx)
		}
		return ctx.Err()
	}
	f.run(t, []string{pushToAll, endAll}[seed/18%2])
	posts, ended := 0, map[string]bool{}
	for _, id := range f.posts.ended {
		ended[id] = true
	}
	for i := range n {
		id := fmt.Sprintf("c%04d", i)
		_, row := f.table.rows[id]
		got := len(f.posts.got[id])
		posts += got
		switch {
		case fateOf(id) == "gone" && row, fateOf(id) == "stuck" && !row:
			t.Errorf("%s is %s: got a row %t, want %t", id, fateOf(id), row, !row)
		case fateOf(id) != "":
		case seed/18%2 == 0 && got == 0, seed/18%2 == 1 && (!ended[id] || row):
			t.Errorf("%s was not reached", id)
		}
	}
	if seed/18%2 == 0 && f.died == 0 && posts > n {
		t.Errorf("got %d posts to %d connections, want one each", posts, n)
	}
}

// stuck is a post to a client that does not read.
func stuck(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	<-ctx.Done()
	return ctx.Err()
}
