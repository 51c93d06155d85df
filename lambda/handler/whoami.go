package handler

import (
	"context"
	"fmt"
	"strconv"
)

// whoami tells the client what the server knows of it.
func (m *Mux) whoami(_ context.Context, r *request) (any, error) {
	expires, err := strconv.ParseInt(r.authorized("expires"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read expires of authorizer: %w", err)
	}
	data, err := marshal(struct {
		ConnectionID string `json:"connectionId"`
		User         string `json:"user"`
		Expires      int64  `json:"expires"` // Unix seconds
	}{r.RequestContext.ConnectionID, r.authorized("user"), expires})
	if err != nil {
		return nil, err
	}
	return reply(message(TypeWhoami, data)), nil
}
