package channel

import (
	"encoding/json"
	"slices"
	"strings"

	"sallyport/lambda/identity"
)

// Access decides whether a user may do something in a channel.
type Access func(u identity.User, channel string) bool

// Everyone allows every user that is signed in.
func Everyone(identity.User, string) bool { return true }

// Owner allows the user whose own channel it is.
func Owner(u identity.User, channel string) bool {
	_, id, _ := strings.Cut(channel, ":")
	return u.ID() != "" && id == UserKey(u)
}

// Claim returns an Access that allows a user whose token has the channel in a claim. The
// claim is a list of texts. A text that ends in * allows every channel with the text
// before it. The setting claims must name the claim.
func Claim(name string) Access {
	return func(u identity.User, channel string) bool {
		var claims map[string]json.RawMessage
		var list []string
		if json.Unmarshal([]byte(u.Claims), &claims) != nil || json.Unmarshal(claims[name], &list) != nil {
			return false
		}
		return slices.ContainsFunc(list, func(pattern string) bool {
			prefix, any := strings.CutSuffix(pattern, "*")
			return channel == pattern || any && strings.HasPrefix(channel, prefix)
		})
	}
}
