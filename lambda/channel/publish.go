package channel

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/errcode"
)

// Publish publishes data, which is JSON, in a channel for a client. It returns when the
// queue has the publication, or, in a channel without history, when it was posted.
func (h *Hub) Publish(ctx context.Context, c Client, channel string, data json.RawMessage) error {
	n, err := h.lookup(c.User, channel, func(n Namespace) Access { return n.Publish })
	if err != nil {
		return err
	}
	if limit := n.PublicationsPerMinute; limit > 0 {
		count, err := h.config.Subscribers.Count(ctx, c.ConnectionID, n.Name, h.config.Now())
		switch {
		case err != nil:
			return err
		case count > limit:
			return errcode.Refuse(errcode.TooManyMessages, "publication %d of this minute, at most %d are allowed", count, limit)
		}
	}
	id, err := h.randomID()
	if err != nil {
		return err
	}
	return h.publish(ctx, n, channel, Publication{ID: id, Data: data, Client: c.ConnectionID, User: c.User.Name}, false)
}

// PublishAs publishes data in a channel for a backend or a route of the app, which may
// publish in every channel. Publications of a channel with the same key are one
// publication, for five minutes. An empty key differs from all others. PublishAs returns
// when the queue has the publication. In a channel without history and without a key, it
// returns when it has posted the publication. It returns the ID of the publication for Await,
// "" in a channel without history.
func (h *Hub) PublishAs(ctx context.Context, channel string, data json.RawMessage, key string) (string, error) {
	n, ok := h.config.Namespaces.Lookup(channel)
	if !ok {
		return "", errcode.Refuse(errcode.ChannelUnknown, "no namespace of this name is declared, or the name is malformed")
	}
	id := hash("key", channel, key)
	if key == "" {
		var err error
		if id, err = h.randomID(); err != nil {
			return "", err
		}
	}
	if err := h.publish(ctx, n, channel, Publication{ID: id, Data: data}, key != ""); err != nil || !n.Durable() {
		return "", err
	}
	return id, nil
}

// deduplication is the time in which the queue treats messages with the same ID as one message.
const deduplication = 5 * time.Minute

// The time between two reads of Await, and their number: 3 seconds in all.
const (
	awaitInterval = 60 * time.Millisecond
	awaitReads    = 50
)

// Await returns the position of a publication with an ID. It waits up to 3 seconds for the
// worker. The position is zero if the worker needs longer, or if 40 publications followed.
func (h *Hub) Await(ctx context.Context, channel, id string) (centrifuge.Position, error) {
	n, _ := h.config.Namespaces.Lookup(channel)
	oldest := h.config.Now().Add(-deduplication).UnixMilli() // an older one has the same key
	var read uint64                                          // the rows up to this offset are known
	for i := range awaitReads {
		s, err := h.openStream(ctx, n, channel)
		if err != nil {
			return centrifuge.Position{}, err
		}
		known := s.Newest
		if i == 0 || s.Top-read > uint64(len(known)) || !s.newestKnown() {
			if known, err = h.newest(ctx, channel, s); err != nil {
				return centrifuge.Position{}, err
			}
		}
		for _, p := range slices.Backward(known) {
			if p.ID == id && p.Offset <= s.Top && p.Time >= oldest {
				return centrifuge.Position{Offset: p.Offset, Epoch: s.Epoch}, nil
			}
		}
		read = s.Top
		select {
		case <-time.After(awaitInterval):
		case <-ctx.Done():
			return centrifuge.Position{}, nil
		}
	}
	return centrifuge.Position{}, nil
}

// publish publishes p. If once is true, p can have the ID of an earlier publication, and p goes
// through the queue, which recognises the ID, also in a channel without history.
func (h *Hub) publish(ctx context.Context, n Namespace, channel string, p Publication, once bool) error {
	var compact bytes.Buffer // without line breaks, which separate the messages of a frame
	switch {
	case len(p.Data) > n.maxBytes():
		return errcode.Refuse(errcode.MessageTooLarge, "publication of %d bytes, at most %d are allowed", len(p.Data), n.maxBytes())
	case json.Compact(&compact, p.Data) != nil:
		return errcode.Refuse(errcode.MessageInvalid, "publication is not JSON")
	case depth(compact.Bytes()) > maxDepth:
		return errcode.Refuse(errcode.MessageInvalid, "publication has more than %d levels of objects and arrays", maxDepth)
	}
	p.Data, p.Time = compact.Bytes(), h.config.Now().UnixMilli()
	if n.Durable() {
		return h.send(ctx, task{Publish: &publishTask{channel, p}})
	}
	s, err := h.openStream(ctx, n, channel)
	if err != nil {
		return err
	}
	frame, err := centrifuge.Encode(centrifuge.Reply{Push: &centrifuge.Push{Channel: channel, Pub: new(toProtocol(s, p))}})
	if err != nil {
		return err
	}
	return h.broadcast(ctx, channel, s.Shards, p.ID, frame, once)
}

// maxDepth is the largest number of nested objects and arrays of a publication. Tasks, rows
// and pushes add levels, and decoders have limits: encoding/json refuses more than 10,000.
// A task that cannot be decoded would stop its channel until it is a dead letter, and a push
// that cannot be decoded would stop clients.
const maxDepth = 100

// depth returns the number of nested objects and arrays of a JSON document.
func depth(doc []byte) int {
	deepest, level, inText := 0, 0, false
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case inText && c == '\\':
			i++ // the next character does not end the text
		case c == '"':
			inText = !inText
		case inText:
		case c == '{', c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}', c == ']':
			level--
		}
	}
	return deepest
}

// broadcast posts a frame to the subscribers of a channel. It uses jobs if there are several
// shards, or if once is true, so that the queue recognises a repeated id.
func (h *Hub) broadcast(ctx context.Context, channel string, shards int, id string, frame []byte, once bool) error {
	if shards == 1 && !once {
		return h.postShard(ctx, postTask{Channel: channel, ID: id, Frame: frame})
	}
	return h.fanOut(ctx, shards, func(of part) task {
		return task{Post: &postTask{Channel: channel, part: of, ID: id, Frame: frame}}
	})
}

// hash returns a text that identifies parts. A queue accepts its characters.
func hash(parts ...string) string {
	all, _ := json.Marshal(parts) // texts always encode
	sum := sha256.Sum256(all)
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}
