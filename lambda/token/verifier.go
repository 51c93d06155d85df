// Package token verifies the tokens of OpenID Connect issuers.
package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
)

const (
	maxToken = 8 << 10 // bytes; a header that API Gateway passes on is no longer
	maxUser  = 256     // bytes of a user's name or sub
)

// maxDate is the last second of the year 9999.
const maxDate = 253402300799

// algorithms are those that a token may be signed with. The issuer publishes
// keys for all of them, so nothing that it publishes can serve as a secret.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

// misread are the members of a header that change how a token is to be read:
// extensions (RFC 7515, section 4.1.11), a payload that is no base64 (RFC 7797)
// or is compressed. No issuer needs one of them.
var misread = []jose.HeaderKey{"crit", "b64", "zip"}

// types are the accepted values of typ in the header: plain JWTs and access tokens
// (RFC 9068, section 2.1). Other types have another purpose, such as logout tokens,
// security events, proofs of possession and authorization requests.
var types = []string{"JWT", "application/jwt", "at+jwt", "application/at+jwt"}

// Config is what a Verifier holds tokens against. Issuers is needed.
type Config struct {
	// Issuers are those whose tokens are accepted, each by its own rules. There
	// are two while users move from one to the other. Users of two issuers are
	// different, even if their names are equal.
	Issuers []Issuer
	// Client fetches the issuers' keys. It follows no redirects, whatever it
	// says itself. Nil means http.DefaultClient.
	Client *http.Client
	// Outage is told why an issuer's keys could not be fetched anew, when one
	// that is known serves all the same: else nobody would hear of it before
	// that is too old. Not more than every minute an issuer; it must be quick.
	// Nil means that nobody is told.
	Outage func(error)
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// Issuer is an OpenID Connect issuer. All fields but ToolAudience are needed.
type Issuer struct {
	// URL is exactly as its tokens spell it, https unless it is on loopback.
	URL string
	// Audience is what a token's aud must name or, in the access tokens of
	// Cognito, which have none, its client_id.
	Audience string
	// ToolAudience is accepted in place of Audience. Empty: only Audience is.
	ToolAudience string
	// UserClaims are the claims that may hold the user's name. The name is the
	// first one that is a string of 1 to 256 bytes without control characters.
	// If there is none, sub is the name.
	UserClaims []string
	// Scopes are the scopes that a token must have, all of them, in its scope or
	// scp. Nil: it needs no scope.
	Scopes []string
	// Claims are the claims that become the user's Claims. A token need not have them.
	Claims []string
}

// Verifier verifies tokens. It fetches an issuer's keys when it needs them
// first and keeps them, so it should live as long as the process. It is safe
// for concurrent use.
type Verifier struct {
	issuers []issuer
	now     func() time.Time
}

// issuer is an Issuer with its keys, which no other issuer's tokens meet.
type issuer struct {
	Issuer
	keys *keySet
}

// New returns a Verifier. It does not talk to the issuers yet.
func New(c Config) *Verifier {
	client := *http.DefaultClient
	if c.Client != nil {
		client = *c.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Outage == nil {
		c.Outage = func(error) {}
	}
	v := &Verifier{now: c.Now}
	for _, is := range c.Issuers {
		f := fetcher{client: &client, issuer: is.URL}
		v.issuers = append(v.issuers, issuer{Issuer: is, keys: newKeySet(f.keys, c)})
	}
	return v
}

// Verify returns the user of a token, and when it expires. The token must be a
// JWT in its compact form, signed by one of the issuers with RS256, ES256 or
// EdDSA, in time, and meant for the audience. An *errcode.Refusal says why it is none of
// this. Any other error says that the issuer's keys could not be had.
func (v *Verifier) Verify(ctx context.Context, raw string) (user identity.User, expires time.Time, err error) {
	t, err := parse(raw)
	if err != nil {
		return identity.User{}, time.Time{}, err
	}
	is, err := v.issuerOf(t)
	if err != nil {
		return identity.User{}, time.Time{}, err
	}
	c, err := is.open(ctx, t)
	if err != nil {
		return identity.User{}, time.Time{}, err
	}
	return is.check(c, v.now())
}

func parse(raw string) (*jwt.JSONWebToken, error) {
	if len(raw) > maxToken {
		return nil, errcode.Refuse(errcode.TokenInvalid, "token has %d bytes: at most %d are read", len(raw), maxToken)
	}
	if strings.ContainsAny(raw, "\r\n") { // which Go's base64 skips
		return nil, errcode.Refuse(errcode.TokenInvalid, "token is not a signed JWT")
	}
	t, err := jwt.ParseSigned(raw, algorithms)
	if unexpected := new(jose.ErrUnexpectedSignatureAlgorithm); errors.As(err, &unexpected) {
		return nil, errcode.Refuse(errcode.TokenInvalid, "token is signed by %.16q: want RS256, ES256 or EdDSA", unexpected.Got)
	}
	if err != nil {
		return nil, errcode.Refuse(errcode.TokenInvalid, "token is not a signed JWT") // the cause may quote from it
	}
	if typ, ok := t.Headers[0].ExtraHeaders[jose.HeaderType]; ok {
		text, _ := typ.(string)
		if !slices.ContainsFunc(types, func(known string) bool { return strings.EqualFold(text, known) }) {
			return nil, errcode.Refuse(errcode.TokenInvalid, "token has the type %.64q: want JWT, at+jwt or no typ", text)
		}
	}
	for _, name := range misread {
		if _, ok := t.Headers[0].ExtraHeaders[name]; ok {
			return nil, errcode.Refuse(errcode.TokenInvalid, "token wants to be read in another way (%s)", name)
		}
	}
	return t, nil
}

// issuerOf returns the issuer that a token claims to be of. Nothing is verified
// yet: the claim only chooses whose keys to try.
func (v *Verifier) issuerOf(t *jwt.JSONWebToken) (issuer, error) {
	var c claims
	if err := t.UnsafeClaimsWithoutVerification(&c); err != nil {
		return issuer{}, errcode.Refuse(errcode.TokenInvalid, "token has malformed claims")
	}
	for _, is := range v.issuers {
		if c.Issuer == is.URL {
			return is, nil
		}
	}
	return issuer{}, errcode.Refuse(errcode.TokenIssuer, "token is of another issuer")
}

// open returns the claims of a token if its signature is the issuer's. The
// token says by its key id, and by nothing else, which of the issuer's keys
// to try: a key or an address of one that it brings along is not looked at.
func (is issuer) open(ctx context.Context, t *jwt.JSONWebToken) (claims, error) {
	id := keyID{kid: t.Headers[0].KeyID, algorithm: jose.SignatureAlgorithm(t.Headers[0].Algorithm)}
	if id.kid == "" {
		return claims{}, errcode.Refuse(errcode.TokenInvalid, "token does not say which key signed it (no kid)")
	}
	key, err := is.keys.find(ctx, id)
	if err != nil {
		return claims{}, fmt.Errorf("get keys of issuer: %w", err)
	}
	if key == nil {
		return claims{}, errcode.Refuse(errcode.TokenInvalid, "token is signed by a key that the issuer does not publish")
	}
	var c claims
	var text json.RawMessage
	switch err := t.Claims(key, &text, &c, &c.all); {
	case errors.Is(err, jose.ErrCryptoFailure):
		return claims{}, errcode.Refuse(errcode.TokenInvalid, "signature does not verify")
	case err != nil, !utf8.Valid(text): // decoding makes all broken bytes the same character
		return claims{}, errcode.Refuse(errcode.TokenInvalid, "token has malformed claims")
	}
	c.raw = text
	return c, nil
}
