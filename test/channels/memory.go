package channels

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"sallyport/lambda/channel"
)

// Memory is the tables of streams and subscribers. Each method is one atomic request.
type Memory struct {
	mu          sync.Mutex
	streams     map[string]channel.Stream
	batches     map[stream]map[uint64]channel.Batch
	subscribers map[shardKey]map[string]row
	connections map[string]map[string]listed // connection, channel
	counts      map[string]int
}

type stream struct{ channel, epoch string }

type shardKey struct {
	channel string
	number  int
}

type row struct {
	channel.Subscriber
	missed bool
}

// listed is a subscription that OfConnection lists, unless it was ended.
type listed struct {
	channel.Subscription
	command uint32
	ended   bool
	sharded bool // Shard is set
}

// NewMemory returns empty tables.
func NewMemory() *Memory {
	return &Memory{
		streams: map[string]channel.Stream{}, batches: map[stream]map[uint64]channel.Batch{},
		subscribers: map[shardKey]map[string]row{}, connections: map[string]map[string]listed{}, counts: map[string]int{},
	}
}

// Open implements channel.Streams.
func (m *Memory) Open(_ context.Context, name string, fresh channel.Stream, now time.Time) (channel.Stream, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.streams[name]
	if !ok || !s.ExpiresAt.After(now) {
		s = fresh
	}
	if 2*s.ExpiresAt.Sub(now) < fresh.ExpiresAt.Sub(now) {
		s.ExpiresAt = fresh.ExpiresAt
	}
	m.streams[name] = s
	return s, nil
}

// Append implements channel.Streams.
func (m *Memory) Append(_ context.Context, name, epoch string, b channel.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows := m.batches[stream{name, epoch}]
	if rows == nil {
		rows = map[uint64]channel.Batch{}
		m.batches[stream{name, epoch}] = rows
	}
	if _, ok := rows[b.First]; ok {
		return channel.ErrTaken
	}
	rows[b.First] = b
	return nil
}

// Raise implements channel.Streams.
func (m *Memory) Raise(_ context.Context, name string, to channel.Stream) (channel.Stream, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.streams[name]
	if s.Epoch != to.Epoch {
		return channel.Stream{}, channel.ErrEpoch
	}
	if s.Top <= to.Top {
		s.Top, s.Newest, s.ExpiresAt = to.Top, to.Newest, to.ExpiresAt
	}
	m.streams[name] = s
	return s, nil
}

// Grow implements channel.Streams.
func (m *Memory) Grow(_ context.Context, name string, shards int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.streams[name]
	s.Shards = max(s.Shards, shards)
	m.streams[name] = s
	return nil
}

// SetJoinLeave implements channel.Streams.
func (m *Memory) SetJoinLeave(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.streams[name]
	s.JoinLeave = true
	m.streams[name] = s
	return nil
}

// Batches implements channel.Streams.
func (m *Memory) Batches(_ context.Context, name, epoch string, first, last uint64, descending bool) iter.Seq2[channel.Batch, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows := m.batches[stream{name, epoch}]
	keys := slices.Sorted(maps.Keys(rows))
	if descending {
		slices.Reverse(keys)
	}
	var all []channel.Batch
	for _, k := range keys {
		if k >= first && k <= last {
			b := rows[k]
			b.Publications = slices.Clone(b.Publications)
			all = append(all, b)
		}
	}
	return func(yield func(channel.Batch, error) bool) {
		for _, b := range all {
			if !yield(b, nil) {
				return
			}
		}
	}
}
