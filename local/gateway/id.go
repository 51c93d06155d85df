package gateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"
)

// idBytes is how many bytes an id has. In base64 they are 15 characters and
// one "=" (api-gateway.md 3.1).
const idBytes = 11

// newID returns a connection id or a request id.
func newID() string {
	var b [idBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.URLEncoding.EncodeToString(b[:])
}

// newMessageID returns the id of a message, whose last bytes are those of its
// connection (api-gateway.md 3.1).
func newMessageID(connectionID string) string {
	const own = 6
	var b [own]byte
	_, _ = rand.Read(b[:])
	return base64.URLEncoding.EncodeToString(b[:]) + connectionID[base64.URLEncoding.EncodedLen(own):]
}

// isID tells a connection id that may exist or have existed from one that is
// malformed (api-gateway.md 7.2).
func isID(s string) bool {
	b, err := base64.URLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == idBytes
}

// newTraceID returns the value of an X-Amzn-Trace-Id header.
func newTraceID(now time.Time) string {
	var b [12]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("Root=1-%08x-%s", now.Unix(), hex.EncodeToString(b[:]))
}
