// Package queue is the local stand-in for SQS FIFO queues and for the event source mapping
// with which Lambda reads them.
//
// As SQS does, a queue gives out the messages of a group in their order, and none of a
// group that has messages in flight. It ignores a message whose deduplication ID was used
// in the last five minutes
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html).
// Differences: messages are kept in memory without a time limit, and there are no standard
// queues and no delays.
package queue

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Config describes a queue.
type Config struct {
	// Visibility is the time for which a message stays hidden after it was given out.
	Visibility time.Duration
	// MaxReceives is the number of times that a message is given out before it moves to
	// DeadLetters. 0: without limit.
	MaxReceives int
	DeadLetters *Queue
	// Scaled returns the time for which a message stays hidden after its reader has failed.
	// Its argument is the rest of Visibility. A shorter time is safe, because no reader works
	// on the message any longer. Nil: the rest itself.
	Scaled func(rest time.Duration) time.Duration
}

// Message is a message of a queue.
type Message struct {
	ID       string // of the queue
	Group    string
	DedupID  string
	Body     string
	Sent     time.Time
	Receives int    // the number of times that it was given out
	Handle   string // of the last time it was given out
	// HiddenUntil is the time from which the message can be given out again. Zero: it was
	// never given out.
	HiddenUntil time.Time
}

// deduplication is the time for which SQS remembers the ID of a message.
const deduplication = 5 * time.Minute

// ErrHandle is the error for a handle that is not the newest one of a message in the queue.
var ErrHandle = errors.New("the receipt handle is invalid or has expired")

// item is a message and its state.
type item struct {
	Message
	chosen bool // Hide or Return has set HiddenUntil since the message was given out
}

// Queue is a FIFO queue. It is safe for concurrent use.
type Queue struct {
	config Config

	mu      sync.Mutex
	items   []*item // in the order in which they were sent
	seen    map[string]seen
	serial  int
	changed chan struct{} // closed when a message may have become available
}

// seen is a message of the last five minutes.
type seen struct {
	messageID string
	until     time.Time
}

// New returns an empty queue.
func New(c Config) *Queue {
	if c.Scaled == nil {
		c.Scaled = func(rest time.Duration) time.Duration { return rest }
	}
	return &Queue{config: c, seen: map[string]seen{}, changed: make(chan struct{})}
}

// Send adds a message and returns its ID: that of the earlier message if it is a duplicate.
func (q *Queue) Send(group, dedupID, body string) string {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	if s, ok := q.seen[dedupID]; ok && now.Before(s.until) {
		return s.messageID
	}
	for id, s := range q.seen {
		if !now.Before(s.until) {
			delete(q.seen, id)
		}
	}
	q.serial++
	id := "message-" + strconv.Itoa(q.serial)
	q.seen[dedupID] = seen{id, now.Add(deduplication)}
	q.add(Message{ID: id, Group: group, DedupID: dedupID, Body: body, Sent: now})
	return id
}

// add appends a message.
func (q *Queue) add(m Message) {
	q.items = append(q.items, &item{Message: m})
	q.wake()
}

// wake tells the callers of Receive that a message may have become available.
func (q *Queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// Receive gives out at most limit messages. It waits for the first one until ctx ends.
func (q *Queue) Receive(ctx context.Context, limit int) []Message {
	for {
		found, changed, wait := q.take(limit)
		if len(found) > 0 {
			return found
		}
		var timer <-chan time.Time
		if wait > 0 {
			t := time.NewTimer(wait)
			defer t.Stop()
			timer = t.C
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-timer:
		}
	}
}

// take gives out messages of the first group that has no message in flight, then of the
// next ones. If there are none, the channel is closed when a message may have become available,
// and the duration is the time until the next hidden message becomes visible. 0: none is hidden.
func (q *Queue) take(limit int) ([]Message, <-chan struct{}, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	q.moveDeadLetters(now)
	locked := map[string]bool{}
	var wait time.Duration
	for _, i := range q.items {
		if left := i.HiddenUntil.Sub(now); left > 0 {
			locked[i.Group] = true
			if wait == 0 || left < wait {
				wait = left
			}
		}
	}
	var found []Message
	taken := map[string]bool{}
	for _, first := range q.items {
		if locked[first.Group] || taken[first.Group] {
			continue
		}
		taken[first.Group] = true
		for _, i := range q.items {
			if i.Group == first.Group && len(found) < limit {
				found = append(found, q.give(i, now))
			}
		}
	}
	return found, q.changed, wait
}

// give hides a message and returns it.
func (q *Queue) give(i *item, now time.Time) Message {
	i.Receives++
	q.serial++
	i.Handle = "handle-" + strconv.Itoa(q.serial)
	i.HiddenUntil, i.chosen = now.Add(q.config.Visibility), false
	return i.Message
}

// moveDeadLetters moves messages that were given out too often to the queue of dead letters.
func (q *Queue) moveDeadLetters(now time.Time) {
	if q.config.MaxReceives == 0 {
		return
	}
	q.items = slices.DeleteFunc(q.items, func(i *item) bool {
		dead := i.Receives >= q.config.MaxReceives && !i.HiddenUntil.After(now)
		if dead && q.config.DeadLetters != nil {
			q.config.DeadLetters.Send(i.Group, i.DedupID, i.Body)
		}
		return dead
	})
}

// Delete removes the message that was given out with a handle. A message that is not there
// any more is not an error.
func (q *Queue) Delete(handle string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = slices.DeleteFunc(q.items, func(i *item) bool { return i.Handle == handle })
	q.wake()
}

// Hide sets the time for which the message with a handle stays hidden from now on. Its error is
// ErrHandle.
func (q *Queue) Hide(handle string, d time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := q.find(handle)
	if i == nil {
		return ErrHandle
	}
	q.hide(i, d)
	return nil
}

// Return reports that the reader of the message with a handle has ended without success.
// The message stays hidden for the rest of its visibility timeout, as Config.Scaled shortens
// it, or for the time that Hide set.
func (q *Queue) Return(handle string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := q.find(handle); i != nil && !i.chosen {
		q.hide(i, q.config.Scaled(time.Until(i.HiddenUntil)))
	}
}

// find returns the message that was given out with a handle, or nil.
func (q *Queue) find(handle string) *item {
	at := slices.IndexFunc(q.items, func(i *item) bool { return i.Handle == handle })
	if at < 0 {
		return nil
	}
	return q.items[at]
}

// hide hides a message for a time that its reader has chosen.
func (q *Queue) hide(i *item, d time.Duration) {
	i.HiddenUntil, i.chosen = time.Now().Add(d), true
	q.wake()
}

// Messages returns all messages, in the order in which they were sent.
func (q *Queue) Messages() []Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := make([]Message, 0, len(q.items))
	for _, i := range q.items {
		all = append(all, i.Message)
	}
	return all
}

// Counts returns the numbers of messages that wait and that are in flight.
func (q *Queue) Counts() (waiting, inFlight int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for _, i := range q.items {
		if i.HiddenUntil.After(now) {
			inFlight++
		} else {
			waiting++
		}
	}
	return waiting, inFlight
}
