package handler

import (
	"context"
	"encoding/json"
	"errors"

	"sallyport/lambda/errcode"
	"sallyport/lambda/route"
	"sallyport/lambda/strictjson"
)

// refresh extends a connection with a new token of the same user. The user's name
// may have changed. The time until which the connection may stay open never becomes
// earlier. The answer has this time.
func (m *Mux) refresh(ctx context.Context, r *request) (any, error) {
	var message route.Refreshing
	if err := json.Unmarshal([]byte(r.Body), &message); err != nil || message.Token == "" {
		return refuseMessage(r, errcode.RefreshMalformed, "refresh without a token")
	}
	if _, found := strictjson.DuplicateKey([]byte(r.Body), ""); found {
		return refuseMessage(r, errcode.RefreshMalformed, "refresh with a duplicate key (keys that differ only in case count as one)")
	}
	g, err := m.extend(ctx, r, message.Token)
	var refusal *errcode.Refusal
	switch {
	case errors.As(err, &refusal):
		return refuse(r, refusal)
	case err != nil:
		return nil, err
	}
	text, err := messageOf(route.TypeRefreshed, route.Refreshed{Expires: g.Expires.Unix()})
	return reply(text), err
}

// extend extends the connection of an event with a new token. It returns the user, and the
// time until which the connection may stay open. A refusal is an errcode.Refusal.
func (m *Mux) extend(ctx context.Context, r *request, token string) (grant, error) {
	id, userID := r.RequestContext.ConnectionID, r.RequestContext.User().ID()
	g, err := m.verify(ctx, token)
	switch {
	case err != nil:
		return g, err
	case userID == "" || g.User.ID() != userID:
		return g, errcode.Refuse(errcode.RefreshOtherUser, "token is of another user")
	}
	var c Connection
	if err = m.config.Connections.Extend(ctx, id, userID, g.Expires); err == nil {
		c, err = m.config.Connections.Get(ctx, id)
	}
	if errors.Is(err, ErrGone) {
		err = errcode.Refuse(errcode.ConnectionUnknown, "connection has no row")
	}
	g.Expires = c.AuthorizedUntil
	return g, err
}
