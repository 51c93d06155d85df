package handler

import (
	"context"
	"errors"
	"iter"
	"time"

	"sallyport/lambda/identity"
)

// A Verifier checks tokens.
type Verifier interface {
	// Verify returns the user of a token, and the time when the token expires. An
	// *errcode.Refusal means that the token must not be accepted. Any other error
	// means that it could not be checked. With the codes
	// token_audience and token_scope, Verify returns the user and the error.
	Verify(ctx context.Context, token string) (user identity.User, expires time.Time, err error)
}

// ConnectionStore is the table of open connections. A connection without a row is not an
// error, except where ErrGone is named. Lists come a page at a time, and an error ends a
// list. It must be safe for concurrent use.
type ConnectionStore interface {
	Put(ctx context.Context, c Connection) error
	Delete(ctx context.Context, id string) error
	// DeleteOlder deletes the row of a connection if it was recorded before t. It returns
	// whether the connection has no row afterwards.
	DeleteOlder(ctx context.Context, id string, t time.Time) (bool, error)

	// ByUser lists the ids of the connections of the user with an ID, ByName those of all
	// users with a name.
	ByUser(ctx context.Context, userID string) iter.Seq2[string, error]
	ByName(ctx context.Context, name string) iter.Seq2[string, error]
	All(ctx context.Context) iter.Seq2[string, error]
	// OfUser lists the connections of the user with an ID, the oldest first. Only ID and
	// ConnectedAt of each connection are set.
	OfUser(ctx context.Context, userID string) iter.Seq2[Connection, error]
	// Expired lists the ids of the connections whose AuthorizedUntil is before t.
	Expired(ctx context.Context, t time.Time) iter.Seq2[string, error]

	// AuthorizedUntil returns the recorded time, or ErrGone if there is no row.
	AuthorizedUntil(ctx context.Context, id string) (time.Time, error)
	// Extend sets the AuthorizedUntil of a user's connection to until, atomically. It keeps
	// a time that is later. It returns ErrGone if the user has no such connection.
	Extend(ctx context.Context, id, userID string, until time.Time) error
	// CountMessage counts one more message of a connection in the minute of t. It returns
	// the number of messages in that minute, or ErrGone if there is no row.
	CountMessage(ctx context.Context, id string, t time.Time) (int, error)
}

// A Poster sends messages. It must be safe for concurrent use.
type Poster interface {
	// Post sends a text message to a connection. ErrGone says that the
	// connection is closed, or still opening; ErrThrottled that too much is
	// sent.
	Post(ctx context.Context, id string, message []byte) error
}

// ErrGone is the error for a connection that does not exist, or not any more.
var ErrGone = errors.New("connection is gone")

// ErrThrottled is a Poster's error for a message that API Gateway refused because of its
// rate limit.
var ErrThrottled = errors.New("too many requests")

// Connection is an open connection.
type Connection struct {
	ID          string
	User        identity.User
	ConnectedAt time.Time
	// AuthorizedUntil is when the token expires that opened it, or the last
	// one that refreshed it, to the second.
	AuthorizedUntil time.Time
	ExpiresAt       time.Time // it is closed by then, noticed or not
}

// Tickets is the table of tickets, by the hash of their value.
type Tickets interface {
	PutTicket(ctx context.Context, hash string, t Ticket) error
	// TakeTicket returns a ticket and removes it, atomically. Of several calls for the
	// same ticket one returns it, the others return ErrNoTicket.
	TakeTicket(ctx context.Context, hash string) (Ticket, error)
}

// Ticket is good for opening one connection.
type Ticket struct {
	User   identity.User
	Origin string // of the page that got it; empty: no page
	// TokenExpires is when the token expires that it was given for.
	TokenExpires time.Time
	ExpiresAt    time.Time
}

// ErrNoTicket is the error for a hash without a ticket: it was used, or never existed.
var ErrNoTicket = errors.New("no such ticket")

// A Disconnecter ends connections. It must be safe for concurrent use.
type Disconnecter interface {
	// Disconnect closes a connection. ErrGone means that it is closed already, or
	// that it is still opening.
	Disconnect(ctx context.Context, id string) error
}
