package handler

import (
	"encoding/json"
	"net/http"

	"sallyport/lambda/errcode"
	"sallyport/lambda/route"
)

// The types of the messages that every app has, and of the answers of the HTTP API,
// which look the same. A pushed message has the type that its sender gives it.
const (
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
// response, the text goes to the sender (api-gateway.md 5.2).
func reply(text string) answer {
	return answer{StatusCode: http.StatusOK, Body: text}
}

// messageOf returns a message with v as its data.
func messageOf(typ string, v any) (string, error) {
	data, err := route.Encode(v)
	if err != nil {
		return "", err
	}
	return route.Envelope(typ, data), nil
}

// errorMessage returns a message of TypeError or TypeClosing. It says what the
// code means, unless there is something better to say.
func errorMessage(typ string, c errcode.Code, text string) string {
	if text == "" {
		text = errcode.Of(c).Meaning
	}
	quoted, err := route.Encode(text)
	if err != nil { // a text can always be encoded
		quoted = json.RawMessage(`""`)
	}
	return route.Envelope(typ, json.RawMessage(`{"code":"`+string(c)+`","message":`+string(quoted)+`}`))
}
