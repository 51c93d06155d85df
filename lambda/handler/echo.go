package handler

import (
	"context"
	"encoding/json"
)

// echo answers $default: what the client sent, as its JSON value, or as a
// string if it is not JSON.
func (m *Mux) echo(_ context.Context, r *request) (any, error) {
	data := json.RawMessage(r.Body)
	if !json.Valid(data) {
		text, err := marshal(r.Body)
		if err != nil {
			return nil, err
		}
		data = text
	}
	return reply(message(TypeEcho, data)), nil
}
