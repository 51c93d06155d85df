package channels

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sallyport/lambda/channel"
	"sallyport/local/queue"
)

var (
	seeds = flag.Int("seeds", 100, "number of seeds of the model test")
	first = flag.Uint64("seed", 0, "first seed of the model test")
)

// Each durable publication reaches each subscriber at least once, and in order, unless the
// subscriber was told that it missed something. Publishers, subscribers, workers, the
// queue, the tables and the gateway are interrupted at every step.
func TestGapless(t *testing.T) {
	resets, received := 0, 0
	for seed := *first; seed < *first+uint64(*seeds); seed++ {
		ok := t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for _, c := range play(t, seed) {
					resets += c.resets
					received += len(c.received)
				}
			})
		})
		if !ok {
			t.Fatalf("seed %d failed: go test ./test/channels -run TestGapless -seed %d -seeds 1", seed, seed)
		}
	}
	t.Logf("%d seeds, %d publications received, %d failed recoveries told", *seeds, received, resets)
}

// play runs one world and checks it.
func play(t *testing.T, seed uint64) []*client {
	t.Helper()
	w := newWorld(seed)
	mapping := queue.Mapping{Queue: w.queue, BatchSize: 10, Concurrency: 2 + w.rng.IntN(4), Function: w}
	stop := mapping.Start()
	var clients []*client
	var running, publishers, apps sync.WaitGroup
	for i := range 1 + w.rng.IntN(8) {
		c := newClient(w, fmt.Sprint("u", i%3), fmt.Sprint("room:", i%2))
		if w.rng.IntN(4) == 0 {
			c.own, c.channel = true, ownChannel(w, c.name)
		}
		clients = append(clients, c)
	}
	for _, c := range clients { // from here on, the clients use w.rng
		running.Go(c.run)
	}
	for i := range 3 {
		rng := rand.New(rand.NewPCG(seed, uint64(i)+10))
		publishers.Go(func() {
			for range 5 + rng.IntN(30) {
				time.Sleep(time.Duration(rng.IntN(1000)) * time.Millisecond)
				w.publish([]string{"room:0", "room:0", "room:1", "closed:0", "none:0", "inbox:" + channel.UserKey(user("u0")), "orders:" + channel.UserKey(user("u0"))}[rng.IntN(7)])
			}
		})
	}
	apps.Go(func() { pause(clients, rand.New(rand.NewPCG(seed, 30))) })
	rng := rand.New(rand.NewPCG(seed, 20))
	for range rng.IntN(10) { // drops
		time.Sleep(time.Duration(rng.IntN(3000)) * time.Millisecond)
		c := clients[rng.IntN(len(clients))]
		c.mu.Lock()
		id := c.id
		c.mu.Unlock()
		_ = w.closeConnection(id)
	}
	publishers.Wait()
	apps.Wait()
	w.calm()
	time.Sleep(2 * time.Hour) // longer than the queue tries
	check(t, w, clients)
	if t.Failed() {
		t.Log(w.report())
	}
	for _, c := range clients {
		c.halt()
	}
	running.Wait()
	stop()
	return clients
}

// pause lets the apps of clients unsubscribe, and subscribe again soon, several times.
func pause(clients []*client, rng *rand.Rand) {
	var soon sync.WaitGroup
	for range rng.IntN(12) {
		time.Sleep(time.Duration(rng.IntN(2000)) * time.Millisecond)
		c := clients[rng.IntN(len(clients))]
		if c.own {
			continue
		}
		var waits []time.Duration // between the changes
		for range 1 + rng.IntN(6) {
			waits = append(waits, time.Duration(rng.IntN(150))*time.Millisecond)
		}
		soon.Go(func() {
			for i, wait := range waits {
				if i%2 == 0 {
					c.pause()
				} else {
					c.resume()
				}
				time.Sleep(wait)
			}
		})
	}
	soon.Wait()
}

// ownChannel returns one of the own channels of a user.
func ownChannel(w *world, name string) string {
	return []string{"inbox:", "orders:"}[w.rng.IntN(2)] + channel.UserKey(user(name))
}

func check(t *testing.T, w *world, clients []*client) {
	t.Helper()
	if waiting, flying := w.queue.Counts(); waiting+flying > 0 {
		t.Errorf("the queue still has %d messages", waiting+flying)
	}
	w.memory.mu.Lock()
	defer w.memory.mu.Unlock()
	w.check(t)
	for _, c := range clients {
		c.check(t, w)
	}
}

// check checks the streams and the rows of subscribers. w.memory.mu must be locked.
func (w *world) check(t *testing.T) {
	t.Helper()
	w.mu.Lock() // goroutines that have ended wrote under this lock
	defer w.mu.Unlock()
	for name, s := range w.memory.streams {
		at := map[string]uint64{}
		next := uint64(1)
		for next <= s.Top {
			b, ok := w.memory.batches[stream{name, s.Epoch}][next]
			if !ok {
				t.Fatalf("%s: no batch at offset %d of %d", name, next, s.Top)
			}
			for _, p := range b.Publications {
				if at[string(p.Data)] > 0 {
					t.Errorf("%s: publication %s has the offsets %d and %d", name, p.Data, at[string(p.Data)], p.Offset)
				}
				at[string(p.Data)] = p.Offset
				if w.refused[string(p.Data)] {
					t.Errorf("%s: has the refused publication %s", name, p.Data)
				}
				next++
			}
		}
		for _, data := range w.accepted[name] {
			if at[data] == 0 {
				t.Errorf("%s: the accepted publication %s is lost", name, data)
			}
		}
	}
	for at, rows := range w.memory.subscribers {
		for id, r := range rows {
			if r.lives() && w.open[id] == nil && !w.lost[id] {
				t.Errorf("%s is present in %s after it was closed", id, at.channel)
			}
		}
	}
}

// check checks one client. w.memory.mu must be locked.
func (c *client) check(t *testing.T, w *world) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.problems {
		t.Error(p)
	}
	isPresent := func(id string) bool {
		r := w.memory.subscribers[shardKey{c.channel, w.memory.connections[id][c.channel].Shard}][id]
		return r.lives()
	}
	if got := isPresent(c.id); got == c.paused {
		t.Errorf("%s in %s: got present %t, want %t", c.id, c.channel, got, !c.paused)
	}
	if c.paused {
		return
	}
	if s := w.memory.streams[c.channel]; !c.subscribed || c.have != s.Top || c.epoch != s.Epoch {
		t.Errorf("%s of %s: subscribed %t, has publications up to %d, want %d", c.id, c.channel, c.subscribed, c.have, s.Top)
	}
	for id, joined := range c.present {
		if w.perfect && joined != isPresent(id) {
			t.Errorf("%s of %s was told last that %s is present: %t, want %t", c.id, c.channel, id, joined, !joined)
		}
	}
}
