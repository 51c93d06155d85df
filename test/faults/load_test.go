package faults

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/centrifugal/centrifuge-go"
	"github.com/google/uuid"
)

// load is a channel with subscribers and publishers.
type load struct {
	*system
	channel     string
	subscribers []*subscriber
	publishers  []*publisher

	mu       sync.Mutex // guards the fields below
	number   int        // of the last publication
	outcomes map[string]outcome
}

// newLoad returns a load with 4 subscribers and 3 publishers.
func newLoad(t *testing.T, s *system) *load {
	t.Helper()
	l := &load{system: s, channel: "chat:" + uuid.NewString(), outcomes: map[string]outcome{}}
	for _, user := range []string{"ann", "bob", "cem", "dag"} {
		l.subscribers = append(l.subscribers, s.subscribe(t, user, l.channel))
	}
	for _, user := range []string{"eve", "fay", "gil"} {
		l.publishers = append(l.publishers, s.publisher(t, user, l.channel))
	}
	return l
}

// next returns the number and the data of the next publication.
func (l *load) next() (int, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.number++
	return l.number, fmt.Sprintf(`{"n":%d}`, l.number)
}

// note records the outcome of a publication.
func (l *load) note(data string, o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outcomes[data] = o
}

// publish makes all publishers publish at the same time, n publications in total, and waits
// for their outcomes. It returns the number of each outcome. If fault is not nil, the
// publisher of each publication calls it first, while the other publishers continue.
func (l *load) publish(t *testing.T, n int, fault func(number int)) map[outcome]int {
	t.Helper()
	turns := make(chan struct{}, n)
	for range n {
		turns <- struct{}{}
	}
	close(turns)
	counts := map[outcome]int{}
	var all sync.WaitGroup
	for _, p := range l.publishers {
		all.Go(func() {
			for range turns {
				number, data := l.next()
				if fault != nil {
					fault(number)
				}
				o := p.publish(t.Context(), data)
				l.note(data, o)
				l.mu.Lock()
				counts[o]++
				l.mu.Unlock()
			}
		})
	}
	all.Wait()
	return counts
}

// finish ends all failures, waits until every subscriber has every accepted publication, and
// checks all that the subscribers received. The publications in refused must not arrive.
func (l *load) finish(t *testing.T, refused ...string) {
	t.Helper()
	l.inject(t, "disarm", "{}")
	for deadline, last := time.Now().Add(hangLimit), unknown; last != accepted; {
		if time.Now().After(deadline) {
			t.Fatalf("the last publication was %s, want it accepted", last)
		}
		_, data := l.next()
		last = l.publishers[0].publish(t.Context(), data)
		l.note(data, last)
	}
	l.settle(t)
	l.awaitWork(t) // after this, no publication arrives
	history := l.history(t)
	for i, c := range l.subscribers {
		check(t, i, c, history)
	}
	for _, data := range refused {
		if slices.Contains(history, data) {
			t.Errorf("got the refused publication %s in the history, want it absent", data)
		}
	}
	counts := map[outcome]int{}
	for _, o := range l.outcomes {
		counts[o]++
	}
	t.Logf("publications: %v", counts)
}

// settle waits until every subscriber has every accepted publication.
func (l *load) settle(t *testing.T) {
	t.Helper()
	for _, c := range l.subscribers {
		c.await(t, "an accepted publication", func() bool {
			got := map[string]bool{}
			for _, p := range c.received {
				got[p.data] = true
			}
			if c.gap() > 0 {
				return true // the missing publication will not arrive
			}
			for data, o := range l.outcomes {
				if o == accepted && !got[data] {
					return false
				}
			}
			return true
		})
		c.mu.Lock()
		at, received := c.gap(), slices.Clone(c.received)
		c.mu.Unlock()
		if at > 0 {
			t.Fatalf("got a gap before offset %d: %v", at, received)
		}
	}
}

// history returns the publications of the channel.
func (l *load) history(t *testing.T) []string {
	t.Helper()
	result, err := l.subscribers[0].sub.History(t.Context(), centrifuge.WithHistoryLimit(-1))
	for deadline := time.Now().Add(hangLimit); err != nil; { // the subscription may be interrupted at this time
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		result, err = l.subscribers[0].sub.History(t.Context(), centrifuge.WithHistoryLimit(-1))
	}
	var all []string
	for _, p := range result.Publications {
		if p.Offset != uint64(len(all))+1 {
			t.Fatalf("got offset %d in the history, want %d", p.Offset, len(all)+1)
		}
		all = append(all, string(p.Data))
	}
	return all
}

// check checks that a subscriber has received the publications of the channel without a
// gap. The history has all of them, so each recovery must be complete. A publication may
// arrive again with the same offset.
func check(t *testing.T, number int, c *subscriber, history []string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	t.Logf("subscriber %d: %d publications received, %d different, subscribed %d times", number, len(c.received), len(history), c.joined)
	for _, p := range c.received {
		if p.offset == 0 || p.offset > uint64(len(history)) || history[p.offset-1] != p.data {
			t.Errorf("subscriber %d: got %s with offset %d, which the history does not have", number, p.data, p.offset)
		}
	}
	if at := c.gap(); at > 0 {
		t.Errorf("subscriber %d: got a gap before offset %d: %v", number, at, c.received)
	}
	if c.partial > 0 {
		t.Errorf("subscriber %d: got %d incomplete recoveries, want none", number, c.partial)
	}
}
