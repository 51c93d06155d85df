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
	// ticketBytes of randomness cannot be guessed.
	ticketBytes = 32
	// ticketLife is long enough to connect, and too short to find a use for a
	// ticket that leaked.
	ticketLife = 60 * time.Second
)

// issue makes a ticket for a user, to be used by a page of the same origin.
// Only its hash is kept: who reads the table gets no ticket.
func (m *Mux) issue(ctx context.Context, p grant, origin string) (value string, t Ticket, err error) {
	random := make([]byte, ticketBytes)
	if _, err := io.ReadFull(m.config.Random, random); err != nil {
		return "", Ticket{}, fmt.Errorf("make ticket: %w", err)
	}
	value = base64.RawURLEncoding.EncodeToString(random)
	t = Ticket{
		User:         p.User,
		Origin:       origin,
		TokenExpires: p.Expires,
		ExpiresAt:    m.config.Now().Add(ticketLife).Truncate(time.Second),
	}
	if err := m.config.Tickets.PutTicket(ctx, hashOf(value), t); err != nil {
		return "", Ticket{}, err
	}
	return value, t, nil
}

// redeem takes a ticket. Whatever is wrong with it, it is used up: who shows it
// at the wrong place or time has no business with it.
func (m *Mux) redeem(ctx context.Context, value, origin string) (grant, error) {
	if !isTicket(value) {
		return grant{}, errcode.Refuse(errcode.TicketUnknown, "ticket is malformed")
	}
	t, err := m.config.Tickets.TakeTicket(ctx, hashOf(value))
	if errors.Is(err, ErrNoTicket) {
		return grant{}, errcode.Refuse(errcode.TicketUnknown, "ticket is used up, or never was")
	}
	if err != nil {
		return grant{}, err
	}
	p, now := grant{t.User, t.TokenExpires}, m.config.Now()
	switch {
	case t.Origin != origin:
		return p, errcode.Refuse(errcode.TicketOrigin, "ticket of origin %.100q, shown at %.100q", t.Origin, origin)
	case !now.Before(t.ExpiresAt):
		return p, errcode.Refuse(errcode.TicketExpired, "ticket expired %s ago", now.Sub(t.ExpiresAt).Round(time.Second))
	case m.expired(p.Expires):
		return p, errcode.Refuse(errcode.TokenExpired, "token of the ticket expired %s ago", now.Sub(p.Expires).Round(time.Second))
	}
	return p, nil
}

// isTicket reports whether a text has the shape of a ticket, so that no other is
// looked up.
func isTicket(value string) bool {
	random, err := base64.RawURLEncoding.Strict().DecodeString(value)
	return err == nil && len(random) == ticketBytes && len(value) == base64.RawURLEncoding.EncodedLen(ticketBytes)
}

// hashOf is what a ticket is kept by. A ticket is as random as a key, so a fast
// hash without a salt is right.
func hashOf(value string) string {
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:])
}
