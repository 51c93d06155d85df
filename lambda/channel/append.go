package channel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"sallyport/lambda/centrifuge"
)

// append adds publications of one channel to its stream, and delivers them. Publications
// that an earlier attempt added keep their offsets. last has the same meaning as in deliver.
func (h *Hub) append(ctx context.Context, all []publishTask, last bool) error {
	channel := all[0].Channel
	n, ok := h.config.Namespaces.Lookup(channel)
	if !ok { // the namespace was removed after the publication was accepted
		h.config.Warn(ctx, fmt.Errorf("the namespace of channel %q is no longer declared in lambda/app/channels.go", channel), "publication dropped")
		return nil
	}
	s, err := h.openStream(ctx, n, channel)
	if err != nil {
		return err
	}
	p, err := h.place(ctx, n, channel, s, all)
	if err != nil {
		return err
	}
	// A later subscriber whose shard is not in this answer reads the new top.
	s, err = h.config.Streams.Raise(ctx, channel, Stream{Epoch: s.Epoch, Top: p.last, Newest: p.newest, ExpiresAt: h.config.Now().Add(n.HistoryTime + streamLife)})
	if err != nil {
		return err
	}
	if s.Shards == 1 {
		d := deliverTask{Channel: channel, Epoch: s.Epoch, First: p.first, Last: p.last}
		if p.publications == nil {
			return h.deliver(ctx, d, last)
		}
		return h.deliverAll(ctx, d, p.publications, last)
	}
	return h.fanOut(ctx, s.Shards, func(of part) task {
		return task{Deliver: &deliverTask{channel, s.Epoch, of, p.first, p.last}}
	})
}

// placement is the result of place.
type placement struct {
	first, last  uint64        // the range of the offsets that may not be delivered yet; last is the highest offset of the stream
	newest       []Placed      // the newest publications up to last
	publications []Publication // the publications from first to last; nil if they must be read
}

// place writes the publications that the stream does not have yet.
//
// A worker that died after it raised the top leaves publications that the queue gives out
// again. They are among the Newest of the stream: the queue gives a worker at most maxBatch
// messages of a group, and gives out no later ones of the group before those are deleted.
// A worker that died before it raised the top leaves a row above the top. Append then
// returns ErrTaken. So the rows are read only after ErrTaken.
func (h *Hub) place(ctx context.Context, n Namespace, channel string, s Stream, all []publishTask) (placement, error) {
	known, err := s.Newest, error(nil)
	if !s.newestKnown() {
		known, err = h.newest(ctx, channel, s)
	}
	for {
		if err != nil {
			return placement{}, err
		}
		p, batch := placeAfter(s.Top, known, all)
		if len(batch.Publications) == 0 {
			return p, nil
		}
		batch.ExpiresAt = h.config.Now().Add(rowLife(n))
		err = h.config.Streams.Append(ctx, channel, s.Epoch, batch)
		switch {
		case err == nil:
			return p, nil
		case errors.Is(err, ErrTaken): // another worker wrote a row
			known, err = h.newest(ctx, channel, s)
		default:
			err = fmt.Errorf("append to channel %q: %w", channel, err)
		}
	}
}

// placeAfter returns the places of publications in a stream, and a batch of those that known
// does not have. The last offset of known is top or higher.
func placeAfter(top uint64, known []Placed, all []publishTask) (placement, Batch) {
	end := top
	if len(known) > 0 {
		end = max(end, known[len(known)-1].Offset)
	}
	p, batch := placement{first: top + 1, last: end}, Batch{First: end + 1}
	newest := slices.Clone(known)
	for _, t := range all {
		add := t.Publication
		if at, ok := find(known, add); ok {
			p.first = min(p.first, at)
			continue
		}
		p.last++
		add.Offset = p.last
		batch.Publications = append(batch.Publications, add)
		newest = append(newest, Placed{add.ID, add.Time, add.Offset})
	}
	p.newest = newest[max(0, len(newest)-maxBatch):]
	if p.first == batch.First {
		p.publications = batch.Publications
	}
	return p, batch
}

// find returns the offset of a publication. A key that is used again after five minutes is
// another publication.
func find(known []Placed, p Publication) (uint64, bool) {
	i := slices.IndexFunc(known, func(k Placed) bool { return k.ID == p.ID && k.Time == p.Time })
	if i < 0 {
		return 0, false
	}
	return known[i].Offset, true
}

// newestOffsets is the number of offsets up to the top that newest reads.
const newestOffsets = 4 * maxBatch

// newest reads the newest publications of a stream, in the order of their offsets. There can
// be some above the top if a worker died before it raised the top.
func (h *Hub) newest(ctx context.Context, channel string, s Stream) ([]Placed, error) {
	begin := uint64(1)
	if s.Top > newestOffsets {
		begin = s.Top - newestOffsets + 1
	}
	var known []Placed
	for b, err := range h.config.Streams.Batches(ctx, channel, s.Epoch, begin, math.MaxInt64, false) {
		if err != nil {
			return nil, err
		}
		for _, p := range b.Publications {
			known = append(known, Placed{p.ID, p.Time, p.Offset})
		}
	}
	return known, nil
}

// frames returns frames with publications. Each frame is at most as large as a message may be.
func frames(s Stream, channel string, all []Publication) ([][]byte, error) {
	pushes := make([]centrifuge.Reply, 0, len(all))
	for _, p := range all {
		pushes = append(pushes, centrifuge.Reply{Push: &centrifuge.Push{Channel: channel, Pub: new(toProtocol(s, p))}})
	}
	return centrifuge.Frames(pushes...)
}
