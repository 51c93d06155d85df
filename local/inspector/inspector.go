// Package inspector shows a developer the events of the function with their answers, and the
// open connections. It can also inject failures.
//
// It is part of the local run only. Its paths begin with /inspector/ on the site's origin,
// so that the content security policy of the page allows them. No deployed part depends on
// it, and neither do the gateway and the function.
//
// It keeps the last 1,000 events in memory, and 16 KB of each event and answer. It shows no
// tokens and tickets. Every user of this machine can read the rest: message bodies, user
// names and addresses.
//
// It accepts requests of the site's own pages and of clients that are not browsers. The
// Host header must be the site's own address, which prevents DNS rebinding, and the request
// must not come from a page of another origin.
package inspector

import (
	"context"
	"slices"
	"sync"
	"time"
)

// maxEvents is the number of events that are kept.
const maxEvents = 1000

// Config has the functions by which the inspector reads and changes the run.
type Config struct {
	// Host is the address of the site, as HOST:PORT.
	Host string
	// Connections returns the open connections, the oldest first.
	Connections func() []Connection
	// Expire closes a connection as at a time limit. It returns false if no connection
	// has this ID.
	Expire func(id string) bool
	// Kill kills every process of the function.
	Kill func()
	// KillDuring kills the processes of the function that work on an event for which match
	// returns true, and returns their number.
	KillDuring func(match func(payload []byte) bool) int
	// Invoke calls the function with an event.
	Invoke func(ctx context.Context, payload []byte) ([]byte, error)
	// Queues returns the queues with their messages, the oldest message first.
	Queues func() []Queue
	// Scaled returns the duration that d has in this run. Nil: d itself.
	Scaled func(d time.Duration) time.Duration
}

// Connection is an open connection. Times are Unix milliseconds.
type Connection struct {
	ID           string `json:"id"`
	User         string `json:"user,omitempty"` // as returned by the authorizer
	ConnectedAt  int64  `json:"connectedAt"`
	LastActiveAt int64  `json:"lastActiveAt"`
	SourceIP     string `json:"sourceIp"`
	UserAgent    string `json:"userAgent,omitempty"`
	Received     int64  `json:"received"` // messages from the client
	Sent         int64  `json:"sent"`     // messages to the client
}

// Inspector keeps the latest events and the injected failures. Its methods are safe for
// concurrent use.
type Inspector struct {
	config Config
	run    int64 // identifies the run

	mu     sync.Mutex // guards the fields below
	events []*Event
	counts []connectionCount  // the oldest first
	last   int64              // the ID of the newest event
	news   chan struct{}      // closed when the next event is recorded
	armed  map[failure]string // the connection of each failure; "": any connection
	delay  time.Duration      // the duration of the failure "delay"
}

// New returns an inspector without events.
func New(c Config) *Inspector {
	if c.Scaled == nil {
		c.Scaled = func(d time.Duration) time.Duration { return d }
	}
	return &Inspector{config: c, run: time.Now().UnixMilli(), news: make(chan struct{}), armed: map[failure]string{}}
}

// Record keeps an event of the function. It needs one or two microseconds, because a small
// event is converted only when a page requests it.
func (i *Inspector) Record(in Invocation) {
	const small = 2 * maxPart // about the size of the converted event
	if len(in.Payload)+len(in.Answer)+len(in.Log) > small {
		i.keep(describe(in))
		return
	}
	i.keep(&Event{raw: &in})
}

func (i *Inspector) keep(e *Event) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.last++
	e.ID = i.last
	i.events = append(i.events, e)
	if len(i.events) > maxEvents {
		i.events = slices.Delete(i.events, 0, 1)
	}
	close(i.news)
	i.news = make(chan struct{})
}

// after returns the oldest events with an ID above id, at most limit, and whether there are
// more. The next event closes news.
func (i *Inspector) after(id int64, limit int) (events []*Event, more bool, news <-chan struct{}) {
	i.mu.Lock()
	defer i.mu.Unlock()
	from, _ := slices.BinarySearchFunc(i.events, id+1, func(e *Event, id int64) int { return int(e.ID - id) })
	newer := i.events[from:]
	more = len(newer) > limit
	events = append([]*Event{}, newer[:min(limit, len(newer))]...) // never null
	for _, e := range events {
		if e.raw != nil {
			id := e.ID
			*e = *describe(*e.raw)
			e.ID = id
		}
	}
	return events, more, i.news
}
