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

// testProcesses kills processes of the Lambda in the middle of a batch and at any time,
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
				if i := n - first; i < len(faults) { // the other publishers go on
					faults[i](n)
				}
			})
			l.settle(t)
		}
	}
	l.finish(t)
	if killed := s.failedBatches(t); killed < 2 { // those of the first round
		t.Errorf("got %d batches of the queue that failed, want at least 2", killed)
	}
}

// testQueue stops the queue.
func (s *system) testQueue(t *testing.T) {
	l := newLoad(t, s)
	l.publish(t, 12, nil)
	s.inject(t, "queue-down", "{}") // while workers deliver the first ones
	before := l.number
	l.subscribers[1].drop()
	if counts := l.publish(t, 6, nil); counts[accepted] > 0 {
		t.Errorf("got outcomes %v while the queue is down, want none accepted", counts)
	}
	var gone []string
	for n := before + 1; n <= l.number; n++ {
		gone = append(gone, fmt.Sprintf(`{"n":%d}`, n))
	}
	s.inject(t, "disarm", "{}")
	l.publish(t, 12, nil)
	l.finish(t, gone...)
}

// testTable stops the tables.
func (s *system) testTable(t *testing.T) {
	l := newLoad(t, s)
	l.publish(t, 12, nil)
	s.inject(t, "table-down", "{}")
	l.subscribers[2].drop()
	if counts := l.publish(t, 6, nil); counts[accepted] == 0 {
		t.Errorf("got outcomes %v while the tables are down, want some accepted: the queue has them", counts)
	}
	s.awaitRetry(t)
	s.inject(t, "disarm", "{}")
	l.publish(t, 12, nil)
	l.finish(t)
}

// testGateway stops the gateway. A backend publishes meanwhile.
func (s *system) testGateway(t *testing.T) {
	l := newLoad(t, s)
	l.publish(t, 12, nil)
	s.inject(t, "gateway-down", "{}")
	for deadline, n := time.Now().Add(patience), 0; n < 6; {
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
