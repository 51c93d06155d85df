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

// maxPushedOut is how many connections a new one pushes out at most: one for
// itself, and some that were left over. So a burst of n makes some n
// disconnects, not n times n.
const maxPushedOut = 5

// fits tells whether a new connection may open under the cap, and ends others if
// they have to go: the oldest, or those that were let in beyond it. The
// connections of a user have one order, by time and id, so that of many that
// open at once, all agree on which ones survive.
//
// DynamoDB's index follows the table with a moment's delay, and a connection
// that is still opening cannot be ended: a burst may exceed the cap until the
// user connects again.
func (m *Mux) fits(ctx context.Context, r *request, c Connection) (bool, error) {
	limit := m.config.ConnectionsPerUser
	if limit <= 0 {
		return true, nil
	}
	all, err := m.census(ctx, c)
	if err != nil {
		return false, fmt.Errorf("count connections: %w", err)
	}
	self := slices.IndexFunc(all, func(o Connection) bool { return o.ID == c.ID })
	if len(all) > limit {
		r.count(metric.OverCap, 1)
	}
	if m.config.OverCap != setting.Oldest {
		// Others beyond the limit were let in before an older one was noted.
		surplus := slices.DeleteFunc(all[min(limit, len(all)):], func(o Connection) bool { return o.ID == c.ID })
		m.pushOut(ctx, r, surplus[:min(len(surplus), maxPushedOut)])
		return self < limit, nil
	}
	if newer := len(all) - 1 - self; newer >= limit {
		return false, nil
	}
	surplus := all[:max(0, len(all)-limit)] // all of them older
	m.pushOut(ctx, r, surplus[max(0, len(surplus)-maxPushedOut):])
	return true, nil
}

// census lists the connections of c's user in their order, c among them even if
// the index does not show it yet. Rows that outlive their connection are left
// out: DynamoDB may take days to remove them.
func (m *Mux) census(ctx context.Context, c Connection) ([]Connection, error) {
	all := []Connection{c}
	for other, err := range m.config.Census.OfUser(ctx, c.User.ID()) {
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

// pushOut ends connections that are too many. One that cannot be ended is no
// reason to refuse the new one: the next one tries again.
func (m *Mux) pushOut(ctx context.Context, r *request, surplus []Connection) {
	text := closing(errcode.TooManyConnections, "")
	for _, c := range surplus {
		if err := m.endOne(ctx, r, c.ID, text); err != nil {
			r.warn(c.ID).Err(err).Msg("connection not ended")
		}
	}
}
