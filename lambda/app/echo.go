package app

import (
	"context"
	"encoding/json"

	"sallyport/lambda/route"
)

// Echo returns a message to its sender. It answers the messages that select no other
// route. The answer is the JSON value of the message, or a string if it is not JSON.
var Echo = route.Default("echo", "returns the message", func(_ context.Context, _ route.Caller, body string) (json.RawMessage, error) {
	if data := json.RawMessage(body); json.Valid(data) {
		return data, nil
	}
	return route.Encode(body)
})
