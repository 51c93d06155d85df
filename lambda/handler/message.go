package handler

import (
	"encoding/json"
	"net/http"

	"sallyport/lambda/errcode"
	"sallyport/lambda/route"
)

// The types of the messages of every app, and of the answers of the HTTP API, which have
// the same form. An app cannot declare them (package route).
const (
	// A message of TypeError refuses a message or a request. A message of TypeClosing
	// announces the end of the connection. Both have a code of package errcode.
	TypeError   = "error"
	TypeClosing = "closing"

	TypeTicket       = "ticket"
	TypeDisconnected = "disconnected"
	TypeSession      = "session"
)

// answer is the answer to a route event or to a request to the HTTP API.
type answer struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers,omitempty"`
	Cookies    []string          `json:"cookies,omitempty"` // of the HTTP API: each a Set-Cookie
	Body       string            `json:"body,omitempty"`
}

// reply returns the answer to a route event. If the route has a route response, API
// Gateway sends the text to the sender (api-gateway.md 5.2).
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

// errorMessage returns a message of TypeError or TypeClosing. An empty text is replaced by
// the Meaning of the code.
func errorMessage(typ string, c errcode.Code, text string) string {
	if text == "" {
		text = errcode.Of(c).Meaning
	}
	quoted, err := route.Encode(text)
	if err != nil { // a string can always be encoded
		quoted = json.RawMessage(`""`)
	}
	return route.Envelope(typ, json.RawMessage(`{"code":"`+string(c)+`","message":`+string(quoted)+`}`))
}
