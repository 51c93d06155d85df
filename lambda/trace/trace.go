// Package trace reads, creates and passes on trace IDs. Log lines with the same trace ID belong to
// the same attempt to connect.
//
// A client makes a trace ID for each attempt to connect. It sends the ID as the header
// traceparent with the request for a ticket, and as the subprotocol "trace.<id>" with the
// handshake. An ID has the form of a trace ID of W3C Trace Context
// (https://www.w3.org/TR/trace-context/#trace-id). The
// client chooses it, so it identifies log lines but is not a credential. Several connections can
// have the same ID.
package trace

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

const (
	// Protocol is the beginning of the subprotocol with the ID. The server never selects it.
	Protocol = "trace."
	// Header is the name of the header with the ID.
	Header = "traceparent"
)

// maxIDs is the maximum number of IDs in a context. An event of the queue has at most ten messages.
const maxIDs = 10

const (
	idSize   = 32 // characters
	spanSize = 16
	zeros    = "00000000000000000000000000000000"
)

// Valid reports whether a text is a trace ID: 32 lower-case hexadecimal digits, not all zero.
func Valid(id string) bool {
	return isHex(id, idSize) && id != zeros
}

// isHex reports whether a text has size lower-case hexadecimal digits.
func isHex(text string, size int) bool {
	return len(text) == size && strings.Trim(text, "0123456789abcdef") == ""
}

// OfProtocols returns the ID among the subprotocols that a client offers. It returns "" if there
// is no ID, if the ID is malformed, or if there are several.
func OfProtocols(offered []string) string {
	var found []string
	for _, p := range offered {
		if id, ok := strings.CutPrefix(p, Protocol); ok {
			found = append(found, id)
		}
	}
	if len(found) != 1 || !Valid(found[0]) {
		return ""
	}
	return found[0]
}

// OfHeader returns the ID in the values of the header traceparent. It accepts version 00 only:
// "00-<trace id>-<16 digits>-<2 digits>". It returns "" if the header is missing or malformed, or
// if there are several.
func OfHeader(values []string) string {
	if len(values) != 1 {
		return ""
	}
	parts := strings.Split(values[0], "-")
	if len(parts) != 4 || parts[0] != "00" || !Valid(parts[1]) || !isHex(parts[2], spanSize) || parts[2] == zeros[:spanSize] || !isHex(parts[3], 2) {
		return ""
	}
	return parts[1]
}

// OfRequest returns an ID for a request that has no trace ID. request is the ID of the request. The
// result is always the same for the same request, and "" for "".
func OfRequest(request string) string {
	if request == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(request))
	return hex.EncodeToString(sum[:idSize/2])
}

type key struct{}

// With returns a context with the IDs that are valid, without repetitions and at most ten. If none
// is valid, it returns ctx.
func With(ctx context.Context, ids ...string) context.Context {
	var valid []string
	for _, id := range ids {
		if len(valid) < maxIDs && Valid(id) && !slices.Contains(valid, id) {
			valid = append(valid, id)
		}
	}
	if valid == nil {
		return ctx
	}
	return context.WithValue(ctx, key{}, valid)
}

// IDs returns the IDs of a context. The slice must not be changed.
func IDs(ctx context.Context) []string {
	ids, _ := ctx.Value(key{}).([]string)
	return ids
}
