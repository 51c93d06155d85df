package token

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	josejson "github.com/go-jose/go-jose/v4/json"
)

const (
	cooldown   = time.Minute      // between a failed fetch and the next fetch for a known key
	retryAfter = 2 * time.Second  // between a failed fetch and the next one
	pause      = 5 * time.Second  // between a fetch and the next one for an unknown key
	refill     = 30 * time.Second // in which the bucket of fetches gets one more
	burst      = 4                // fetches in a full bucket
	maxAge     = time.Hour        // after which the keys are fetched again
	maxStale   = 24 * time.Hour   // after which a key is not used, if it could not be fetched again
	minRSABits = 2048             // RFC 7518, section 3.3
)

// keyID names a key together with the one algorithm it is for, so that no
// token can have it used with another.
type keyID struct {
	kid       string
	algorithm jose.SignatureAlgorithm
}

// keySet holds the issuer's public keys.
type keySet struct {
	fetch  func(context.Context) (map[keyID]any, error)
	now    func() time.Time
	outage func(error) // is told why a fetch failed, if a known key serves all the same

	// turn is held during a lookup and guards what follows. Who has to wait
	// while another one fetches finds the keys when its turn comes.
	turn  chan struct{}
	keys  map[keyID]any
	err   error     // of the last fetch
	next  time.Time // when another fetch is allowed
	full  time.Time // when the bucket of fetches is full again
	stale time.Time // when the keys should be fetched again
	dead  time.Time // when they are no longer good without
}

func newKeySet(fetch func(context.Context) (map[keyID]any, error), c Config) *keySet {
	return &keySet{fetch: fetch, now: c.Now, outage: c.Outage, turn: make(chan struct{}, 1)}
}

// find returns the public key, or nil if the issuer publishes none of that id.
// It fetches the keys when the id is unknown or the keys are old. While that
// fails, keys that are known stay good for a day.
func (s *keySet) find(ctx context.Context, id keyID) (any, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	now := s.now()
	if key, ok := s.keys[id]; ok && now.Before(s.stale) && now.Before(s.dead) {
		return key, nil
	}
	var failed error
	if !now.Before(s.next) {
		failed = s.refresh(ctx)
	}
	if key, ok := s.keys[id]; ok && now.Before(s.dead) {
		if failed != nil && ctx.Err() == nil {
			s.outage(failed)
		}
		return key, nil
	}
	return nil, s.err
}

// refresh fetches the keys and sets the time of the next fetch. A token bucket limits
// the fetches that random key ids can cause: four, five seconds apart, and then one
// every 30 seconds. So a new key is accepted within 30 seconds even during such a
// flood, and otherwise five seconds after the last fetch. The wait after a failure
// starts when the fetch ends: a slow issuer must not delay every event.
func (s *keySet) refresh(ctx context.Context) error {
	asked := s.now()
	keys, err := s.fetch(ctx)
	s.err = err
	switch {
	case err == nil:
		s.keys, s.stale, s.dead = keys, asked.Add(maxAge), asked.Add(maxStale)
		if s.full.Before(asked) {
			s.full = asked
		}
		s.full = s.full.Add(refill)
		s.next = asked.Add(pause)
		if available := s.full.Add(-(burst - 1) * refill); available.After(s.next) {
			s.next = available
		}
	case ctx.Err() == nil: // else it was the caller who gave up
		failed := s.now()
		s.next = failed.Add(retryAfter)
		if again := failed.Add(cooldown); again.After(s.stale) {
			s.stale = again
		}
	}
	return err
}

// keyMembers are the members of a JWK that hold the key itself (RFC 7517, section 4.1,
// and RFC 7518, section 6). They include those of private and symmetric keys, so that
// such a key is recognized and skipped.
var keyMembers = []string{"kty", "crv", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// parseKeys returns the keys of a JWK set that tokens may be signed with. It
// skips all others, such as keys of a type it does not know: they do no harm.
func parseKeys(set []json.RawMessage) map[keyID]any {
	keys := map[keyID]any{}
	for _, raw := range set {
		if id, key := parseKey(raw); id.algorithm != "" && id.kid != "" {
			keys[id] = key
		}
	}
	return keys
}

// parseKey returns a key of a JWK set and its id. The id has no algorithm if the key
// is for none of the accepted ones. Certificates and their hashes (x5c, x5t, x5u) are
// ignored: some issuers publish malformed ones, and the keys are trusted because of
// the address of the set. key_ops is ignored, because only the issuer itself could
// misuse its key.
func parseKey(raw json.RawMessage) (keyID, any) {
	var members map[string]any
	if err := josejson.Unmarshal(raw, &members); err != nil { // it refuses duplicate keys
		return keyID{}, nil
	}
	kid, ok1 := text(members["kid"])
	use, ok2 := text(members["use"])
	alg, ok3 := text(members["alg"])
	if !ok1 || !ok2 || !ok3 || (use != "" && use != "sig") {
		return keyID{}, nil
	}
	maps.DeleteFunc(members, func(name string, v any) bool { return v == nil || !slices.Contains(keyMembers, name) })
	bare, err := json.Marshal(members)
	if err != nil {
		return keyID{}, nil
	}
	var k jose.JSONWebKey
	if err := k.UnmarshalJSON(bare); err != nil {
		return keyID{}, nil
	}
	id := keyID{kid: kid, algorithm: algorithmOf(k.Key)}
	if alg != "" && alg != string(id.algorithm) {
		return keyID{}, nil
	}
	return id, k.Key
}

// text returns a member that is a string, and "" for a member that is missing or null.
// It returns false for a member of another type.
func text(member any) (string, bool) {
	s, ok := member.(string)
	return s, ok || member == nil
}

// algorithmOf returns the algorithm that a public key is for, "" if for none
// of ours. A private or symmetric key, which nobody should publish, is not one.
func algorithmOf(key any) jose.SignatureAlgorithm {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() >= minRSABits {
			return jose.RS256
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return jose.ES256
		}
	case ed25519.PublicKey:
		return jose.EdDSA
	}
	return ""
}
