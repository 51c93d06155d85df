package channels

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"time"

	"sallyport/lambda/channel"
	"sallyport/local/queue"
)

var (
	errInjected = errors.New("injected failure")
	errDied     = errors.New("the function died")
)

// invocation is one run of the function. Each of its requests takes time and may fail. It
// may die at any request: later ones have no effect.
type invocation struct {
	w     *world
	rng   *rand.Rand
	left  int // requests until it dies; negative: it does not die
	until time.Time
}

// request does one request of the function. A request that failed may have had its effect.
func (i *invocation) request(do func() error) error {
	time.Sleep(time.Duration(1+i.w.int(i.rng, 10)) * time.Millisecond)
	i.w.mu.Lock()
	if i.left > 0 {
		i.left--
	}
	dead := i.left == 0 || time.Now().After(i.until)
	fail := i.w.chance(i.rng, i.w.failures)
	effect := fail && i.rng.IntN(2) == 0
	i.w.mu.Unlock()
	if dead {
		return errDied
	}
	if fail {
		if effect {
			_ = do()
		}
		return errInjected
	}
	err := do()
	time.Sleep(time.Duration(1+i.w.int(i.rng, 5)) * time.Millisecond)
	return err
}

// streams, subscribers, sender and poster are the parts of a Hub, seen by one invocation.
type (
	streams     struct{ *invocation }
	subscribers struct{ *invocation }
	sender      struct{ *invocation }
	poster      struct{ *invocation }
)

func (s streams) Open(ctx context.Context, name string, fresh channel.Stream, now time.Time) (out channel.Stream, err error) {
	err = s.request(func() (err error) { out, err = s.w.memory.Open(ctx, name, fresh, now); return err })
	return out, err
}

func (s streams) Append(ctx context.Context, name, epoch string, b channel.Batch) error {
	return s.request(func() error { return s.w.memory.Append(ctx, name, epoch, b) })
}

func (s streams) Raise(ctx context.Context, name string, to channel.Stream) (now channel.Stream, err error) {
	err = s.request(func() (err error) {
		s.w.log("raise %s to %d", name, to.Top)
		now, err = s.w.memory.Raise(ctx, name, to)
		return err
	})
	return now, err
}

func (s streams) Grow(ctx context.Context, name string, shards int) error {
	return s.request(func() error { return s.w.memory.Grow(ctx, name, shards) })
}

func (s streams) SetJoinLeave(ctx context.Context, name string) error {
	return s.request(func() error { return s.w.memory.SetJoinLeave(ctx, name) })
}

func (s streams) Batches(ctx context.Context, name, epoch string, first, last uint64, descending bool) iter.Seq2[channel.Batch, error] {
	return paged(s.invocation, func() iter.Seq2[channel.Batch, error] {
		return s.w.memory.Batches(ctx, name, epoch, first, last, descending)
	})
}

// paged yields a list, with requests in between.
func paged[T any](i *invocation, read func() iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var all iter.Seq2[T, error]
		err := i.request(func() error { all = read(); return nil })
		n := 0
		if err == nil {
			for v := range all {
				if n++; n%3 == 0 {
					if err = i.request(func() error { return nil }); err != nil {
						break
					}
				}
				if !yield(v, nil) {
					return
				}
			}
		}
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

func (s subscribers) Join(_ context.Context, sub channel.Subscriber) (_ channel.Subscriber, again bool, err error) {
	err = s.request(func() (err error) { sub, err = s.w.memory.list(sub); return err })
	if err != nil {
		return sub, false, err
	}
	err = s.request(func() (err error) {
		again, err = s.w.memory.join(sub)
		s.w.log("join %s %s, command %d: %t, %v", sub.ConnectionID, sub.Token, sub.Command, again, err)
		return err
	})
	return sub, again, err
}

func (s subscribers) Activate(ctx context.Context, sub channel.Subscriber) (ok bool, err error) {
	err = s.request(func() (err error) {
		ok, err = s.w.memory.Activate(ctx, sub)
		s.w.log("activate %s %t", sub.ConnectionID, ok)
		return err
	})
	return ok, err
}

func (s subscribers) NoteMissed(ctx context.Context, sub channel.Subscriber) (m channel.Missed, err error) {
	err = s.request(func() (err error) {
		m, err = s.w.memory.NoteMissed(ctx, sub)
		s.w.log("miss %s %d", sub.ConnectionID, m)
		return err
	})
	return m, err
}

func (s subscribers) Break(ctx context.Context, sub channel.Subscriber) error {
	return s.request(func() error { s.w.log("break %s", sub.ConnectionID); return s.w.memory.Break(ctx, sub) })
}

func (s subscribers) End(_ context.Context, id string, sub channel.Subscription, command uint32) (old channel.Subscriber, ended bool, err error) {
	err = s.request(func() error {
		old, ended = s.w.memory.end(id, sub, command)
		s.w.log("end %s %s, command %d: %t", id, sub.Channel, command, ended)
		return nil
	})
	if err != nil {
		return old, false, err
	}
	return old, ended, s.request(func() error { s.w.memory.unlist(id, sub.Channel, command); return nil })
}

func (s subscribers) EndUnlisted(ctx context.Context, id, name string, command uint32) (ended bool, err error) {
	err = s.request(func() (err error) {
		ended, err = s.w.memory.EndUnlisted(ctx, id, name, command)
		s.w.log("end %s %s, which has none, command %d: %t", id, name, command, ended)
		return err
	})
	return ended, err
}

func (s subscribers) Remove(ctx context.Context, id string, all []channel.Subscription) error {
	return s.request(func() error { s.w.log("remove %s", id); return s.w.memory.Remove(ctx, id, all) })
}

func (s subscribers) Forget(ctx context.Context, id string, all []channel.Subscription) error {
	return s.request(func() error { return s.w.memory.Forget(ctx, id, all) })
}

func (s subscribers) Count(ctx context.Context, id, namespace string, now time.Time) (n int, err error) {
	err = s.request(func() (err error) { n, err = s.w.memory.Count(ctx, id, namespace, now); return err })
	return n, err
}

func (s subscribers) Get(ctx context.Context, name string, shard int, id string) (sub channel.Subscriber, ok bool, err error) {
	err = s.request(func() (err error) { sub, ok, err = s.w.memory.Get(ctx, name, shard, id); return err })
	return sub, ok, err
}

func (s subscribers) InShard(ctx context.Context, name string, shard int) iter.Seq2[channel.Subscriber, error] {
	return paged(s.invocation, func() iter.Seq2[channel.Subscriber, error] { return s.w.memory.InShard(ctx, name, shard) })
}

func (s subscribers) OfConnection(ctx context.Context, id string) (all []channel.Subscription, err error) {
	err = s.request(func() (err error) { all, err = s.w.memory.OfConnection(ctx, id); return err })
	return all, err
}

func (s sender) Send(_ context.Context, messages ...channel.Message) error {
	for _, m := range messages {
		if err := s.request(func() error {
			s.w.log("send %.300s", m.Body)
			s.w.queue.Send(m.Group, m.ID, string(m.Body))
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s sender) Retry(_ context.Context, after time.Duration, handles ...string) error {
	return s.request(func() error {
		for _, h := range handles {
			if err := s.w.queue.Hide(h, after); err != nil && !errors.Is(err, queue.ErrHandle) {
				return err
			}
		}
		return nil
	})
}

func (p poster) Post(_ context.Context, id string, frame []byte) error {
	p.w.mu.Lock()
	throttled := p.w.chance(p.rng, p.w.failures)
	late := p.w.chance(p.rng, p.w.failures)
	gone := p.w.chance(p.rng, p.w.failures/4) // API Gateway has been seen to say so of an open connection
	delay := time.Duration(p.rng.IntN(2000)) * time.Millisecond
	p.w.mu.Unlock()
	if late { // the answer is lost, and the message arrives after others
		go func() {
			time.Sleep(delay)
			_ = p.w.arrive(id, frame)
		}()
		return p.request(func() error { return errInjected })
	}
	return p.request(func() error {
		switch {
		case throttled:
			return channel.ErrThrottled
		case gone:
			return channel.ErrGone
		}
		return p.w.arrive(id, frame)
	})
}

func (p poster) Disconnect(_ context.Context, id string) error {
	return p.request(func() error { return p.w.closeConnection(id) })
}
