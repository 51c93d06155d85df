package route

import (
	"fmt"

	"sallyport/lambda/errcode"
)

// ErrorCode is an error code of an app. It is an error: a handler returns it as it is,
// or with a reason for the log. The sender receives
// {"type": "error", "data": {"code": ..., "message": ...}}.
type ErrorCode struct {
	// Entry is the code's entry in the catalogue. Its Status is 0, because the code is
	// only in messages, and its Cause is empty.
	Entry errcode.Entry
}

// Error declares an error code. message is one sentence for the person at the client.
// remedy describes the action that helps.
func Error(code, message, remedy string) ErrorCode {
	return ErrorCode{errcode.Entry{Code: errcode.Code(code), Meaning: message, Remedy: remedy}}
}

// Error returns the message for the person at the client.
func (e ErrorCode) Error() string { return e.Entry.Meaning }

// Because returns e as an error with a reason for the log. The client does not receive
// the reason. It must not contain parts of messages or tokens.
func (e ErrorCode) Because(reason string, args ...any) error {
	return &errcode.Refusal{Code: e.Entry.Code, Text: e.Entry.Meaning, Reason: fmt.Sprintf(reason, args...)}
}

// Invalid returns the error for a message whose content is wrong. The sender receives
// the code message_invalid and the text, which may quote the message.
func Invalid(text string, args ...any) error {
	return invalid("refused by the route", text, args...)
}

func invalid(reason, text string, args ...any) error {
	return &errcode.Refusal{Code: errcode.MessageInvalid, Text: fmt.Sprintf(text, args...), Reason: reason}
}
