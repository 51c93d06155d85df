package channel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// maxAtOnce is the largest number of posts of a group at the same time.
const maxAtOnce = 32

// deliver posts publications of a stream to a shard, in their order. Subscribers that do
// not get all of them are marked, so that a repair job follows. Its error says that all of
// it must be repeated. last says that an outage is no reason to repeat it.
func (h *Hub) deliver(ctx context.Context, d deliverTask, last bool) error {
	var all []Publication
	for p, err := range h.publications(ctx, d.Channel, d.Epoch, span{d.First, d.Last, math.MaxInt, false}) {
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	return h.deliverAll(ctx, d, all, last)
}

// deliverAll delivers the publications of a task, which are all, as deliver does.
func (h *Hub) deliverAll(ctx context.Context, d deliverTask, all []Publication, last bool) error {
	if uint64(len(all)) != d.Last-d.First+1 { // the rows expired while the queue kept the task
		all, last = nil, true
	}
	out, err := frames(Stream{Epoch: d.Epoch}, d.Channel, all)
	if err != nil {
		return err
	}
	subscribers, err := h.shard(ctx, d.Channel, d.Shard)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var gone, failed []Subscriber
	posting, cancel := MostOf(ctx) // the marks need the rest of the time
	defer cancel()
	atOnce(subscribers, func(s Subscriber) {
		err := h.deliverTo(posting, s, out)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case errors.Is(err, ErrGone):
			gone = append(gone, s)
		case err != nil:
			failed = append(failed, s)
		}
	})
	if len(failed) >= h.config.Outage && 2*len(failed) >= len(subscribers) && !last {
		return fmt.Errorf("deliver %d publications of channel %q: posts to %d of %d subscribers failed", len(all), d.Channel, len(failed), len(subscribers))
	}
	// A connection that is said to be gone, and that could not be ended, may be open.
	return h.markAll(ctx, append(failed, h.forgetGone(ctx, gone)...))
}

// MostOf returns a context that ends after two thirds of the time that ctx has left.
func MostOf(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(end)*2/3)
}

// errLost says that publications do not exist any more.
var errLost = errors.New("publications have expired before they were delivered")

// deliverTo posts frames to a subscriber that is active. It returns an error if the
// subscriber may have missed one.
func (h *Hub) deliverTo(ctx context.Context, s Subscriber, frames [][]byte) error {
	switch s.State {
	case Broken: // the worker that broke it may have died before it sent the job
		return h.sendRepair(ctx, s, "broken"+s.Token)
	case Joining:
		if missed, err := h.miss(ctx, s); err != nil || missed != IsActive {
			return err
		}
	case Active:
	}
	if len(frames) == 0 {
		return errLost
	}
	for _, f := range frames {
		if err := h.post(ctx, s.ConnectionID, f); err != nil {
			return err
		}
	}
	return nil
}

// miss notes that a joining subscriber missed a publication. It sends the repair job first. If
// it died after a note without a job, no other worker would send the job.
func (h *Hub) miss(ctx context.Context, s Subscriber) (Missed, error) {
	if err := h.sendRepair(ctx, s, "joining"+s.Token); err != nil {
		return Other, err
	}
	return h.config.Subscribers.Miss(ctx, s)
}

// postShard posts a frame to the subscribers of a shard. A subscriber whose post fails
// does not get it.
func (h *Hub) postShard(ctx context.Context, t postTask) error {
	if outdated, err := h.outdated(ctx, t.Channel, t.Member); err != nil || outdated {
		return err
	}
	subscribers, err := h.shard(ctx, t.Channel, t.Shard)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var gone []Subscriber
	atOnce(subscribers, func(s Subscriber) {
		if t.JoinLeave && !s.JoinLeave {
			return
		}
		err := h.post(ctx, s.ConnectionID, t.Frame)
		switch {
		case errors.Is(err, ErrGone):
			mu.Lock()
			defer mu.Unlock()
			gone = append(gone, s)
		case err != nil:
			h.config.Warn(ctx, err, "message not sent")
		}
	})
	h.forgetGone(ctx, gone)
	return nil
}

// shard returns the subscribers of a shard in a random order, so that nobody is always the
// last one.
func (h *Hub) shard(ctx context.Context, channel string, shard int) ([]Subscriber, error) {
	var all []Subscriber
	for s, err := range h.config.Subscribers.InShard(ctx, channel, shard) {
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all, nil
}

// post posts a frame. It waits and repeats while too much is sent.
func (h *Hub) post(ctx context.Context, id string, frame []byte) error {
	return Patiently(ctx, func() error { return h.config.Poster.Post(ctx, id, frame) })
}

// atOnce calls do for each element, several at a time, and waits for all calls.
func atOnce[T any](all []T, do func(T)) {
	var tasks sync.WaitGroup
	slots := make(chan struct{}, maxAtOnce)
	for _, s := range all {
		slots <- struct{}{}
		tasks.Go(func() {
			defer func() { <-slots }()
			do(s)
		})
	}
	tasks.Wait()
}
