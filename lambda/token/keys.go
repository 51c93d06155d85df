package token

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	cooldown   = time.Minute     // an unknown key makes no second fetch sooner, nor an old one after a failed fetch
	retryAfter = 2 * time.Second // a failed fetch is not repeated sooner
	maxAge     = time.Hour       // after which a key may have been withdrawn
	maxStale   = 24 * time.Hour  // after which it counts as withdrawn, even if nobody can tell
	minRSABits = 2048            // RFC 7518, section 3.3
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

// refresh fetches the keys. What a failure puts off counts from its end: an issuer
// that lets us wait must not hold up every event.
func (s *keySet) refresh(ctx context.Context) error {
	asked := s.now()
	keys, err := s.fetch(ctx)
	s.err = err
	switch {
	case err == nil:
		s.keys, s.next, s.stale, s.dead = keys, asked.Add(cooldown), asked.Add(maxAge), asked.Add(maxStale)
	case ctx.Err() == nil: // else it was the caller who gave up
		failed := s.now()
		s.next = failed.Add(retryAfter)
		if again := failed.Add(cooldown); again.After(s.stale) {
			s.stale = again
		}
	}
	return err
}

// parseKeys returns the keys of a JWK set that tokens may be signed with. It
// skips all others, such as keys of a type it does not know: they do no harm.
func parseKeys(set []json.RawMessage) map[keyID]any {
	keys := map[keyID]any{}
	for _, raw := range set {
		var k jose.JSONWebKey
		if err := k.UnmarshalJSON(raw); err != nil {
			continue
		}
		id := keyID{kid: k.KeyID, algorithm: algorithmOf(k.Key)}
		if id.algorithm != "" && id.kid != "" && (k.Use == "" || k.Use == "sig") && (k.Algorithm == "" || k.Algorithm == string(id.algorithm)) {
			keys[id] = k.Key
		}
	}
	return keys
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
