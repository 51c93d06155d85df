package handler

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sallyport/lambda/errcode"
	"sallyport/lambda/metric"
	"sallyport/lambda/setting"
)

// maxEvicted is the largest number of connections that a new connection ends: one to make
// space, and some that an earlier event could not end. With this limit, n connections at
// once cause about n disconnects, not n times n.
const maxEvicted = 5

// enforceLimit reports whether a new connection may open. It ends other connections that
// exceed the limit: the oldest ones, or those that were accepted beyond the limit. The
// connections of a user are sorted by time and ID, so that concurrent events agree on the
// connections that stay.
//
// DynamoDB's index follows the table with a short delay, and a connection that is still
// opening cannot be ended. A burst may therefore exceed the limit until the user connects
// again.
func (m *Mux) enforceLimit(ctx context.Context, r *request, c Connection) (bool, error) {
	limit := m.config.ConnectionsPerUser
	if limit <= 0 {
		return true, nil
	}
	all, err := m.connectionsOf(ctx, c)
	if err != nil {
		return false, fmt.Errorf("count connections: %w", err)
	}
	isSelf := func(o Connection) bool { return o.ID == c.ID }
	self := slices.IndexFunc(all, isSelf)
	if len(all) > limit {
		r.count(metric.OverCap, 1)
	}
	if m.config.OverCap != setting.Oldest {
		// Others beyond the limit were accepted before an older connection was recorded.
		surplus := slices.DeleteFunc(all[min(limit, len(all)):], isSelf)
		m.evict(ctx, r, surplus[:min(len(surplus), maxEvicted)])
		return self < limit, nil
	}
	if newer := len(all) - 1 - self; newer >= limit { // enough newer ones have opened in the meantime
		return false, nil
	}
	surplus := all[:max(0, len(all)-limit)] // all of them are older than c
	m.evict(ctx, r, surplus[max(0, len(surplus)-maxEvicted):])
	return true, nil
}

// connectionsOf lists the connections of c's user, sorted. It adds c if the index does not
// have it yet. It leaves out rows whose connection must have ended: DynamoDB may remove
// them days later.
func (m *Mux) connectionsOf(ctx context.Context, c Connection) ([]Connection, error) {
	all := []Connection{c}
	for other, err := range m.config.Connections.ByUser(ctx, c.User.ID()) {
		if err != nil {
			return nil, err
		}
		if other.ID != c.ID && c.ConnectedAt.Sub(other.ConnectedAt) < lifetime {
			all = append(all, other)
		}
	}
	slices.SortFunc(all, func(a, b Connection) int {
		return cmp.Or(a.ConnectedAt.Compare(b.ConnectedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// evict ends the connections beyond the limit. If one of them cannot be ended, the new
// connection opens nevertheless, and the user's next connection tries again.
func (m *Mux) evict(ctx context.Context, r *request, surplus []Connection) {
	for _, c := range surplus {
		if err := m.endOne(ctx, r, c, closing{code: errcode.TooManyConnections}); err != nil {
			r.warn(c).Err(err).Msg("connection not ended")
		}
	}
}
