package handler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"sallyport/lambda/errcode"
	"sallyport/lambda/metric"
)

// lifetime is the time after which the row of a connection expires if its $disconnect
// event is lost. It is the longest connection, two hours (api-gateway.md 6), and ten
// minutes.
const lifetime = 2*time.Hour + 10*time.Minute

// plainProtocol is the subprotocol of plain routes. A browser closes the connection unless the
// answer has one of the subprotocols that it offered (api-gateway.md 1.4).
const plainProtocol = "sallyport.v1"

// connect records a connection before it opens. Nothing can be sent to it yet
// (api-gateway.md 7.2). After an error, API Gateway refuses the client with 502: a push
// could not reach a connection without a row.
func (m *Mux) connect(ctx context.Context, r *request) (any, error) {
	until, err := r.expires()
	if err != nil {
		return nil, err
	}
	user := r.RequestContext.User()
	if user.ID() == "" || user.Name == "" {
		return nil, fmt.Errorf("%w: the event has no user: $connect has no authorizer, or not the authorizer of this stack", errEvent)
	}
	at := time.UnixMilli(r.RequestContext.ConnectedAt)
	c := Connection{
		ID:              r.RequestContext.ConnectionID,
		User:            user,
		ConnectedAt:     at,
		AuthorizedUntil: until,
		Protocol:        r.RequestContext.Authorizer.Protocol,
		Trace:           r.trace,
		ExpiresAt:       at.Add(lifetime),
	}
	if err := m.config.Connections.Put(ctx, c); err != nil {
		return nil, err
	}
	admitted, err := m.enforceLimit(ctx, r, c)
	if err != nil || !admitted {
		m.forget(ctx, r, c)
	}
	if err != nil {
		return nil, err
	}
	if !admitted {
		r.refuse(errcode.Refuse(errcode.TooManyConnections, "user has as many connections as allowed"))
		return answer{StatusCode: http.StatusForbidden, Body: errorMessage(TypeError, errcode.TooManyConnections, "")}, nil
	}
	r.count(metric.Connects, 1)
	a := reply("")
	if chosen := cmp.Or(c.Protocol, plainProtocol); slices.Contains(r.protocols(), chosen) {
		a.Headers = map[string]string{protocolHeader: chosen}
	}
	return a, nil
}

// disconnect deletes the row of a connection that has closed. API Gateway ignores the
// answer (api-gateway.md 3.4).
func (m *Mux) disconnect(ctx context.Context, r *request) (any, error) {
	r.count(metric.Disconnects, 1)
	r.note("closeCode", strconv.FormatInt(r.RequestContext.DisconnectStatusCode, 10))
	id := r.RequestContext.ConnectionID
	err := m.config.Connections.Delete(ctx, id)
	if m.config.Channels != nil && r.connection().Protocol == centrifugeProtocol {
		err = errors.Join(err, m.config.Channels.Leave(ctx, id))
	}
	return reply(""), err
}
