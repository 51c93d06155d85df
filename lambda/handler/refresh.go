package handler

import (
	"context"
	"encoding/json"
	"errors"

	"sallyport/lambda/fault"
)

// refresh lets a connection go on with a new token of the same user, who may
// have another name by now. It never
// shortens what is allowed already, and answers with what is allowed then.
func (m *Mux) refresh(ctx context.Context, r *request) (any, error) {
	var message struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal([]byte(r.Body), &message); err != nil || message.Token == "" {
		return refuseMessage(r, fault.RefreshMalformed, "refresh without a token")
	}
	if _, twice := keyTwice([]byte(r.Body)); twice {
		return refuseMessage(r, fault.RefreshMalformed, "refresh with a key twice, be it in another case")
	}
	id, userID := r.RequestContext.ConnectionID, r.RequestContext.user().ID()
	p, err := m.verify(ctx, message.Token)
	var refusal Refusal
	switch {
	case errors.As(err, &refusal):
		return refuseMessage(r, refusal.Code(), "%s", refusal)
	case err != nil:
		return nil, err
	case userID == "" || p.User.ID() != userID:
		return refuseMessage(r, fault.RefreshOtherUser, "token is of another user")
	}
	err = m.config.Authorizations.Extend(ctx, id, userID, p.Expires)
	if err != nil && !errors.Is(err, ErrGone) {
		return nil, err
	}
	if err == nil {
		p.Expires, err = m.config.Authorizations.AuthorizedUntil(ctx, id)
	}
	return tellRecord(r, err, TypeRefreshed, struct {
		Expires int64 `json:"expires"` // Unix seconds
	}{p.Expires.Unix()})
}
