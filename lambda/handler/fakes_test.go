package handler_test

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"sallyport/lambda/handler"
)

// table is a ConnectionStore and a Tickets in memory.
type table struct {
	mu      sync.Mutex
	rows    map[string]handler.Connection
	counts  map[string]int
	tickets map[string]handler.Ticket // by hash; nil: tickets are off
	err     error                     // the error of every call
	calls   int

	sweptFor time.Time       // the argument of the last call of Expired
	listErr  error           // of the lists only
	listed   func(id string) // called before a list yields an id
}

func newTable() *table {
	return &table{rows: map[string]handler.Connection{}, counts: map[string]int{}, tickets: map[string]handler.Ticket{}}
}

// lock locks the table for one call.
func (s *table) lock() func() {
	s.mu.Lock()
	s.calls++
	return s.mu.Unlock
}

func (s *table) Put(_ context.Context, c handler.Connection) error {
	defer s.lock()()
	s.rows[c.ID] = c
	return s.err
}

func (s *table) Delete(_ context.Context, id string) error {
	defer s.lock()()
	delete(s.rows, id)
	return s.err
}

func (s *table) DeleteOlder(_ context.Context, id string, t time.Time) (bool, error) {
	defer s.lock()()
	if c, ok := s.rows[id]; s.err != nil || ok && !c.ConnectedAt.Before(t) {
		return false, s.err
	}
	delete(s.rows, id)
	return true, nil
}

func (s *table) ByUser(_ context.Context, userID string) iter.Seq2[handler.Connection, error] {
	return s.list(func(c handler.Connection) bool { return c.User.ID() == userID })
}

func (s *table) ByName(_ context.Context, name string) iter.Seq2[handler.Connection, error] {
	return s.list(func(c handler.Connection) bool { return c.User.Name == name })
}

func (s *table) All(context.Context) iter.Seq2[handler.Connection, error] {
	return s.list(func(handler.Connection) bool { return true })
}

func (s *table) Expired(_ context.Context, t time.Time) iter.Seq2[handler.Connection, error] {
	s.sweptFor = t
	all := s.list(func(c handler.Connection) bool { return c.AuthorizedUntil.Before(t) })
	return func(yield func(handler.Connection, error) bool) {
		for c, err := range all {
			if !yield(handler.Connection{ID: c.ID}, err) {
				return
			}
		}
	}
}

// list yields the connections in the order of their ids, and then the error.
func (s *table) list(want func(handler.Connection) bool) iter.Seq2[handler.Connection, error] {
	return func(yield func(handler.Connection, error) bool) {
		for _, id := range s.ids() {
			if c, ok := s.find(id, want); ok && !yield(handler.Connection{ID: id, ConnectedAt: c.ConnectedAt, Protocol: c.Protocol, Trace: c.Trace}, nil) {
				return
			}
		}
		if err := cmp.Or(s.err, s.listErr); err != nil {
			yield(handler.Connection{}, err)
		}
	}
}

// find returns a row, false if there is none or if want does not accept it.
func (s *table) find(id string, want func(handler.Connection) bool) (handler.Connection, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.rows[id]
	if ok = ok && want(row); ok && s.listed != nil {
		s.listed(id)
	}
	return row, ok
}

func (s *table) ids() []string {
	defer s.lock()()
	return slices.Sorted(maps.Keys(s.rows))
}

func (s *table) Get(_ context.Context, id string) (handler.Connection, error) {
	defer s.lock()()
	c, ok := s.rows[id]
	if s.err == nil && !ok {
		return handler.Connection{}, handler.ErrGone
	}
	return handler.Connection{ID: id, User: c.User, AuthorizedUntil: c.AuthorizedUntil, Protocol: c.Protocol, Trace: c.Trace}, s.err
}

func (s *table) Extend(_ context.Context, id, userID string, until time.Time) error {
	defer s.lock()()
	c, ok := s.rows[id]
	switch {
	case s.err != nil:
		return s.err
	case !ok || c.User.ID() != userID:
		return handler.ErrGone
	case until.After(c.AuthorizedUntil):
		c.AuthorizedUntil = until
		s.rows[id] = c
	}
	return nil
}

func (s *table) CountMessages(_ context.Context, id string, n int, t time.Time) (int, error) {
	defer s.lock()()
	if _, ok := s.rows[id]; s.err == nil && !ok {
		return 0, handler.ErrGone
	}
	key := id + t.Format(" 15:04")
	s.counts[key] += n
	return s.counts[key], s.err
}

func (s *table) PutTicket(_ context.Context, hash string, t handler.Ticket) error {
	defer s.lock()()
	s.tickets[hash] = t
	return s.err
}

func (s *table) TakeTicket(_ context.Context, hash string) (handler.Ticket, error) {
	defer s.lock()()
	t, ok := s.tickets[hash]
	delete(s.tickets, hash)
	if s.err == nil && !ok {
		return handler.Ticket{}, handler.ErrNoTicket
	}
	return t, s.err
}

// fakePusher is a Poster and a Disconnecter. It records the messages by connection, and the
// connections that were disconnected.
type fakePusher struct {
	mu    sync.Mutex
	got   map[string][]string
	ended []string
	// The results of Post and Disconnect; nil: no error.
	post, disconnect func(ctx context.Context, id string) error
}

func (b *fakePusher) Post(ctx context.Context, id string, message []byte) error {
	if b.post != nil {
		if err := b.post(ctx, id); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got[id] = append(b.got[id], string(message))
	return nil
}

func (b *fakePusher) Disconnect(ctx context.Context, id string) error {
	if b.disconnect != nil {
		if err := b.disconnect(ctx, id); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = append(b.ended, id)
	return nil
}

// endedIDs returns the sorted ids of the connections that were disconnected.
func (b *fakePusher) endedIDs() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(slices.Values(b.ended))
}
