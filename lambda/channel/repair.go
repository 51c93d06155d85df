package channel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sallyport/lambda/centrifuge"
)

// sendRepair sends a repair job for a subscriber. Jobs with the same id are one job.
func (h *Hub) sendRepair(ctx context.Context, s Subscriber, id string) error {
	return h.send(ctx, task{Repair: &repairTask{s.Channel, s.Shard, s.ConnectionID, s.Token, id}})
}

// markBroken stops posts to a subscriber, then sends a repair job. In this order: without
// the mark, later publications would follow the missing one.
func (h *Hub) markBroken(ctx context.Context, s Subscriber) error {
	if err := h.config.Subscribers.Break(ctx, s); err != nil {
		return err
	}
	return h.sendRepair(ctx, s, "broken"+s.Token)
}

// mark marks a subscriber that may have missed something. One that is joining only gets the
// note: a client ignores an unsubscribe push that arrives before the reply to its subscribe
// command.
func (h *Hub) mark(ctx context.Context, s Subscriber) error {
	if s.State == Joining {
		if missed, err := h.noteMissed(ctx, s); err != nil || missed != IsActive {
			return err
		}
	}
	return h.markBroken(ctx, s)
}

// markAll marks subscribers. After an error, some of them have no mark.
func (h *Hub) markAll(ctx context.Context, all []Subscriber) error {
	errs := concurrently(all, func(s Subscriber) error { return h.mark(ctx, s) })
	if errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil }); len(errs) > 0 {
		return fmt.Errorf("mark %d of %d subscribers: %w", len(errs), len(all), errs[0])
	}
	return nil
}

// insufficient is the reason that a client receives. Centrifugo sends the same one.
const insufficient = "insufficient state"

// repairAttempts is the number of attempts after which a repair job ends the connection, so that
// its client connects again.
const repairAttempts = 6

// repair makes a client subscribe again, unless it has done so already. A client cannot subscribe
// to its own channel, so for that channel, repair makes it connect again. After an error, the task
// should be tried again after the returned time.
func (h *Hub) repair(ctx context.Context, r repairTask, receives int) (time.Duration, error) {
	last := receives >= MaxReceives
	s, ok, err := h.config.Subscribers.Get(ctx, r.Channel, r.Shard, r.ConnectionID)
	switch {
	case err != nil:
		return backoff(receives), err
	case !ok, s.Token != r.Token, s.State == Active:
		return 0, nil
	case s.State == Joining:
		// The event that joins is still running, or its function died.
		if left := s.JoinUntil.Sub(h.config.Now()); left >= 0 && !last {
			return left + time.Second, fmt.Errorf("repair subscription of connection %q: the subscription is still joining", r.ConnectionID)
		}
	}
	end := centrifuge.Unsubscribe(r.Channel, centrifuge.InsufficientState, insufficient)
	if s.Own {
		end = centrifuge.Disconnect(centrifuge.InsufficientStateOfConnection, insufficient)
	}
	frame, err := centrifuge.Encode(end)
	if err != nil {
		return 0, err
	}
	err = h.post(ctx, r.ConnectionID, frame)
	if err == nil && s.Own || err != nil && (receives >= repairAttempts || last) {
		err = h.config.Poster.Disconnect(ctx, r.ConnectionID)
	}
	switch {
	case errors.Is(err, ErrGone):
		return backoff(receives), h.forget(ctx, r.ConnectionID)
	case err != nil:
		return backoff(receives), err
	}
	return 0, nil
}

// forget removes the subscriptions of a connection that API Gateway reported as gone. API Gateway
// has been seen to report an open connection as gone. So forget ends the connection, too, and its
// client connects again. more are subscriptions that the table may not list, because the end of the
// connection may have been processed between the two writes of Join.
func (h *Hub) forget(ctx context.Context, id string, more ...Subscription) error {
	if err := h.config.Poster.Disconnect(ctx, id); err != nil && !errors.Is(err, ErrGone) {
		return err
	}
	if err := h.Leave(ctx, id); err != nil || len(more) == 0 {
		return err
	}
	return h.config.Subscribers.Remove(ctx, id, more)
}

// forgetGone calls forget for the connections of subscribers. It returns the subscribers for which
// forget failed. Their rows stay until the next post, or until they expire.
func (h *Hub) forgetGone(ctx context.Context, gone []Subscriber) []Subscriber {
	errs := concurrently(gone, func(s Subscriber) error {
		err := h.forget(ctx, s.ConnectionID)
		if err != nil {
			h.config.Warn(ctx, err, "subscriptions of a connection that is gone stay in the table")
		}
		return err
	})
	var left []Subscriber
	for i, err := range errs {
		if err != nil {
			left = append(left, gone[i])
		}
	}
	return left
}
