package handler

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
	"sallyport/lambda/metric"
)

// Ended is the answer to an event that ends connections. It counts connections.
type Ended struct {
	Disconnected int64 `json:"disconnected"`
	Gone         int64 `json:"gone"`   // closed before; their rows are deleted now
	Failed       int64 `json:"failed"` // may still be open; the log has the reasons
}

// closing returns the message that a client receives before its connection ends. The close
// frame always has the code 1000 and no reason (api-gateway.md 7.2).
func closing(c errcode.Code, text string) []byte {
	return []byte(errorMessage(TypeClosing, c, text))
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
func (m *Mux) end(ctx context.Context, r *request, id string, text []byte) error {
	err := m.announceAndClose(ctx, r, id, text)
	switch {
	case err == nil:
		m.forget(ctx, r, id)
	case errors.Is(err, ErrGone) && !m.removeGone(ctx, r, id):
		return errOpening
	}
	return err
}

// announceAndClose sends the closing message and closes the connection. It keeps the row.
func (m *Mux) announceAndClose(ctx context.Context, r *request, id string, text []byte) error {
	err := m.config.Poster.Post(ctx, id, text)
	if errors.Is(err, ErrGone) {
		return err
	}
	if err != nil { // the connection must end nevertheless
		r.warn(id).Err(err).Msg("closing message not sent")
	}
	return m.config.Disconnecter.Disconnect(ctx, id)
}

// forget deletes the row of a closed connection. If that fails, the next push deletes the
// row, or the row expires.
func (m *Mux) forget(ctx context.Context, r *request, id string) {
	if err := m.config.Connections.Delete(ctx, id); err != nil {
		r.warn(id).Err(err).Msg("gone connection stays in the table")
	}
}

// removeGone deletes the row of a connection that API Gateway does not know. It reports
// whether the connection has no row afterwards. A connection that may still be opening
// keeps its row, because without the row it could neither receive messages nor be ended.
func (m *Mux) removeGone(ctx context.Context, r *request, id string) bool {
	removed, err := m.config.Connections.DeleteOlder(ctx, id, m.config.Now().Add(-opening))
	if err != nil {
		r.warn(id).Err(err).Msg("gone connection stays in the table")
	}
	return removed
}

// endOne ends a connection during an event that is not a command. A connection that is
// gone, or that may still be opening, is not an error.
func (m *Mux) endOne(ctx context.Context, r *request, id string, text []byte) error {
	err := m.end(ctx, r, id, text)
	if errors.Is(err, ErrGone) || errors.Is(err, errOpening) {
		return nil
	}
	if err == nil {
		r.count(metric.DisconnectedByFunction, 1)
	}
	return err
}

// endAll ends each connection with do, and logs the counts. If time runs out, or if the
// connections cannot be listed, the error has the counts so far.
func (m *Mux) endAll(ctx context.Context, r *request, ids iter.Seq2[string, error], do func(id string) error) (Ended, error) {
	count, err := each(ctx, ids, func(id string) error {
		err := do(id)
		if err != nil && !errors.Is(err, ErrGone) && !errors.Is(err, errSkip) {
			r.warn(id).Err(err).Msg("connection not ended")
		}
		return err
	})
	e := Ended{Disconnected: count.done.Load(), Gone: count.gone.Load(), Failed: count.failed.Load()}
	r.count(metric.DisconnectedByFunction, e.Disconnected)
	r.log = r.log.With().Int64("disconnected", e.Disconnected).Int64("gone", e.Gone).Int64("failed", e.Failed).Logger()
	if err != nil {
		return e, fmt.Errorf("end connections: %w, after %d disconnected, %d gone, %d failed", err, e.Disconnected, e.Gone, e.Failed)
	}
	return e, nil
}

// sweep ends the connections whose authorization has expired. The guard cannot end a
// connection that sends no messages.
func (m *Mux) sweep(ctx context.Context, r *request) (any, error) {
	text := closing(errcode.TokenExpired, "")
	ids := m.config.Connections.Expired(ctx, m.config.Now().Add(-identity.Leeway))
	return m.endAll(ctx, r, ids, func(id string) error {
		// The connection may have been refreshed or closed since the list was read.
		until, err := m.config.Connections.AuthorizedUntil(ctx, id)
		switch {
		case errors.Is(err, ErrGone), err == nil && !m.expired(until):
			return errSkip
		case err != nil:
			return err
		}
		return m.end(ctx, r, id, text)
	})
}
