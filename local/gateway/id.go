package gateway

import (
	"encoding/base64"

	"sallyport/local/stage"
)

// newMessageID returns the id of a message. Its last 8 characters are those of the id of its
// connection (api-gateway.md 3.1).
func newMessageID(connectionID string) string {
	const own = 8
	return stage.NewID()[:own] + connectionID[own:]
}

// isID reports whether s has the form of a connection id (api-gateway.md 7.2).
func isID(s string) bool {
	b, err := base64.URLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == stage.IDBytes
}
