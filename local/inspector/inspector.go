// Package inspector shows a developer what goes to the Lambda and what it
// answers, who is connected, and lets one see the failures that people fear.
//
// It is a part of the local run only, served below /inspector/ on the site's
// origin, so that the page's policy need not know it. Nothing that is deployed
// knows of it; neither do the gateway and the function that it looks at.
//
// What it keeps is bounded: the last 1,000 events, of each event and answer 16
// KB, gone at exit. Tokens and tickets are taken out before anything is shown. Whoever may
// use this machine may read the rest: message bodies, user names, addresses.
//
// Only the site's own pages are answered (and clients that are no browsers):
// a request must be addressed to the site's own address, which defeats DNS
// rebinding, and must not come from a page of another origin.
package inspector

import (
	"slices"
	"sync"
	"time"
)

// maxEvents is how many events are kept.
const maxEvents = 1000

// Config is what the inspector looks at and acts upon.
type Config struct {
	// Host is the site's own address, host:port.
	Host string
	// Connections returns the open connections, the oldest first.
	Connections func() []Connection
	// Expire ends a connection as its time limits do, and reports whether there
	// was one.
	Expire func(id string) bool
	// Kill ends every process of the Lambda at once.
	Kill func()
}

// Connection is an open connection. Times are Unix milliseconds.
type Connection struct {
	ID           string `json:"id"`
	User         string `json:"user,omitempty"` // as the authorizer told
	ConnectedAt  int64  `json:"connectedAt"`
	LastActiveAt int64  `json:"lastActiveAt"`
	Received     int64  `json:"received"` // messages of the client
	Sent         int64  `json:"sent"`     // messages to it
}

// Inspector keeps the latest events and the failures that are to come. Its
// methods may be used concurrently.
type Inspector struct {
	config Config
	run    int64 // tells one run from another

	mu     sync.Mutex // guards everything below
	events []*Event
	last   int64              // the newest event's ID
	news   chan struct{}      // closed at the next event
	armed  map[failure]string // the connection that each is for; "": any
}

// New returns an inspector that has seen nothing yet.
func New(c Config) *Inspector {
	return &Inspector{config: c, run: time.Now().UnixMilli(), news: make(chan struct{}), armed: map[failure]string{}}
}

// Record keeps an event that went to the Lambda. It takes a microsecond or two:
// unless it is large, nothing is made of it before somebody looks.
func (i *Inspector) Record(in Invocation) {
	const most = 2 * maxPart // about what is kept of it afterwards
	if len(in.Payload)+len(in.Answer)+len(in.Log) > most {
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

// after returns the oldest events that are newer than the one with that id, at
// most limit, whether there are more, and what tells of the next one.
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
