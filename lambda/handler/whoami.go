package handler

import (
	"context"
	"errors"

	"sallyport/lambda/errcode"
)

// whoami tells the client what the server knows of it.
func (m *Mux) whoami(ctx context.Context, r *request) (any, error) {
	id, user := r.RequestContext.ConnectionID, r.RequestContext.user()
	until, err := m.config.Authorizations.AuthorizedUntil(ctx, id)
	return tellRecord(r, err, TypeWhoami, struct {
		ConnectionID string `json:"connectionId"`
		User         string `json:"user"` // the name
		Issuer       string `json:"issuer"`
		Subject      string `json:"sub"`
		Expires      int64  `json:"expires"` // Unix seconds
	}{id, user.Name, user.Issuer, user.Subject, until.Unix()})
}

// tellRecord answers with data that the connection's record told, or else with
// why it could not.
func tellRecord(r *request, err error, typ string, data any) (any, error) {
	if errors.Is(err, ErrGone) {
		return refuseMessage(r, errcode.ConnectionUnknown, "connection has no row")
	}
	if err != nil {
		return nil, err
	}
	return replyWith(typ, data)
}
