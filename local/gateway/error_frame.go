package gateway

import "fmt"

// The messages of error frames (api-gateway.md 5.3).
const (
	textForbidden = "Forbidden"
	textInternal  = "Internal server error"
	textTimedOut  = "Endpoint request timed out"
	textThrottled = "Too Many Requests"
)

// errorFrame returns the text that a client gets when its message fails. Its spaces are those
// of AWS: one after the first colon and one after each comma. The arguments are plain ASCII.
func errorFrame(message, connectionID, requestID string) []byte {
	return fmt.Appendf(nil, `{"message": %q, "connectionId":%q, "requestId":%q}`, message, connectionID, requestID)
}
