package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// credential returns the subprotocol with the credential of a client: a ticket if there is
// an address for tickets, otherwise the token. Without tokens it returns "".
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
	defer response.Body.Close() //nolint:errcheck // the answer was read
	var answer struct{ Data struct{ Ticket string } }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Data.Ticket == "" {
		return "", fmt.Errorf("get ticket: %s", response.Status)
	}
	return "ticket." + answer.Data.Ticket, nil
}
