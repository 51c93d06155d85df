// Package errcode is the catalogue of error codes. The function sends a code when it refuses a
// request or ends a connection. Logs, docs/errors.md and the console use the same codes.
package errcode

import "fmt"

// Code is the reason for a refusal, or for the end of a connection. Logs (field "code") and
// messages to clients contain it. Its meaning never changes.
type Code string

// The codes, in the order of the catalogue.
const (
	NoCredential       Code = "no_credential" //nolint:gosec // a name, not a secret
	SeveralCredentials Code = "several_credentials"
	CredentialOff      Code = "credential_off" //nolint:gosec // a name, not a secret
	TokenInvalid       Code = "token_invalid"
	TokenIssuer        Code = "token_issuer"
	TokenNotYetValid   Code = "token_not_yet_valid" //nolint:gosec // a name, not a secret
	TokenExpired       Code = "token_expired"
	TokenAudience      Code = "token_audience"
	TokenScope         Code = "token_scope"
	TokenTooLarge      Code = "token_too_large"
	TicketUnknown      Code = "ticket_unknown"
	TicketExpired      Code = "ticket_expired"
	TicketOrigin       Code = "ticket_origin"
	OriginMissing      Code = "origin_missing"
	OriginNotAllowed   Code = "origin_not_allowed"
	NotThroughSite     Code = "not_through_site"
	CSRFHeaderMissing  Code = "csrf_header_missing"
	TooManyConnections Code = "too_many_connections"
	MessageTooLarge    Code = "message_too_large"
	TooManyMessages    Code = "too_many_messages"
	MessageInvalid     Code = "message_invalid"
	RefreshMalformed   Code = "refresh_malformed"
	RefreshOtherUser   Code = "refresh_other_user"
	ConnectionUnknown  Code = "connection_unknown"
	Disconnected       Code = "disconnected"
	SignedOut          Code = "signed_out"
	CommandInvalid     Code = "command_invalid"
	Unavailable        Code = "unavailable"
	ChannelUnknown     Code = "channel_unknown"
	ChannelDenied      Code = "channel_denied"
	TooManyChannels    Code = "too_many_channels"
	PositionUnknown    Code = "position_unknown"
	CommandUnsupported Code = "command_unsupported"
)

// Entry describes a code.
type Entry struct {
	Code Code
	// Status is the HTTP status of a handshake or a request that is refused with the code.
	// It is 0 if only messages have the code.
	Status int
	// Meaning is one sentence for the person at the client.
	Meaning string
	// Cause explains the code to a developer.
	Cause string
	// Remedy is the action that helps.
	Remedy string
}

// Refusal is the error for a credential, a request, a message or a command that is
// refused.
type Refusal struct {
	Code Code
	// Text is the message for the client. Empty: the Meaning of the code.
	Text string
	// Reason is the text for the log. It never contains a usable part of a credential.
	Reason string
}

// Refuse returns a Refusal. reason is a format. It may quote a few bytes of the client's
// input with %q, but never a secret.
func Refuse(code Code, reason string, args ...any) *Refusal {
	return &Refusal{Code: code, Reason: fmt.Sprintf(reason, args...)}
}

// Error returns the reason.
func (r *Refusal) Error() string { return r.Reason }
