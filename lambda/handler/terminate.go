package handler

import (
	"context"
	"errors"
	"iter"
	"time"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
	"sallyport/lambda/metric"
)

// Ended is the answer to an event that ends connections. It counts connections.
type Ended struct {
	Disconnected int64 `json:"disconnected"`
	Gone         int64 `json:"gone"`             // closed before; their rows are deleted now
	Failed       int64 `json:"failed"`           // may still be open; the log has the reasons
	Queued       int64 `json:"queued,omitempty"` // the queue has jobs that end them
}

// closing is the reason for which a connection ends. The client receives it in a message,
// because the close frame always has the code 1000 and no reason (api-gateway.md 7.2).
type closing struct {
	code errcode.Code
	text string // "": the meaning of the code
}

// message returns the message of a protocol.
func (c closing) message(protocol string) []byte {
	if protocol == centrifugeProtocol {
		return disconnectPush(c)
	}
	return []byte(errorMessage(TypeClosing, c.code, c.text))
}

// opening is the longest time that a connection takes to open: 29 seconds for the
// authorizer and 29 for the integration (api-gateway.md 2.3 and 6). A connection that is
// opening cannot be ended, and looks like one that is gone (api-gateway.md 7.2).
const opening = time.Minute

// errOpening is the error for a connection that may still be opening.
var errOpening = errors.New("the connection is opening, or closed a moment ago: try again")

// end sends the closing message, closes the connection and deletes its row. It deletes the
// row last, so that another attempt is possible after an error. It returns ErrGone if the
// connection was closed already, and errOpening if it may still open.
func (m *Mux) end(ctx context.Context, r *request, c Connection, reason closing) error {
	err := m.announceAndClose(ctx, r, c, reason)
	switch {
	case err == nil:
		m.forget(ctx, r, c)
	case errors.Is(err, ErrGone) && !m.removeGone(ctx, r, c):
		return errOpening
	}
	return err
}

// announceAndClose sends the closing message and closes the connection. It keeps the row. A
// client that closes the connection itself when it gets the message is not gone.
func (m *Mux) announceAndClose(ctx context.Context, r *request, c Connection, reason closing) error {
	posted := m.config.Poster.Post(ctx, c.ID, reason.message(c.Protocol))
	if errors.Is(posted, ErrGone) {
		return posted
	}
	if posted != nil { // the connection must end nevertheless
		r.warn(c).Err(posted).Msg("closing message not sent")
	}
	err := m.config.Disconnecter.Disconnect(ctx, c.ID)
	if posted == nil && errors.Is(err, ErrGone) {
		return nil
	}
	return err
}

// forget deletes the row of a closed connection. If that fails, the next push deletes the
// row, or the row expires.
func (m *Mux) forget(ctx context.Context, r *request, c Connection) {
	if err := m.config.Connections.Delete(ctx, c.ID); err != nil {
		r.warn(c).Err(err).Msg("gone connection stays in the table")
	}
}

// removeGone deletes the row of a connection that API Gateway does not know. It reports
// whether the connection has no row afterwards. A connection that may still be opening
// keeps its row, because without the row it could neither receive messages nor be ended.
func (m *Mux) removeGone(ctx context.Context, r *request, c Connection) bool {
	removed, err := m.config.Connections.DeleteOlder(ctx, c.ID, m.config.Now().Add(-opening))
	if err != nil {
		r.warn(c).Err(err).Msg("gone connection stays in the table")
	}
	return removed
}

// endOne ends a connection during an event that is not a command. A connection that is
// gone, or that may still be opening, is not an error.
func (m *Mux) endOne(ctx context.Context, r *request, c Connection, reason closing) error {
	err := m.end(ctx, r, c, reason)
	if errors.Is(err, ErrGone) || errors.Is(err, errOpening) {
		return nil
	}
	if err == nil {
		r.count(metric.DisconnectedByFunction, 1)
	}
	return err
}

// endAll ends each connection of a list with do, or by jobs like j (see forEachOrQueue), and logs
// the counts. If time runs out, or if the connections cannot be listed, the error has the counts so
// far.
func (m *Mux) endAll(ctx context.Context, r *request, list iter.Seq2[Connection, error], j *job, do func(Connection) error) (Ended, error) {
	count, err := m.forEachOrQueue(ctx, list, j, func(c Connection) error {
		r.addConnectionTrace(c)
		err := do(c)
		if err != nil && !errors.Is(err, ErrGone) && !errors.Is(err, errSkip) {
			r.warn(c).Err(err).Msg("connection not ended")
		}
		return err
	})
	e := Ended{Disconnected: count.done.Load(), Gone: count.gone.Load(), Failed: count.failed.Load(), Queued: count.queued.Load()}
	r.count(metric.DisconnectedByFunction, e.Disconnected)
	r.log = r.log.With().Int64("disconnected", e.Disconnected).Int64("gone", e.Gone).Int64("failed", e.Failed).Logger()
	r.noteQueued(count)
	if err != nil {
		return e, m.incomplete("end connections", err, count, "disconnected")
	}
	return e, nil
}

// sweep ends the connections whose authorization has expired. The guard cannot end a
// connection that sends no messages.
func (m *Mux) sweep(ctx context.Context, r *request) (any, error) {
	list := m.config.Connections.Expired(ctx, m.config.Now().Add(-identity.Leeway))
	return m.endAll(ctx, r, list, nil, func(c Connection) error {
		// The connection may have been refreshed or closed since the list was read.
		now, err := m.config.Connections.Get(ctx, c.ID)
		switch {
		case errors.Is(err, ErrGone), err == nil && !m.expired(now.AuthorizedUntil):
			return errSkip
		case err != nil:
			return err
		}
		return m.end(ctx, r, now, closing{code: errcode.TokenExpired})
	})
}
