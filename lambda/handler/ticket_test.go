package handler_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
)

// aTicket is the ticket of the events in testdata, issued at now.
func aTicket() handler.Ticket {
	return handler.Ticket{User: person("alice"), Origin: origin, TokenExpires: expires, ExpiresAt: now.Add(time.Minute).Truncate(time.Second)}
}

func TestRedeemTicket(t *testing.T) {
	tests := []struct {
		name string
		edit func(*handler.Ticket)
		at   time.Time
		want string // code
	}{
		{"good", func(*handler.Ticket) {}, now, ""},
		{"lastMoment", func(*handler.Ticket) {}, aTicket().ExpiresAt.Add(-time.Nanosecond), ""},
		{"expired", func(*handler.Ticket) {}, aTicket().ExpiresAt, "ticket_expired"},
		{"longExpired", func(*handler.Ticket) {}, now.Add(time.Hour), "ticket_expired"},
		{"otherOrigin", func(k *handler.Ticket) { k.Origin = "https://console.example.com" }, now, "ticket_origin"},
		{"ofNoPage", func(k *handler.Ticket) { k.Origin = "" }, now, "ticket_origin"},
		{"otherOriginExpired", func(k *handler.Ticket) { k.Origin = "" }, now.Add(time.Hour), "ticket_origin"},
		{"tokenAlmostExpired", func(k *handler.Ticket) { k.TokenExpires = now.Add(-30 * time.Second) }, now, ""},
		{"tokenExpired", func(k *handler.Ticket) { k.TokenExpires = now.Add(-31 * time.Second) }, now, "token_expired"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newFixture().at(test.at)
			kept := aTicket()
			test.edit(&kept)
			w.table.tickets[ticketHash] = kept
			if got := w.refusalOf(t, readEvent(t, "authorizer_ticket", nil)); got != test.want {
				t.Errorf("got code %q, want %q", got, test.want)
			}
			w.logged(t, map[string]any{"user": "alice", "credential": "ticket"})
			if len(w.table.tickets) != 0 {
				t.Error("the ticket can be used again")
			}
		})
	}
}

func TestRedeemTicketAnswers(t *testing.T) {
	w := newFixture()
	w.table.tickets[ticketHash] = aTicket()
	answer, err := w.invoke(t.Context(), readEvent(t, "authorizer_ticket", nil))
	checkAnswer(t, answer, err, wantPolicy("Allow", "alice"), "")
	answer, err = w.invoke(t.Context(), readEvent(t, "authorizer_ticket", nil))
	checkAnswer(t, answer, err, nil, "Unauthorized")
	w.logged(t, map[string]any{"code": "ticket_unknown", "outcome": "refused", "user": nil})
}

func TestRedeemTicketTableFails(t *testing.T) {
	w := newFixture()
	w.table.err = errors.New("table is down")
	if got := w.refusalOf(t, readEvent(t, "authorizer_ticket", nil)); got != "unavailable" {
		t.Errorf("got code %q, want unavailable", got)
	}
}

// A text that cannot be a ticket causes no call of the table.
func TestRedeemMalformedTicket(t *testing.T) {
	tests := map[string]string{
		"empty":        "",
		"short":        ticket[1:],
		"long":         ticket + "A",
		"padded":       ticket + "=",
		"otherBase64":  strings.Repeat("+", 43),
		"slash":        strings.Repeat("/", 43),
		"looseEnd":     ticket[:42] + "9", // decodes to the same bytes without strict decoding
		"aToken":       token,
		"hash":         ticketHash,
		"newlines":     ticket[:21] + "\n" + ticket[21:42],
		"notASCII":     strings.Repeat("é", 21) + "A",
		"dotsInFront":  "." + ticket[1:],
		"allLetters64": strings.Repeat("A", 64),
	}
	for name, value := range tests {
		t.Run(name, func(t *testing.T) {
			w := newFixture()
			w.table.tickets[ticketHash] = aTicket()
			edit := func(e map[string]any) { setHeader(e, "Sec-WebSocket-Protocol", "ticket."+value) }
			if got := w.refusalOf(t, readEvent(t, "authorizer_ticket", edit)); got != "ticket_unknown" {
				t.Errorf("got code %q, want ticket_unknown", got)
			}
			if w.table.calls != 0 {
				t.Errorf("got %d calls of the table, want none", w.table.calls)
			}
		})
	}
	if raw, err := base64.RawURLEncoding.DecodeString(tests["looseEnd"]); err != nil || !cmp.Equal(raw, counting(32)) {
		t.Errorf("got %v, error %v: the case looseEnd is wrong", raw, err)
	}
}

// Of several handshakes with one ticket, one is accepted.
func TestRedeemTicketRace(t *testing.T) {
	w := newFixture()
	w.table.tickets[ticketHash] = aTicket()
	mux, payload := w.mux(), readEvent(t, "authorizer_ticket", nil)
	var wg sync.WaitGroup
	var allowed atomic.Int64
	for range 100 {
		wg.Go(func() {
			answer, err := mux.Invoke(t.Context(), payload)
			if err == nil && strings.Contains(string(answer), `"Allow"`) {
				allowed.Add(1)
			}
		})
	}
	wg.Wait()
	if got := allowed.Load(); got != 1 {
		t.Errorf("got %d accepted, want 1", got)
	}
}
