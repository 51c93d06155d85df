package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// credential returns the subprotocol that lets a client in: a ticket, if there
// is an address to get one, else the token itself; "" without tokens.
func (l load) credential(ctx context.Context) (string, error) {
	token := l.tokens.take()
	switch {
	case token == "":
		return "", nil
	case l.tickets == "":
		return "bearer." + token, nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.tickets, nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close() //nolint:errcheck // read as far as it matters
	var answer struct{ Data struct{ Ticket string } }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Data.Ticket == "" {
		return "", fmt.Errorf("get ticket: %s", response.Status)
	}
	return "ticket." + answer.Data.Ticket, nil
}
