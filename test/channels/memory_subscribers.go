package channels

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"sallyport/lambda/channel"
)

// Join implements channel.Subscribers.
func (m *Memory) Join(_ context.Context, s channel.Subscriber) (channel.Subscriber, bool, error) {
	s, err := m.list(s)
	if err != nil {
		return s, false, err
	}
	again, err := m.join(s)
	return s, again, err
}

// list is the first part of Join.
func (m *Memory) list(s channel.Subscriber) (channel.Subscriber, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.of(s.ConnectionID)
	old := all[s.Channel]
	if old.command > s.Command {
		return s, channel.ErrLate
	}
	if old.sharded {
		s.Shard = old.Shard
	}
	all[s.Channel] = listed{channel.Subscription{Channel: s.Channel, Shard: s.Shard, Token: s.Token, User: s.User}, s.Command, false, true}
	return s, nil
}

// join is the second part of Join.
func (m *Memory) join(s channel.Subscriber) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	in := m.shard(s.Channel, s.Shard)
	old := in[s.ConnectionID]
	if old.Command > s.Command {
		return false, channel.ErrLate
	}
	in[s.ConnectionID] = row{Subscriber: s}
	return old.lives() && old.Token != s.Token, nil
}

// shard returns the rows of a shard. m.mu must be locked.
func (m *Memory) shard(name string, shard int) map[string]row {
	in := shardKey{name, shard}
	if m.subscribers[in] == nil {
		m.subscribers[in] = map[string]row{}
	}
	return m.subscribers[in]
}

func (r row) lives() bool { return r.ExpiresAt.After(time.Now()) }

// Activate implements channel.Subscribers.
func (m *Memory) Activate(_ context.Context, s channel.Subscriber) (bool, error) {
	var missed bool
	m.change(s, func(r *row) {
		switch {
		case r.State != channel.Joining:
		case r.missed:
			r.missed, missed = false, true
		default:
			r.State = channel.Active
		}
	})
	return !missed, nil
}

// NoteMissed implements channel.Subscribers.
func (m *Memory) NoteMissed(_ context.Context, s channel.Subscriber) (channel.Missed, error) {
	result := channel.Other
	m.change(s, func(r *row) {
		switch r.State {
		case channel.Active:
			result = channel.IsActive
		case channel.Joining:
			result, r.missed = channel.Noted, true
		case channel.Broken:
		}
	})
	return result, nil
}

// Break implements channel.Subscribers.
func (m *Memory) Break(_ context.Context, s channel.Subscriber) error {
	m.change(s, func(r *row) { r.State = channel.Broken })
	return nil
}

// change changes the row of a subscription, unless it was replaced.
func (m *Memory) change(s channel.Subscriber, do func(*row)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	in := m.subscribers[shardKey{s.Channel, s.Shard}]
	if r, ok := in[s.ConnectionID]; ok && r.Token == s.Token {
		do(&r)
		in[s.ConnectionID] = r
	}
}

// End implements channel.Subscribers.
func (m *Memory) End(_ context.Context, id string, s channel.Subscription, command uint32) (channel.Subscriber, bool, error) {
	old, ended := m.end(id, s, command)
	m.unlist(id, s.Channel, command)
	return old, ended, nil
}

// end is the first part of End.
func (m *Memory) end(id string, s channel.Subscription, command uint32) (channel.Subscriber, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	in := m.shard(s.Channel, s.Shard)
	old := in[id]
	if old.Command > command {
		return channel.Subscriber{}, false
	}
	in[id] = row{Subscriber: channel.Subscriber{Command: command}}
	return old.Subscriber, old.lives()
}

// unlist is the second part of End.
func (m *Memory) unlist(id, name string, command uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.connections[id][name]; l.command <= command {
		l.command, l.ended = command, true
		m.of(id)[name] = l
	}
}

// EndUnlisted implements channel.Subscribers.
func (m *Memory) EndUnlisted(_ context.Context, id, name string, command uint32) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.connections[id][name]
	if ok && (!old.ended || old.command > command) {
		return false, nil
	}
	old.command, old.ended = command, true
	m.of(id)[name] = old
	return true, nil
}

// of returns the listed subscriptions of a connection. m.mu must be locked.
func (m *Memory) of(id string) map[string]listed {
	if m.connections[id] == nil {
		m.connections[id] = map[string]listed{}
	}
	return m.connections[id]
}

// Remove implements channel.Subscribers.
func (m *Memory) Remove(_ context.Context, id string, all []channel.Subscription) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range all {
		delete(m.subscribers[shardKey{s.Channel, s.Shard}], id)
	}
	return nil
}

// Forget implements channel.Subscribers.
func (m *Memory) Forget(_ context.Context, id string, all []channel.Subscription) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range all {
		delete(m.connections[id], s.Channel)
	}
	return nil
}

// Count implements channel.Subscribers.
func (m *Memory) Count(_ context.Context, id, namespace string, now time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := fmt.Sprint(id, "#", namespace, now.Unix()/60)
	m.counts[key]++
	return m.counts[key], nil
}

// Get implements channel.Subscribers.
func (m *Memory) Get(_ context.Context, name string, shard int, id string) (channel.Subscriber, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.subscribers[shardKey{name, shard}][id]
	if !ok || !r.lives() {
		return channel.Subscriber{}, false, nil
	}
	return r.Subscriber, true, nil
}

// InShard implements channel.Subscribers.
func (m *Memory) InShard(_ context.Context, name string, shard int) iter.Seq2[channel.Subscriber, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []channel.Subscriber
	for _, r := range m.subscribers[shardKey{name, shard}] {
		if r.lives() {
			all = append(all, r.Subscriber)
		}
	}
	slices.SortFunc(all, func(a, b channel.Subscriber) int { return cmp.Compare(a.ConnectionID, b.ConnectionID) })
	return func(yield func(channel.Subscriber, error) bool) {
		for _, s := range all {
			if !yield(s, nil) {
				return
			}
		}
	}
}

// OfConnection implements channel.Subscribers.
func (m *Memory) OfConnection(_ context.Context, id string) ([]channel.Subscription, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []channel.Subscription
	for _, l := range m.connections[id] {
		if !l.ended {
			all = append(all, l.Subscription)
		}
	}
	return all, nil
}
