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
	cooldown   = time.Minute      // from a failed fetch to the next fetch for a known key
	retryAfter = 2 * time.Second  // from a failed fetch to the next one
	pause      = 5 * time.Second  // from a fetch to the next one for an unknown key
	refill     = 30 * time.Second // the time after which one more fetch is allowed
	burst      = 4                // the number of fetches that are allowed at once
	maxAge     = time.Hour        // the age at which keys are fetched again
	maxStale   = 24 * time.Hour   // the age at which keys are not used any more
	minRSABits = 2048             // RFC 7518, section 3.3
)

// keyID identifies a key and its algorithm, so that no token can use the key with another
// algorithm.
type keyID struct {
	kid       string
	algorithm jose.SignatureAlgorithm
}

// keySet has the public keys of an issuer. It is safe for concurrent use.
type keySet struct {
	fetch  func(context.Context) (map[keyID]any, error)
	now    func() time.Time
	outage func(error) // Config.Outage

	// lock guards the fields below. Callers that wait during a fetch reuse its result. It
	// is a channel, so that a caller can stop waiting.
	lock       chan struct{}
	keys       map[keyID]any
	err        error     // of the last fetch
	nextFetch  time.Time // the earliest time of the next fetch
	bucketFull time.Time // when burst fetches are allowed again
	staleAt    time.Time // when the keys are fetched again
	invalidAt  time.Time // when the keys are not used any more
}

func newKeySet(fetch func(context.Context) (map[keyID]any, error), c Config) *keySet {
	return &keySet{fetch: fetch, now: c.Now, outage: c.Outage, lock: make(chan struct{}, 1)}
}

// find returns the public key with an ID, or nil if the issuer does not publish the key. It
// fetches the keys if the ID is unknown or the keys are old. If that fails, the known keys
// stay valid until they are a day old.
func (s *keySet) find(ctx context.Context, id keyID) (any, error) {
	select {
	case s.lock <- struct{}{}:
		defer func() { <-s.lock }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	now := s.now()
	if key, ok := s.keys[id]; ok && now.Before(s.staleAt) && now.Before(s.invalidAt) {
		return key, nil
	}
	var failed error
	if !now.Before(s.nextFetch) {
		failed = s.refresh(ctx)
	}
	if key, ok := s.keys[id]; ok && now.Before(s.invalidAt) {
		if failed != nil && ctx.Err() == nil {
			s.outage(failed)
		}
		return key, nil
	}
	return nil, s.err
}

// refresh fetches the keys and sets the time of the next fetch. A token bucket limits the
// fetches that tokens with random key IDs can cause: four fetches, five seconds apart, and
// then one every 30 seconds. A new key is therefore accepted within 30 seconds, even during
// an attack, and otherwise five seconds after the last fetch. The wait after a failure
// starts when the fetch ends: a slow issuer must not delay every event.
func (s *keySet) refresh(ctx context.Context) error {
	started := s.now()
	keys, err := s.fetch(ctx)
	s.err = err
	switch {
	case err == nil:
		s.keys, s.staleAt, s.invalidAt = keys, started.Add(maxAge), started.Add(maxStale)
		if s.bucketFull.Before(started) {
			s.bucketFull = started
		}
		s.bucketFull = s.bucketFull.Add(refill)
		s.nextFetch = started.Add(pause)
		if available := s.bucketFull.Add(-(burst - 1) * refill); available.After(s.nextFetch) {
			s.nextFetch = available
		}
	case ctx.Err() == nil: // otherwise the caller canceled the fetch
		failed := s.now()
		s.nextFetch = failed.Add(retryAfter)
		if again := failed.Add(cooldown); again.After(s.staleAt) {
			s.staleAt = again
		}
	}
	return err
}

// keyMembers are the members of a JWK that are the key itself (RFC 7517, section 4.1,
// and RFC 7518, section 6). They include those of private and symmetric keys, so that
// such a key is recognized and skipped.
var keyMembers = []string{"kty", "crv", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// parseKeys returns the keys of a JWK set that may sign tokens. It skips all other keys.
func parseKeys(set []json.RawMessage) map[keyID]any {
	keys := map[keyID]any{}
	for _, raw := range set {
		if id, key := parseKey(raw); id.algorithm != "" && id.kid != "" {
			keys[id] = key
		}
	}
	return keys
}

// parseKey returns a key of a JWK set and its ID. The ID has no algorithm if the key is not
// for an accepted algorithm. Certificates and their hashes (x5c, x5t, x5u) are
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

// algorithmOf returns the algorithm of a public key. It returns "" for a key of another
// algorithm, and for a private or symmetric key.
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
