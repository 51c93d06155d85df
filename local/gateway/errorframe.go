package gateway

// The messages of error frames (api-gateway.md 5.3).
const (
	textForbidden = "Forbidden"
	textInternal  = "Internal server error"
	textTimedOut  = "Endpoint request timed out"
	textThrottled = "Too Many Requests"
)

// errorFrame returns what a client reads when its message fails, spaced as AWS
// does: one blank after the first colon and after each comma, no other.
func errorFrame(message, connectionID, requestID string) []byte {
	b := make([]byte, 0, 128)
	b = appendString(append(b, `{"message": `...), message)
	b = appendString(append(b, `, "connectionId":`...), connectionID)
	b = appendString(append(b, `, "requestId":`...), requestID)
	return append(b, '}')
}
