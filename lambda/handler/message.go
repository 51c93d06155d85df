package handler

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"sallyport/lambda/errcode"
)

// The types of our messages, and of the answers of the HTTP API, which look the
// same. A pushed message has the type that its sender gives it.
const (
	TypeEcho      = "echo"
	TypeWhoami    = "whoami"
	TypeRefreshed = "refreshed"
	// TypeError refuses one message or request, TypeClosing announces that the
	// connection is ended. Both have a code of package errcode.
	TypeError   = "error"
	TypeClosing = "closing"

	TypeTicket       = "ticket"
	TypeDisconnected = "disconnected"
)

// answer is what an event of a route or of the HTTP API is answered with.
type answer struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers,omitempty"`
	Body       string            `json:"body,omitempty"`
}

// reply returns the answer to a route event. Where the route has a route
// response, the text goes to the sender (specification 5.2).
func reply(text string) answer {
	return answer{StatusCode: http.StatusOK, Body: text}
}

// message returns the text of a message to the client. data is JSON and stays
// byte for byte what it is: json.Marshal would compact it and escape <, > and &.
func message(typ string, data json.RawMessage) string {
	return `{"type":"` + typ + `","data":` + string(data) + `}`
}

// messageOf returns a message with v as its data.
func messageOf(typ string, v any) (string, error) {
	data, err := marshal(v)
	if err != nil {
		return "", err
	}
	return message(typ, data), nil
}

// replyWith returns the answer to a route event with v as the message's data.
func replyWith(typ string, v any) (any, error) {
	text, err := messageOf(typ, v)
	if err != nil {
		return nil, err
	}
	return reply(text), nil
}

// errorMessage returns a message of TypeError or TypeClosing. It says what the
// code means, unless there is something better to say.
func errorMessage(typ string, c errcode.Code, text string) string {
	if text == "" {
		text = errcode.Of(c).Meaning
	}
	quoted, err := marshal(text)
	if err != nil { // a text can always be encoded
		quoted = json.RawMessage(`""`)
	}
	return message(typ, json.RawMessage(`{"code":"`+string(c)+`","message":`+string(quoted)+`}`))
}

// marshal returns v as JSON, without the escapes that only HTML needs: they
// would make a message of markup six times as long.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
