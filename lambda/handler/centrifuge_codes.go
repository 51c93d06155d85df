package handler

import (
	"cmp"
	"encoding/json"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/errcode"
)

// protocolError returns the error of Centrifugo's protocol for a refusal. The message of an
// error without a code of its own begins with the code of the catalogue.
func protocolError(r *errcode.Refusal) *centrifuge.Error {
	text := cmp.Or(r.Text, errcode.Of(r.Code).Meaning)
	switch r.Code { //nolint:exhaustive // the others have no code of the protocol
	case errcode.ChannelUnknown:
		return &centrifuge.ErrUnknownChannel
	case errcode.ChannelDenied:
		return &centrifuge.ErrDenied
	case errcode.MessageTooLarge, errcode.TooManyChannels:
		return &centrifuge.Error{Code: centrifuge.ErrLimit.Code, Message: text}
	case errcode.MessageInvalid:
		return &centrifuge.Error{Code: centrifuge.ErrBadRequest.Code, Message: text}
	case errcode.CommandUnsupported:
		return &centrifuge.ErrNotAvailable
	case errcode.TokenExpired:
		return &centrifuge.ErrTokenExpired
	case errcode.TooManyMessages:
		return &centrifuge.ErrTooMany
	case errcode.PositionUnknown:
		return &centrifuge.ErrUnrecoverable
	}
	return &centrifuge.Error{Code: centrifuge.FirstOwnError, Message: string(r.Code) + ": " + text}
}

// disconnectPush returns the message that announces the end of a connection.
func disconnectPush(reason closing) []byte {
	code := uint32(centrifuge.ForcedDisconnect)
	switch reason.code { //nolint:exhaustive // all others are ForcedDisconnect
	case errcode.TokenExpired:
		code = centrifuge.ConnectionExpired
	case errcode.TooManyConnections:
		code = centrifuge.ConnectionLimit
	case errcode.MessageInvalid:
		code = centrifuge.BadRequest
	}
	frame, _ := centrifuge.Encode(centrifuge.Disconnect(code, cmp.Or(reason.text, errcode.Of(reason.code).Meaning))) // texts always encode
	return frame
}

// messagePush returns the push of a message, which is JSON.
func messagePush(message []byte) []byte {
	frame, err := centrifuge.Encode(centrifuge.Reply{Push: &centrifuge.Push{Message: &centrifuge.Result{Data: json.RawMessage(message)}}})
	if err != nil { // the message is JSON
		return message
	}
	return frame
}

// refuseCommands answers every command of a frame with an error.
func refuseCommands(r *request, refusal *errcode.Refusal) answer {
	commands, _ := centrifuge.Decode(r.Body) // a malformed frame has no answer
	var replies []centrifuge.Reply
	for _, c := range commands {
		if c.ID != 0 {
			replies = append(replies, centrifuge.Reply{ID: c.ID, Error: protocolError(refusal)})
		}
	}
	frame, _ := centrifuge.Encode(replies...) // texts always encode
	return reply(string(frame))
}
