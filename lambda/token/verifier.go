// Package token verifies the tokens of an OpenID Connect issuer.
package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	maxToken = 8 << 10          // bytes; a header that API Gateway passes on is no longer
	maxUser  = 256              // bytes of a user's name
	leeway   = 30 * time.Second // by which the clocks may differ
)

// maxExpiry is the last second of the year 9999.
const maxExpiry = 253402300799

// algorithms are those that a token may be signed with. The issuer publishes
// keys for all of them, so nothing that it publishes can serve as a secret.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

// Config is what a Verifier holds tokens against. All fields but Client and
// Now are needed.
type Config struct {
	// Issuer is the URL of the issuer, exactly as its tokens spell it.
	Issuer string
	// Audience is what a token's aud must name or, in the access tokens of
	// Cognito, which have none, its client_id.
	Audience string
	// UserClaims are the claims that may name the user. The first one that a
	// token has, as a text of at most 256 bytes, counts.
	UserClaims []string
	// Client fetches the issuer's keys. Nil means one that follows no
	// redirects.
	Client *http.Client
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// Verifier verifies tokens. It fetches the issuer's keys when it needs them
// first and keeps them, so it should live as long as the process. It is safe
// for concurrent use.
type Verifier struct {
	config Config
	keys   *keySet
}

// New returns a Verifier. It does not talk to the issuer yet.
func New(c Config) *Verifier {
	if c.Client == nil {
		c.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Verifier{config: c, keys: newKeySet(c)}
}

// Verify returns whom a token names, and when it expires. The token must be a
// JWT in its compact form, signed by the issuer with RS256, ES256 or EdDSA, in
// time, and meant for the audience. A *Refusal says why it is none of this. Any
// other error says that the issuer's keys could not be had.
func (v *Verifier) Verify(ctx context.Context, raw string) (user string, expires time.Time, err error) {
	t, err := parse(raw)
	if err != nil {
		return "", time.Time{}, err
	}
	c, err := v.open(ctx, t)
	if err != nil {
		return "", time.Time{}, err
	}
	return v.check(c)
}

func parse(raw string) (*jwt.JSONWebToken, error) {
	if len(raw) > maxToken {
		return nil, refuse("token has %d bytes: at most %d are read", len(raw), maxToken)
	}
	t, err := jwt.ParseSigned(raw, algorithms)
	if unexpected := new(jose.ErrUnexpectedSignatureAlgorithm); errors.As(err, &unexpected) {
		return nil, refuse("token is signed by %.16q: want RS256, ES256 or EdDSA", unexpected.Got)
	}
	if err != nil {
		return nil, refuse("token is not a signed JWT") // the cause may quote from it
	}
	return t, nil
}

// open returns the claims of a token if its signature is the issuer's. The
// token says by its key id, and by nothing else, which of the issuer's keys
// to try: a key or an address of one that it brings along is not looked at.
func (v *Verifier) open(ctx context.Context, t *jwt.JSONWebToken) (claims, error) {
	id := keyID{kid: t.Headers[0].KeyID, algorithm: jose.SignatureAlgorithm(t.Headers[0].Algorithm)}
	if id.kid == "" {
		return claims{}, refuse("token does not say which key signed it (no kid)")
	}
	key, err := v.keys.find(ctx, id)
	if err != nil {
		return claims{}, fmt.Errorf("get keys of issuer: %w", err)
	}
	if key == nil {
		return claims{}, refuse("token is signed by a key that the issuer does not publish")
	}
	var c claims
	switch err := t.Claims(key, &c, &c.all); {
	case errors.Is(err, jose.ErrCryptoFailure):
		return claims{}, refuse("signature does not verify")
	case err != nil:
		return claims{}, refuse("token has malformed claims")
	}
	return c, nil
}

// Refusal is the error for a token that is not accepted. Its text says why, in
// words for a log, and holds no part of the token that could be used.
type Refusal struct {
	reason  string
	genuine bool
}

func (r *Refusal) Error() string { return r.reason }

// Genuine tells that the issuer's signature and all else is well, except that
// the token is meant for another audience.
func (r *Refusal) Genuine() bool { return r.genuine }

func refuse(format string, args ...any) error {
	return &Refusal{reason: fmt.Sprintf(format, args...)}
}
