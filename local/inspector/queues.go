package inspector

import (
	"net/http"
	"time"
)

// The largest numbers of groups of a queue, and of messages of a group, in one answer.
const (
	maxGroups   = 100
	maxMessages = 10
)

// Queue is a FIFO queue.
type Queue struct {
	Name          string
	DeadLettersOf string // the queue whose dead letters this queue receives; empty: it receives none
	MaxReceives   int    // the number of times that a message is given out before it is a dead letter; 0: without limit
	Messages      []Message
}

// Message is a message of a queue.
type Message struct {
	ID, Group, Body string
	Receives        int // the number of times that the message was given out
	Sent            time.Time
	HiddenUntil     time.Time // zero: the message was never given out
}

// queueState is a queue in the form for the page. Times are Unix milliseconds.
type queueState struct {
	Name          string       `json:"name"`
	DeadLettersOf string       `json:"deadLettersOf,omitempty"`
	MaxReceives   int          `json:"maxReceives,omitempty"`
	Waiting       int          `json:"waiting"`  // the number of messages that can be given out
	InFlight      int          `json:"inFlight"` // the number of hidden messages: a worker has them, or their next attempt comes later
	Groups        []groupState `json:"groups"`   // the oldest first, at most maxGroups
	MoreGroups    int          `json:"moreGroups"`
}

// groupState is a message group in the form for the page.
type groupState struct {
	Group    string         `json:"group"`
	Waiting  int            `json:"waiting"`
	InFlight int            `json:"inFlight"`
	Messages []messageState `json:"messages"` // the oldest first, at most maxMessages
}

// messageState is a message in the form for the page. Times are Unix milliseconds.
type messageState struct {
	ID       string `json:"id"`
	Receives int    `json:"receives"`
	SentAt   int64  `json:"sentAt"`
	// VisibleAt is the time of the next attempt. 0: the message can be given out now.
	VisibleAt int64 `json:"visibleAt,omitempty"`
	Body      Part  `json:"body"`
}

func (i *Inspector) serveQueues(w http.ResponseWriter, _ *http.Request) {
	now := time.Now()
	states := []queueState{} // never null
	for _, q := range i.config.Queues() {
		states = append(states, describeQueue(q, now))
	}
	answer(w, http.StatusOK, map[string]any{"queues": states})
}

func describeQueue(q Queue, now time.Time) queueState {
	s := queueState{Name: q.Name, DeadLettersOf: q.DeadLettersOf, MaxReceives: q.MaxReceives, Groups: []groupState{}}
	index := map[string]int{} // of a group
	for _, m := range q.Messages {
		at, known := index[m.Group]
		if !known {
			at = len(index)
			index[m.Group] = at
			if at < maxGroups {
				s.Groups = append(s.Groups, groupState{Group: m.Group})
			}
		}
		hidden := m.HiddenUntil.After(now)
		count(hidden, &s.Waiting, &s.InFlight)
		if at >= maxGroups {
			continue
		}
		g := &s.Groups[at]
		count(hidden, &g.Waiting, &g.InFlight)
		if len(g.Messages) < maxMessages {
			g.Messages = append(g.Messages, describeMessage(m, hidden))
		}
	}
	s.MoreGroups = len(index) - len(s.Groups)
	return s
}

// count adds a message to one of two numbers.
func count(hidden bool, waiting, inFlight *int) {
	if hidden {
		*inFlight++
	} else {
		*waiting++
	}
}

func describeMessage(m Message, hidden bool) messageState {
	s := messageState{ID: m.ID, Receives: m.Receives, SentAt: m.Sent.UnixMilli(), Body: part([]byte(m.Body))}
	if hidden {
		s.VisibleAt = m.HiddenUntil.UnixMilli()
	}
	return s
}
