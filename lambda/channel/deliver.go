package channel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// maxAtOnce is the largest number of posts of a group at the same time.
const maxAtOnce = 32

// deliver posts publications of a stream to a shard, in their order. It marks subscribers that do
// not get all of them, so that a repair job follows. After an error, the whole task must be
// repeated. last means that failed posts to many subscribers are not an error.
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

// deliverAll does the same with all, which are the publications of the task.
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
	var gone, failed []Subscriber
	posting, cancel := ReserveTime(ctx) // the marks need the rest of the time
	defer cancel()
	for i, err := range concurrently(subscribers, func(s Subscriber) error { return h.deliverTo(posting, s, out) }) {
		switch {
		case errors.Is(err, ErrGone):
			gone = append(gone, subscribers[i])
		case err != nil:
			failed = append(failed, subscribers[i])
		}
	}
	if len(failed) >= h.config.Outage && 2*len(failed) >= len(subscribers) && !last {
		return fmt.Errorf("deliver %d publications of channel %q: posts to %d of %d subscribers failed", len(all), d.Channel, len(failed), len(subscribers))
	}
	// A connection that could not be ended may be open, although API Gateway reported it as gone.
	return h.markAll(ctx, append(failed, h.forgetGone(ctx, gone)...))
}

// ReserveTime returns a context that ends after two thirds of the time that ctx has left. The rest
// is for the records of the results.
func ReserveTime(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(end)*2/3)
}

// errLost is the error for publications that do not exist any more.
var errLost = errors.New("publications have expired before they were delivered")

// deliverTo posts frames to a subscriber that is active. It returns an error if the
// subscriber may have missed one.
func (h *Hub) deliverTo(ctx context.Context, s Subscriber, frames [][]byte) error {
	switch s.State {
	case Broken: // the worker that marked it may have died before it sent the job
		return h.sendRepair(ctx, s, "broken"+s.Token)
	case Joining:
		if missed, err := h.noteMissed(ctx, s); err != nil || missed != IsActive {
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

// noteMissed notes that a joining subscriber missed a publication. It sends the repair job first,
// because no other worker sends the job of a subscriber with a note.
func (h *Hub) noteMissed(ctx context.Context, s Subscriber) (Missed, error) {
	if err := h.sendRepair(ctx, s, "joining"+s.Token); err != nil {
		return Other, err
	}
	return h.config.Subscribers.NoteMissed(ctx, s)
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
	if t.JoinLeave {
		subscribers = slices.DeleteFunc(subscribers, func(s Subscriber) bool { return !s.JoinLeave })
	}
	errs := concurrently(subscribers, func(s Subscriber) error {
		err := h.post(ctx, s.ConnectionID, t.Frame)
		if err != nil && !errors.Is(err, ErrGone) {
			h.config.Warn(ctx, err, "message not sent")
		}
		return err
	})
	var gone []Subscriber
	for i, err := range errs {
		if errors.Is(err, ErrGone) {
			gone = append(gone, subscribers[i])
		}
	}
	h.forgetGone(ctx, gone)
	return nil
}

// post posts a frame. While API Gateway refuses the post because of its rate limit, post waits and
// repeats it.
func (h *Hub) post(ctx context.Context, id string, frame []byte) error {
	return RetryThrottled(ctx, func() error { return h.config.Poster.Post(ctx, id, frame) })
}

// concurrently calls do for each subscriber, several at a time, and waits for all calls. It returns the
// errors in the order of the subscribers.
func concurrently(all []Subscriber, do func(Subscriber) error) []error {
	errs := make([]error, len(all))
	var tasks sync.WaitGroup
	slots := make(chan struct{}, maxAtOnce)
	for i, s := range all {
		slots <- struct{}{}
		tasks.Go(func() {
			defer func() { <-slots }()
			errs[i] = do(s)
		})
	}
	tasks.Wait()
	return errs
}
