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
	cooldown   = time.Minute      // an old key makes no second fetch sooner after a failed one
	retryAfter = 2 * time.Second  // a failed fetch is not repeated sooner
	pause      = 5 * time.Second  // an unknown key makes no second fetch sooner
	earn       = 30 * time.Second // in which one more fetch is earned
	burst      = 4                // fetches that may be earned in advance
	maxAge     = time.Hour        // after which a key may have been withdrawn
	maxStale   = 24 * time.Hour   // after which it counts as withdrawn, even if nobody can tell
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
	whole time.Time // when all fetches of the burst are earned again
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

// refresh fetches the keys. Whoever shows random key ids makes it fetch four times
// in a row, five seconds apart, and then once every 30 seconds; no more. That keeps
// no new key out for longer than those 30 seconds: each such fetch brings the keys
// that others wait for, too. Without such a flood, a key that appears is found
// five seconds after the last fetch. What a failure puts off counts from its end: an issuer
// that lets us wait must not hold up every event.
func (s *keySet) refresh(ctx context.Context) error {
	asked := s.now()
	keys, err := s.fetch(ctx)
	s.err = err
	switch {
	case err == nil:
		s.keys, s.stale, s.dead = keys, asked.Add(maxAge), asked.Add(maxStale)
		if s.whole.Before(asked) {
			s.whole = asked
		}
		s.whole = s.whole.Add(earn)
		s.next = asked.Add(pause)
		if earned := s.whole.Add(-(burst - 1) * earn); earned.After(s.next) {
			s.next = earned
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

// keyMembers are the members of a JWK that are the key: RFC 7517, section 4.1, and
// RFC 7518, section 6. Those of private and symmetric keys are among them: such a
// key must be known for what it is.
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

// parseKey returns a key of a JWK set, and no algorithm if it is for none of ours.
// Certificates and their hashes (x5c, x5t, x5u) decide nothing: issuers publish
// odd ones, and all trust comes from the address of the set. key_ops decides
// nothing either, as only the issuer could misuse its own key.
func parseKey(raw json.RawMessage) (keyID, any) {
	var members map[string]any
	if err := josejson.Unmarshal(raw, &members); err != nil { // which refuses a key twice
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

// text returns a member that is a text, "" if it is missing or null; false if it
// is something else.
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
