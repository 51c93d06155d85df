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

// Ended is the answer to an event that ends connections.
type Ended struct {
	Disconnected int64 `json:"disconnected"`
	Gone         int64 `json:"gone"`   // no longer there; they are now forgotten
	Failed       int64 `json:"failed"` // perhaps still there; see the log
}

// closing returns the message with the reason why a connection is about to end. Our
// close always has the code 1000 and no reason (api-gateway.md 7.2).
func closing(c errcode.Code, text string) []byte {
	return []byte(errorMessage(TypeClosing, c, text))
}

// opening is how long a connection may take to open: as long as the authorizer
// and an integration, 29 seconds each (api-gateway.md 2.3 and 6). Before, it
// cannot be ended, and looks as if it were gone (api-gateway.md 7.2).
const opening = time.Minute

// errOpening says that a connection may still be opening.
var errOpening = errors.New("it is just opening, or just closed: try again")

// end sends the closing message, closes the connection and removes its row, in this
// order: after a failure the row is still there for the next attempt. ErrGone means that
// the connection was closed already, errOpening that it may still open.
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

// announceAndClose sends the closing message and closes the connection. It leaves the row.
func (m *Mux) announceAndClose(ctx context.Context, r *request, id string, text []byte) error {
	err := m.config.Poster.Post(ctx, id, text)
	if errors.Is(err, ErrGone) {
		return err
	}
	if err != nil { // it is no reason to let the connection live
		r.warn(id).Err(err).Msg("closing message not sent")
	}
	return m.config.Disconnecter.Disconnect(ctx, id)
}

// forget removes the row of a connection that was closed. If that fails, the next
// push to it does so, or the row expires.
func (m *Mux) forget(ctx context.Context, r *request, id string) {
	if err := m.config.Connections.Delete(ctx, id); err != nil {
		r.warn(id).Err(err).Msg("gone connection stays in the table")
	}
}

// removeGone removes the row of a connection that API Gateway does not know. It reports
// whether there is no row afterwards. A connection that may still be opening keeps its
// row, because without the row no message reaches it and nothing can end it.
func (m *Mux) removeGone(ctx context.Context, r *request, id string) bool {
	none, err := m.config.Connections.DeleteOlder(ctx, id, m.config.Now().Add(-opening))
	if err != nil {
		r.warn(id).Err(err).Msg("gone connection stays in the table")
	}
	return none
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

// endAll ends each connection with do, and logs the counts. It returns an error, with the
// counts so far, if time runs out or if the connections cannot be listed.
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

// sweep ends the connections whose authorization has expired. A silent connection has
// no message that the guard could refuse.
func (m *Mux) sweep(ctx context.Context, r *request) (any, error) {
	text := closing(errcode.TokenExpired, "")
	ids := m.config.Connections.Expired(ctx, m.config.Now().Add(-identity.Leeway))
	ended, err := m.endAll(ctx, r, ids, func(id string) error {
		// The list may be older than a refresh, or a close.
		until, err := m.config.Connections.AuthorizedUntil(ctx, id)
		switch {
		case errors.Is(err, ErrGone), err == nil && !m.expired(until):
			return errSkip
		case err != nil:
			return err
		}
		return m.end(ctx, r, id, text)
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}
