package channel

import (
	"context"
	"errors"
	"fmt"
	"math"

	"sallyport/lambda/centrifuge"
)

// append adds publications of one channel to its stream, and delivers them. Publications
// that an earlier attempt added keep their offsets. last has the same meaning as in deliver.
func (h *Hub) append(ctx context.Context, all []publishTask, last bool) error {
	channel := all[0].Channel
	n, ok := h.config.Namespaces.Lookup(channel)
	if !ok { // the namespace was removed after the publication was accepted
		h.config.Warn(fmt.Errorf("the namespace of channel %q is not declared any more", channel), "publication dropped")
		return nil
	}
	s, err := h.open(ctx, n, channel)
	if err != nil {
		return err
	}
	first, top, err := h.place(ctx, n, channel, s, all)
	if err != nil {
		return err
	}
	if err := h.config.Streams.Raise(ctx, channel, s.Epoch, top, h.config.Now().Add(n.HistoryTime+streamLife)); err != nil {
		return err
	}
	// After the top was raised: a subscriber that is not in the list reads this top.
	s, err = h.open(ctx, n, channel) // for the newest number of shards
	if err != nil {
		return err
	}
	if s.Shards == 1 {
		return h.deliver(ctx, deliverTask{channel, s.Epoch, 0, first, top}, last)
	}
	tasks := make([]task, s.Shards)
	for i := range tasks {
		tasks[i] = task{Deliver: &deliverTask{channel, s.Epoch, i, first, top}}
	}
	return h.send(ctx, tasks...)
}

// place writes the publications that the stream does not have yet. It returns the lowest
// offset that may not be delivered yet, and the highest offset of the stream.
func (h *Hub) place(ctx context.Context, n Namespace, channel string, s Stream, all []publishTask) (first, top uint64, err error) {
	for {
		end, known, err := h.end(ctx, channel, s)
		if err != nil {
			return 0, 0, err
		}
		first = s.Top + 1
		batch := Batch{First: end, ExpiresAt: h.config.Now().Add(keep(n))}
		for _, t := range all {
			// A key that is used again after five minutes is another publication.
			if p, ok := known[t.Publication.ID]; ok && p.Time == t.Publication.Time {
				first = min(first, p.Offset)
				continue
			}
			p := t.Publication
			p.Offset = batch.next()
			batch.Publications = append(batch.Publications, p)
		}
		if len(batch.Publications) == 0 {
			return first, end - 1, nil
		}
		err = h.config.Streams.Append(ctx, channel, s.Epoch, batch)
		switch {
		case err == nil:
			return first, batch.next() - 1, nil
		case !errors.Is(err, ErrTaken): // else: read what another worker wrote
			return 0, 0, fmt.Errorf("append to channel %q: %w", channel, err)
		}
	}
}

// recent is how many publications before the top a repeated one can be. The queue gives a
// worker at most maxBatch messages of a group, and gives out no later ones of the group
// before they are deleted.
const recent = 4 * maxBatch

// end returns the first free offset of a stream, and the newest publications by their ID. There can be batches above the top if a worker died before it raised the
// top.
func (h *Hub) end(ctx context.Context, channel string, s Stream) (uint64, map[string]Publication, error) {
	next, known := s.Top+1, map[string]Publication{}
	begin := uint64(1)
	if s.Top > recent {
		begin = s.Top - recent + 1
	}
	for b, err := range h.config.Streams.Batches(ctx, channel, s.Epoch, begin, math.MaxInt64, false) {
		if err != nil {
			return 0, nil, err
		}
		for _, p := range b.Publications {
			known[p.ID] = p
		}
		next = max(next, b.next())
	}
	return next, known, nil
}

// frames returns the frames of publications, each as large as a message may be.
func frames(s Stream, channel string, all []Publication) ([][]byte, error) {
	pushes := make([]centrifuge.Reply, 0, len(all))
	for _, p := range all {
		pushes = append(pushes, centrifuge.Reply{Push: &centrifuge.Push{Channel: channel, Pub: new(wire(s, p))}})
	}
	return centrifuge.Frames(pushes...)
}
