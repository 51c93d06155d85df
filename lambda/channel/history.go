package channel

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/errcode"
)

// maxBatch is the largest number of publications in a batch. The queue also gives out at most this
// number of messages at once.
const maxBatch = 10

// replyBytes limits the size of the publications of a reply. A message has at most 128 KB.
const replyBytes = 100 << 10

// History returns publications of a channel.
func (h *Hub) History(ctx context.Context, c Client, r centrifuge.HistoryRead) (centrifuge.History, error) {
	n, err := h.lookup(c.User, r.Channel, func(n Namespace) Access { return n.History })
	if err != nil {
		return centrifuge.History{}, err
	}
	s, err := h.openStream(ctx, n, r.Channel)
	if err != nil {
		return centrifuge.History{}, err
	}
	first, last := uint64(1), s.Top
	switch {
	case r.Since == nil:
	case r.Since.Epoch != s.Epoch:
		return centrifuge.History{}, errcode.Refuse(errcode.PositionUnknown, "history since a position of another epoch")
	case !r.Reverse:
		first = min(r.Since.Offset, s.Top) + 1
	case r.Since.Offset == 0:
		return centrifuge.History{}, errcode.Refuse(errcode.MessageInvalid, "history before the first publication")
	default:
		last = min(last, r.Since.Offset-1)
	}
	answer := centrifuge.History{Epoch: s.Epoch, Offset: s.Top, Publications: []centrifuge.Publication{}}
	limit := r.Limit
	if limit < 0 {
		limit = math.MaxInt
	}
	found, _, err := h.readHistory(ctx, n, r.Channel, s, span{first, last, limit, r.Reverse})
	if err != nil {
		return answer, err
	}
	for _, p := range found {
		answer.Publications = append(answer.Publications, toProtocol(s, p))
	}
	return answer, nil
}

// span selects publications from first to last, at most limit of them.
type span struct {
	first, last uint64
	limit       int
	reverse     bool
}

// readHistory returns the publications of a span that the history still has. It returns false if it
// left some out because a reply would become too large.
func (h *Hub) readHistory(ctx context.Context, n Namespace, channel string, s Stream, sp span) ([]Publication, bool, error) {
	if s.Top > uint64(n.HistorySize) { //nolint:gosec // a size is not negative
		sp.first = max(sp.first, s.Top-uint64(n.HistorySize)+1) //nolint:gosec // as above
	}
	var found []Publication
	if sp.first > sp.last || sp.limit <= 0 {
		return nil, true, nil
	}
	oldest := h.config.Now().Add(-n.HistoryTime).UnixMilli()
	size := 0
	for p, err := range h.publications(ctx, channel, s.Epoch, sp) {
		switch {
		case err != nil:
			return nil, false, err
		case p.Time < oldest:
			continue
		case len(found) == sp.limit:
			return found, true, nil
		case size+sizeOf(p) > replyBytes:
			return found, false, nil
		}
		size += sizeOf(p)
		found = append(found, p)
	}
	return found, true, nil
}

// sizeOf returns the approximate size of a publication in a reply. A name can be longer than the
// data.
func sizeOf(p Publication) int { return len(p.Data) + textSize(p.User) + overhead }

// overhead is the approximate size of a publication without its data and its name.
const overhead = 150

// textSize returns the size of a text as JSON. A character of JSON can have six bytes.
func textSize(text string) int {
	quoted, _ := json.Marshal(text) // texts always encode
	return len(quoted)
}

// publications lists the publications of a span, without its limit.
func (h *Hub) publications(ctx context.Context, channel, epoch string, sp span) func(yield func(Publication, error) bool) {
	return func(yield func(Publication, error) bool) {
		begin := uint64(1) // a batch may begin before the span
		if sp.first > maxBatch {
			begin = sp.first - maxBatch + 1
		}
		for b, err := range h.config.Streams.Batches(ctx, channel, epoch, begin, sp.last, sp.reverse) {
			if err != nil {
				yield(Publication{}, err)
				return
			}
			if sp.reverse {
				slices.Reverse(b.Publications)
			}
			for _, p := range b.Publications {
				if p.Offset >= sp.first && p.Offset <= sp.last && !yield(p, nil) {
					return
				}
			}
		}
	}
}

// publicationsSince returns all publications after a position. It returns false if some of them are
// not available.
func (h *Hub) publicationsSince(ctx context.Context, n Namespace, channel string, s Stream, since centrifuge.Position) ([]Publication, bool, error) {
	if since.Epoch != s.Epoch || since.Offset > s.Top {
		return nil, false, nil
	}
	found, all, err := h.readHistory(ctx, n, channel, s, span{since.Offset + 1, s.Top, math.MaxInt, false})
	if err != nil {
		return nil, false, err
	}
	if !all || uint64(len(found)) != s.Top-since.Offset {
		return nil, false, nil
	}
	return found, true, nil
}

// toProtocol returns a publication in the form of the protocol. The first one of a stream has the
// epoch.
func toProtocol(s Stream, p Publication) centrifuge.Publication {
	out := centrifuge.Publication{Data: p.Data, Offset: p.Offset}
	if p.Client != "" {
		out.Info = &centrifuge.ClientInfo{User: p.User, Client: p.Client}
	}
	if p.Offset == 1 {
		out.Epoch = s.Epoch
	}
	return out
}

// rowLife returns the time for which a row of a stream is kept: at least as long as the history, and
// at least as long as the queue may give a message out again.
func rowLife(n Namespace) time.Duration { return max(n.HistoryTime, time.Hour) + time.Hour }
