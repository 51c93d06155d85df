package handler

import (
	"context"
	"errors"
	"iter"
	"time"

	"sallyport/lambda/channel"
	"sallyport/lambda/identity"
)

// A Verifier verifies tokens.
type Verifier interface {
	// Verify returns the user of a token, and the time when the token expires. An
	// *errcode.Refusal means that the token must not be accepted. Any other error means
	// that it could not be verified. With the codes token_audience and token_scope,
	// Verify returns the user and the error.
	Verify(ctx context.Context, token string) (user identity.User, expires time.Time, err error)
}

// ConnectionStore is the table of open connections. A connection without a row is not an
// error, except where ErrGone is named. Lists read one page at a time, and an error ends a
// list. It must be safe for concurrent use.
type ConnectionStore interface {
	Put(ctx context.Context, c Connection) error
	Delete(ctx context.Context, id string) error
	// DeleteOlder deletes the row of a connection if it was recorded before t. It reports
	// whether the connection has no row afterwards.
	DeleteOlder(ctx context.Context, id string, t time.Time) (bool, error)

	// ByUser lists the connections of the user with an ID, the oldest first. ByName lists
	// those of all users with a name. In these lists and in All, only ID, ConnectedAt,
	// Protocol and Trace of each connection are set.
	ByUser(ctx context.Context, userID string) iter.Seq2[Connection, error]
	ByName(ctx context.Context, name string) iter.Seq2[Connection, error]
	All(ctx context.Context) iter.Seq2[Connection, error]
	// Expired lists the connections whose AuthorizedUntil is before t. Only the ID of each
	// is set.
	Expired(ctx context.Context, t time.Time) iter.Seq2[Connection, error]

	// Get returns ID, User (without its name), AuthorizedUntil, Protocol and Trace of a
	// connection, or ErrGone if there is no row.
	Get(ctx context.Context, id string) (Connection, error)
	// Extend sets the AuthorizedUntil of a user's connection to until, atomically. It keeps
	// a time that is later. It returns ErrGone if the user has no such connection.
	Extend(ctx context.Context, id, userID string, until time.Time) error
	// CountMessages counts n more messages of a connection in the minute of t. It returns
	// the number of messages in that minute, or ErrGone if there is no row.
	CountMessages(ctx context.Context, id string, n int, t time.Time) (int, error)
}

// A Poster sends messages. It must be safe for concurrent use.
type Poster interface {
	// Post sends a text message to a connection. It returns ErrGone if the connection is
	// closed or still opening, and ErrThrottled if the rate limit refused the message.
	Post(ctx context.Context, id string, message []byte) error
}

// A Disconnecter ends connections. It must be safe for concurrent use.
type Disconnecter interface {
	// Disconnect closes a connection. It returns ErrGone if the connection is closed
	// already, or still opening.
	Disconnect(ctx context.Context, id string) error
}

// ErrGone is the error for a connection that does not exist, or no longer exists.
var ErrGone = channel.ErrGone

// ErrThrottled is a Poster's error for a message that API Gateway refused because of its
// rate limit.
var ErrThrottled = channel.ErrThrottled

// Connection is an open connection.
type Connection struct {
	ID          string
	User        identity.User
	ConnectedAt time.Time
	// AuthorizedUntil is the expiry, in seconds, of the token that opened the connection,
	// or of the token that refreshed it last.
	AuthorizedUntil time.Time
	// Protocol is the subprotocol of the messages. "": that of plain routes.
	Protocol string
	Trace    string // of the handshake, for the log; "": an older version opened the connection
	// ExpiresAt is a time by which API Gateway has closed the connection in any case.
	ExpiresAt time.Time
}

// Tickets is the table of tickets, by the hash of their value. It must be safe for
// concurrent use.
type Tickets interface {
	PutTicket(ctx context.Context, hash string, t Ticket) error
	// TakeTicket returns a ticket and deletes it, atomically. Of several calls for the
	// same ticket, one returns it, and the others return ErrNoTicket.
	TakeTicket(ctx context.Context, hash string) (Ticket, error)
}

// Ticket is a credential for one connection.
type Ticket struct {
	User         identity.User
	Origin       string    // origin of the page that requested the ticket; empty: it sent none
	TokenExpires time.Time // expiry of the token that requested the ticket
	ExpiresAt    time.Time
}

// ErrNoTicket is the error for a hash without a ticket: it was used, or never existed.
var ErrNoTicket = errors.New("no such ticket")
