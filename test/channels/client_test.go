package channels

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
)

// client is a subscriber that behaves as centrifuge-js 5.8.0 does: it ignores publications
// unless it is subscribed, its position is the offset of the last publication that it
// received, and it notices neither gaps nor repetitions.
type client struct {
	w       *world
	name    string // of the user
	channel string
	own     bool                            // the channel is the user's own: the command connect subscribes to it
	other   map[string]centrifuge.Subscribe // the positions in the other own channels of the user

	mu    sync.Mutex
	inbox []message
	wake  chan struct{}
	stop  bool

	id         string // of the connection; empty: none
	subscribed bool
	epoch      string
	offset     uint64
	positioned bool // epoch and offset are set
	commandID  uint32
	deadline   time.Time // of the reply to commandID
	paused     bool      // the app has unsubscribed
	ending     uint32    // ID of the unsubscribe command that has no reply yet
	ends       time.Time // deadline of its reply

	// The state of the client, to be checked.
	have     uint64 // publications up to this offset were received, or it was told otherwise
	received map[string]bool
	problems []string
	resets   int             // recovery failed, and the client was told
	present  map[string]bool // the connections that pushes named as present, in this subscription
}

type message struct {
	connection string
	frame      string // empty: the connection was closed
}

func newClient(w *world, name, ch string) *client {
	return &client{w: w, name: name, channel: ch, wake: make(chan struct{}, 1), received: map[string]bool{}}
}

func (c *client) put(m message) {
	c.mu.Lock()
	c.inbox = append(c.inbox, m)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run runs the client until halt is called.
func (c *client) run() {
	for {
		c.mu.Lock()
		if c.stop {
			c.mu.Unlock()
			return
		}
		inbox := c.inbox
		c.inbox = nil
		for _, m := range inbox {
			c.handle(m)
		}
		wait := time.Hour
		if c.ending > 0 && !time.Now().Before(c.ends) { // no reply: connect again
			go func(id string) { _ = c.w.closeConnection(id) }(c.id)
			c.id, c.subscribed, c.ending = "", false, 0
		}
		switch {
		case c.paused && c.ending > 0:
			wait = time.Until(c.ends)
		case c.paused:
		case c.id == "":
			c.id = c.w.connect(c)
			c.subscribe()
			wait = 5 * time.Second
		case !c.subscribed && !time.Now().Before(c.deadline): // no reply
			go func(id string) { _ = c.w.closeConnection(id) }(c.id)
			c.id = ""
			wait = 300 * time.Millisecond
		case !c.subscribed:
			wait = time.Until(c.deadline)
		}
		if c.ending > 0 {
			wait = min(wait, time.Until(c.ends))
		}
		c.mu.Unlock()
		select {
		case <-c.wake:
		case <-time.After(wait):
		}
	}
}

func (c *client) halt() {
	c.mu.Lock()
	c.stop = true
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// pause unsubscribes, as the app does. The client does not wait for the reply.
func (c *client) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paused {
		return
	}
	c.paused, c.subscribed = true, false
	if c.id == "" {
		return
	}
	c.commandID++
	c.ending, c.ends = c.commandID, time.Now().Add(5*time.Second)
	c.wakeUp()
	id, command := c.id, c.commandID
	go func() {
		_ = c.w.invoke(func(ctx context.Context, h *channel.Hub, i *invocation) error {
			sender := channel.Client{ConnectionID: id, User: user(c.name), Command: command}
			if err := h.Unsubscribe(ctx, sender, c.channel); err != nil {
				return err
			}
			return i.request(func() error { return c.w.arrive(id, fmt.Appendf(nil, `{"id":%d,"unsubscribe":{}}`, command)) })
		})
	}()
}

// resume subscribes again after pause.
func (c *client) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.paused {
		return
	}
	c.paused = false
	if c.id != "" {
		c.subscribe()
	}
	c.wakeUp()
}

func (c *client) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// subscribe sends the command, which runs the function. c.mu must be locked.
func (c *client) subscribe() {
	c.commandID++
	c.subscribed = false
	c.deadline = time.Now().Add(5 * time.Second)
	r := centrifuge.Subscribe{Channel: c.channel, Recover: c.positioned, Epoch: c.epoch, Offset: c.offset, JoinLeave: true}
	id, command, answer := c.id, c.commandID, answerSubscribe
	if c.own {
		answer = c.answerConnect
	}
	go func() {
		err := c.w.invoke(func(ctx context.Context, h *channel.Hub, _ *invocation) error {
			sender := channel.Client{ConnectionID: id, User: user(c.name), Command: command, Until: time.Now().Add(24 * time.Hour)}
			return answer(ctx, h, sender, command, r)
		})
		if err != nil { // it may have left a subscription of a connection that was closed
			c.w.mu.Lock()
			defer c.w.mu.Unlock()
			c.w.lost[id] = true
		}
	}()
}

// handle receives a frame. c.mu must be locked.
func (c *client) handle(m message) {
	switch {
	case m.connection != c.id:
		return
	case m.frame == "":
		c.id, c.subscribed, c.ending = "", false, 0
		return
	}
	for line := range strings.SplitSeq(m.frame, "\n") {
		var r centrifuge.Reply
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			c.problem("frame %q: %v", line, err)
			continue
		}
		switch {
		case r.Subscribe != nil:
			if r.ID == c.commandID && !c.subscribed && !c.paused {
				c.reply(*r.Subscribe)
			}
		case r.Connect != nil:
			if r.ID == c.commandID && !c.subscribed {
				c.reply(r.Connect.Subs[c.channel])
				c.other = map[string]centrifuge.Subscribe{}
				for name, s := range r.Connect.Subs {
					if name != c.channel { // recover all publications, so that the reply is large
						c.other[name] = centrifuge.Subscribe{Recover: true, Epoch: s.Epoch}
					}
				}
			}
		case r.Unsubscribe != nil:
			if r.ID == c.ending {
				c.ending = 0
			}
		case r.Push == nil:
		case r.Push.Disconnect != nil:
			go func(id string) { _ = c.w.closeConnection(id) }(c.id)
			c.id, c.subscribed, c.ending = "", false, 0
			return
		case !c.subscribed: // a push for a subscription before
		case r.Push.Join != nil && r.Push.Channel == c.channel:
			c.present[r.Push.Join.Info.Client] = true
		case r.Push.Leave != nil && r.Push.Channel == c.channel:
			c.present[r.Push.Leave.Info.Client] = false
		case r.Push.Unsubscribe != nil && r.Push.Channel == c.channel:
			if c.own {
				c.problem("the server unsubscribed the user's own channel")
			}
			c.subscribe()
		case r.Push.Pub != nil && r.Push.Channel == c.channel:
			c.publication(*r.Push.Pub)
		}
	}
}

func (c *client) reply(s centrifuge.Subscribed) {
	c.subscribed, c.present = true, map[string]bool{}
	if s.WasRecovering != c.positioned {
		c.problem("the reply says was_recovering %t, want %t", s.WasRecovering, c.positioned)
	}
	told := !c.positioned || !s.Recovered
	if told {
		if c.positioned {
			c.resets++
		}
		c.have = s.Offset
	} else if s.Epoch != c.epoch {
		c.problem("recovered with another epoch")
	}
	c.epoch, c.offset, c.positioned = s.Epoch, s.Offset, true
	for _, p := range s.Publications {
		c.publication(p)
	}
}

func (c *client) publication(p centrifuge.Publication) {
	if p.Offset > c.have {
		if p.Offset != c.have+1 {
			c.problem("received offset %d after %d", p.Offset, c.have)
		}
		c.have = p.Offset
		if c.received[string(p.Data)] {
			c.problem("received %s with two offsets", p.Data)
		}
		c.received[string(p.Data)] = true
	}
	c.offset = p.Offset
}

func (c *client) problem(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf("%s at %s: ", c.id, c.channel)+fmt.Sprintf(format, args...))
}
