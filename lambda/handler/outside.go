package handler

import (
	"context"
	"errors"
	"iter"
	"time"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
)

// A Verifier checks tokens.
type Verifier interface {
	// Verify returns the user of a token, and the time when the token expires. An
	// error that is a Refusal means that the token must not be accepted. Any
	// other error means that it could not be checked. With the codes
	// token_audience and token_scope, Verify returns the user and the error.
	Verify(ctx context.Context, token string) (user identity.User, expires time.Time, err error)
}

// A Refusal is an error that says no, and why: by a code for everyone, and by
// its text for the log ("token expired 3m12s ago"), which holds no part of a
// credential that could be used.
type Refusal interface {
	error
	// Code is one whose status in the catalogue tells how the client is refused.
	Code() errcode.Code
}

// A Store remembers the open connections.
type Store interface {
	Put(ctx context.Context, c Connection) error
	// Delete forgets a connection. One that is not there is no error.
	Delete(ctx context.Context, id string) error
}

// A Forgetter removes the rows of connections that seem to be gone.
type Forgetter interface {
	// DeleteOlder forgets a connection that was recorded before t, and tells
	// whether there is no row of it now: a younger one keeps its row.
	DeleteOlder(ctx context.Context, id string, t time.Time) (bool, error)
}

// A Finder lists the ids of open connections, a page at a time. An error ends
// the list.
type Finder interface {
	// ByUser lists the connections of the user with an ID. ByName lists the
	// connections of all users with a name.
	ByUser(ctx context.Context, userID string) iter.Seq2[string, error]
	ByName(ctx context.Context, name string) iter.Seq2[string, error]
	All(ctx context.Context) iter.Seq2[string, error]
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

// ErrThrottled is a Poster's error for a message that API Gateway would not
// take because of all the others.
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

// Authorizations tells and extends how long connections may go on.
type Authorizations interface {
	// AuthorizedUntil returns it as recorded; ErrGone without a record.
	AuthorizedUntil(ctx context.Context, id string) (time.Time, error)
	// Extend sets the AuthorizedUntil of a user's connection to until, atomically.
	// It keeps a time that is later. It returns ErrGone if the user has no such
	// connection.
	Extend(ctx context.Context, id, userID string, until time.Time) error
}

// A Census lists connections with what the caps and the sweep need.
type Census interface {
	// OfUser lists the connections of the user with an ID, the oldest first.
	// Only ID and ConnectedAt of each connection are set.
	OfUser(ctx context.Context, userID string) iter.Seq2[Connection, error]
	// Expired lists the ids of those whose AuthorizedUntil is before t.
	Expired(ctx context.Context, t time.Time) iter.Seq2[string, error]
}

// A Counter counts messages.
type Counter interface {
	// CountMessage counts one more message of a connection in the minute that
	// t is in, and returns how many it has been; ErrGone without a record.
	CountMessage(ctx context.Context, id string, t time.Time) (int, error)
}

// Tickets keeps tickets by the hash of their value, each until it is taken.
type Tickets interface {
	PutTicket(ctx context.Context, hash string, t Ticket) error
	// TakeTicket returns a ticket and removes it, in one step: of many who take
	// the same one, one gets it and the others ErrNoTicket.
	TakeTicket(ctx context.Context, hash string) (Ticket, error)
}

// Ticket lets one connection in, once.
type Ticket struct {
	User   identity.User
	Origin string // of the page that got it; empty: no page
	// TokenExpires is when the token expires that it was given for.
	TokenExpires time.Time
	ExpiresAt    time.Time
}

// ErrNoTicket says that there is no ticket of that hash: it is used up, or
// never was.
var ErrNoTicket = errors.New("no such ticket")

// A Disconnecter ends connections. It must be safe for concurrent use.
type Disconnecter interface {
	// Disconnect closes a connection; ErrGone says that it is closed already,
	// or still opening.
	Disconnect(ctx context.Context, id string) error
}
