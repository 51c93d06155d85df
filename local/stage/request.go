// Package stage holds the parts that the local WebSocket API (package gateway) and the
// local HTTP API (package httpapi) share: throttles, function calls, IDs, and the parts of
// events that are the same in both APIs.
package stage

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// IDBytes is the number of bytes of an ID (api-gateway.md 3.1).
const IDBytes = 11

// RequestTime is the layout of requestTime and time in the requestContext of an event.
const RequestTime = "02/Jan/2006:15:04:05 -0700"

// NewID returns a random ID of a request or a connection: base64 of IDBytes bytes, which is
// 15 characters and "=".
func NewID() string {
	var b [IDBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.URLEncoding.EncodeToString(b[:])
}

// NewTraceID returns a value of the header X-Amzn-Trace-Id.
func NewTraceID(now time.Time) string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("Root=1-%08x-%s", now.Unix(), hex.EncodeToString(b[:]))
}

// SourceIP returns the address of the client without its port.
func SourceIP(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// Query yields the decoded names and values of a query string in their order. A name or
// value that is not properly escaped stays as it is.
func Query(raw string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for pair := range strings.SplitSeq(raw, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if pair != "" && !yield(unescape(name), unescape(value)) {
				return
			}
		}
	}
}

func unescape(s string) string {
	if t, err := url.QueryUnescape(s); err == nil {
		return t
	}
	return s
}
