package app

import (
	"context"
	"encoding/json"

	"sallyport/lambda/route"
)

// Echo answers every message that selects no other route with the message itself: as
// its JSON value, or as a string if it is not JSON.
var Echo = route.Default("echo", "returns the message", func(_ context.Context, _ route.Caller, body string) (json.RawMessage, error) {
	if data := json.RawMessage(body); json.Valid(data) {
		return data, nil
	}
	return route.Encode(body)
})
