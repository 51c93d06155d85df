package handler_test

import (
	"strings"
	"testing"
)

// The authorizer's context has the claims of the token, or of the ticket's token. The log
// has none of them.
func TestAuthorizerPassesClaimsOn(t *testing.T) {
	user := person("alice")
	user.Claims = `{"tenant":"t1"}`
	for _, event := range []string{"authorizer", "authorizer_ticket"} {
		w := newFixture().verifiesAs(user, expires, nil)
		k := aTicket()
		k.User = user
		w.table.tickets[ticketHash] = k
		answer, err := w.invoke(t.Context(), readEvent(t, event, nil))
		if err != nil || !strings.Contains(answer, `"claims":"{\"tenant\":\"t1\"}"`) || strings.Contains(w.log.String(), "t1") {
			t.Errorf("%s: got %s, error %v, log %s, want the claims in the answer only", event, answer, err, w.log.String())
		}
	}
}
