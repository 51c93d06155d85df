package faults

import (
	"fmt"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	s := start(t)
	t.Run("processes", s.testProcesses)
	t.Run("queue", s.testQueue)
	t.Run("table", s.testTable)
	t.Run("gateway", s.testGateway)
}

// testProcesses kills processes of the function in the middle of a batch and at any time,
// drops sockets, and delays and loses posts.
func (s *system) testProcesses(t *testing.T) {
	l := newLoad(t, s)
	post := func(action, body string) func(int) {
		return func(int) { s.inject(t, action, body) }
	}
	drop := func(n int) { l.subscribers[n%len(l.subscribers)].drop() }
	rounds := [][]func(n int){ // the faults of each round
		{post("kill-worker", "{}")},
		{drop},
		{post("kill", "{}")},
		{post("kill-worker", "{}"), drop},
		{post("delay", `{"seconds":30}`), drop}, // half a second in this run
		{drop, post("kill", "{}"), drop},
		{post("lose", "{}")},
	}
	for range 2 {
		for _, faults := range rounds {
			first := l.number + 1
			l.publish(t, 6, func(n int) {
				if i := n - first; i < len(faults) { // the other publishers continue
					faults[i](n)
				}
			})
			l.settle(t)
		}
	}
	l.finish(t)
	if failed := s.failedBatches(t); failed < 2 { // the kill-worker of the first round, twice
		t.Errorf("got %d failed batches of the queue, want at least 2", failed)
	}
}

// testQueue stops the queue.
func (s *system) testQueue(t *testing.T) {
	l := newLoad(t, s)
	l.publish(t, 12, nil)
	s.inject(t, "queue-down", "{}") // while workers deliver these publications
	before := l.number
	l.subscribers[1].drop()
	if counts := l.publish(t, 6, nil); counts[accepted] > 0 {
		t.Errorf("got outcomes %v while the queue is down, want none accepted", counts)
	}
	var refused []string
	for n := before + 1; n <= l.number; n++ {
		refused = append(refused, fmt.Sprintf(`{"n":%d}`, n))
	}
	s.inject(t, "disarm", "{}")
	l.publish(t, 12, nil)
	l.finish(t, refused...)
}

// testTable stops the tables.
func (s *system) testTable(t *testing.T) {
	l := newLoad(t, s)
	l.publish(t, 12, nil)
	s.inject(t, "table-down", "{}")
	l.subscribers[2].drop()
	if counts := l.publish(t, 6, nil); counts[accepted] == 0 {
		t.Errorf("got outcomes %v while the tables are down, want some accepted, because the queue works", counts)
	}
	s.awaitRetry(t)
	s.inject(t, "disarm", "{}")
	l.publish(t, 12, nil)
	l.finish(t)
}

// testGateway stops the gateway. A backend publishes during the outage.
func (s *system) testGateway(t *testing.T) {
	l := newLoad(t, s)
	l.publish(t, 12, nil)
	s.inject(t, "gateway-down", "{}")
	for deadline, n := time.Now().Add(hangLimit), 0; n < 6; {
		_, data := l.next()
		o := s.publishAs(t, l.channel, data)
		if l.note(data, o); o == accepted {
			n++
		}
		if time.Now().After(deadline) {
			t.Fatalf("got outcomes %v while the gateway is down, want 6 accepted", l.outcomes)
		}
	}
	if counts := l.publish(t, 6, nil); counts[accepted] > 0 {
		t.Errorf("got outcomes %v while the gateway is down, want none accepted", counts)
	}
	s.inject(t, "disarm", "{}")
	l.publish(t, 12, nil)
	l.finish(t)
}
