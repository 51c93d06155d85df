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
	id, userID := r.RequestContext.ConnectionID, r.RequestContext.User().ID()
	g, err := m.verify(ctx, message.Token)
	var refusal *errcode.Refusal
	switch {
	case errors.As(err, &refusal):
		return refuse(r, refusal)
	case err != nil:
		return nil, err
	case userID == "" || g.User.ID() != userID:
		return refuseMessage(r, errcode.RefreshOtherUser, "token is of another user")
	}
	err = m.config.Connections.Extend(ctx, id, userID, g.Expires)
	if err == nil {
		g.Expires, err = m.config.Connections.AuthorizedUntil(ctx, id)
	}
	switch {
	case errors.Is(err, ErrGone):
		return refuseMessage(r, errcode.ConnectionUnknown, "connection has no row")
	case err != nil:
		return nil, err
	}
	text, err := messageOf(route.TypeRefreshed, route.Refreshed{Expires: g.Expires.Unix()})
	return reply(text), err
}
