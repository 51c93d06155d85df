package handler

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"sallyport/lambda/errcode"
)

const (
	// ticketBytes is the number of random bytes in a ticket.
	ticketBytes = 32
	// ticketLife is the time for which a ticket is valid: long enough to connect, and short,
	// because a ticket may be stolen.
	ticketLife = 60 * time.Second
)

// issue creates a ticket for a user and the origin of a page. The table has only the hash of
// the value, so a reader of the table cannot use the ticket.
func (m *Mux) issue(ctx context.Context, g grant, origin string) (value string, t Ticket, err error) {
	random := make([]byte, ticketBytes)
	if _, err := io.ReadFull(m.config.Random, random); err != nil {
		return "", Ticket{}, fmt.Errorf("make ticket: %w", err)
	}
	value = base64.RawURLEncoding.EncodeToString(random)
	t = Ticket{
		User:         g.User,
		Origin:       origin,
		TokenExpires: g.Expires,
		ExpiresAt:    m.config.Now().Add(ticketLife).Truncate(time.Second),
	}
	if err := m.config.Tickets.PutTicket(ctx, hashOf(value), t); err != nil {
		return "", Ticket{}, err
	}
	return value, t, nil
}

// redeem deletes a ticket from the table and checks it. A refused ticket cannot be used
// again, because it may be stolen.
func (m *Mux) redeem(ctx context.Context, value, origin string) (grant, error) {
	if !isTicket(value) {
		return grant{}, errcode.Refuse(errcode.TicketUnknown, "ticket is malformed")
	}
	t, err := m.config.Tickets.TakeTicket(ctx, hashOf(value))
	if errors.Is(err, ErrNoTicket) {
		return grant{}, errcode.Refuse(errcode.TicketUnknown, "ticket is used up, or never existed")
	}
	if err != nil {
		return grant{}, err
	}
	g, now := grant{t.User, t.TokenExpires}, m.config.Now()
	switch {
	case t.Origin != origin:
		return g, errcode.Refuse(errcode.TicketOrigin, "ticket of origin %.100q, used by origin %.100q", t.Origin, origin)
	case !now.Before(t.ExpiresAt):
		return g, errcode.Refuse(errcode.TicketExpired, "ticket expired %s ago", now.Sub(t.ExpiresAt).Round(time.Second))
	case m.expired(g.Expires):
		return g, errcode.Refuse(errcode.TokenExpired, "token of the ticket expired %s ago", now.Sub(g.Expires).Round(time.Second))
	}
	return g, nil
}

// isTicket reports whether a text has the form of a ticket.
func isTicket(value string) bool {
	random, err := base64.RawURLEncoding.Strict().DecodeString(value)
	return err == nil && len(random) == ticketBytes && len(value) == base64.RawURLEncoding.EncodedLen(ticketBytes)
}

// hashOf returns the hash of a ticket's value. The value has 32 random bytes, so a fast hash
// without a salt is safe.
func hashOf(value string) string {
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:])
}
