package centrifuge

import "fmt"

// Error is the answer to a command that failed. A command with Temporary may be sent
// again.
type Error struct {
	Code      uint32 `json:"code"`
	Message   string `json:"message"`
	Temporary bool   `json:"temporary,omitempty"`
}

// Error returns the text of the error.
func (e Error) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Message) }

// The errors of the protocol
// (https://centrifugal.dev/docs/server/codes#client-error-codes).
var (
	ErrInternal       = Error{100, "internal server error", true}
	ErrUnknownChannel = Error{102, "unknown channel", false}
	ErrDenied         = Error{103, "permission denied", false}
	ErrLimit          = Error{106, "limit exceeded", false}
	ErrBadRequest     = Error{107, "bad request", false}
	ErrNotAvailable   = Error{108, "not available", false}
	ErrTokenExpired   = Error{109, "token expired", false}
	ErrTooMany        = Error{111, "too many requests", true}
	ErrUnrecoverable  = Error{112, "unrecoverable position", false}
)

// FirstOwnError is the lowest code of an error that the protocol does not define.
const FirstOwnError = 400

// The codes of the end of a subscription. From 2500 on, the client subscribes again.
const (
	UnsubscribedByServer = 2000
	InsufficientState    = 2500
)

// The codes of the end of a connection. From 3500 to 3999, and from 4500 to 4999, the
// client does not connect again.
const (
	ConnectionExpired = 3005

	// InsufficientStateOfConnection ends a connection that must recover its own channels.
	InsufficientStateOfConnection = 3010

	BadRequest       = 3501
	ForcedDisconnect = 3503
	ConnectionLimit  = 3504
)

// Unsubscribe returns the push that ends a subscription.
func Unsubscribe(channel string, code uint32, reason string) Reply {
	return Reply{Push: &Push{Channel: channel, Unsubscribe: &Closed{code, reason}}}
}

// Disconnect returns the push that announces the end of the connection.
func Disconnect(code uint32, reason string) Reply {
	return Reply{Push: &Push{Disconnect: &Closed{code, reason}}}
}
