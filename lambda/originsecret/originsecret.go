// Package originsecret checks the secret with which CloudFront shows that a request came through
// the address of the site (setting oneDomain). CloudFront adds the secret as a header to its
// requests to the APIs. The configuration of the function has the SHA-256 value of each
// accepted secret, but not the secret.
package originsecret

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"
)

// Header is the header with the secret. CloudFront replaces a header of this name that the
// client sent (api-gateway.md 17).
const Header = "X-Origin-Secret"

// ViewerAddress is the header in which CloudFront sends the network address and the port of
// the client. Any client can send this header to an API, so its value is trustworthy only in a
// request with an accepted secret.
const ViewerAddress = "CloudFront-Viewer-Address"

// Sums returns the SHA-256 values of secrets in the form that Parse reads: in hexadecimal
// digits, separated by single spaces.
func Sums(secrets []string) string {
	sums := make([]string, len(secrets))
	for i, secret := range secrets {
		sum := sha256.Sum256([]byte(secret))
		sums[i] = hex.EncodeToString(sum[:])
	}
	return strings.Join(sums, " ")
}

// Set has the SHA-256 values of the accepted secrets. The empty Set accepts none.
type Set [][sha256.Size]byte

// Parse reads the text that Sums returns. An empty text is the empty Set.
func Parse(text string) (Set, error) {
	if text == "" {
		return nil, nil
	}
	var s Set
	for word := range strings.SplitSeq(text, " ") {
		var sum [sha256.Size]byte
		if len(word) != hex.EncodedLen(len(sum)) || strings.ToLower(word) != word {
			return nil, fmt.Errorf("SHA-256 value of %d characters: want 64 lower-case hexadecimal digits", len(word))
		}
		if _, err := hex.Decode(sum[:], []byte(word)); err != nil {
			return nil, fmt.Errorf("SHA-256 value: %w", err)
		}
		s = append(s, sum)
	}
	return s, nil
}

// Has reports whether the Set accepts the secret. Its duration depends only on the length of the
// secret and on the size of the Set.
func (s Set) Has(secret string) bool {
	sum := sha256.Sum256([]byte(secret))
	found := 0
	for _, accepted := range s {
		found |= subtle.ConstantTimeCompare(sum[:], accepted[:])
	}
	return found == 1
}
