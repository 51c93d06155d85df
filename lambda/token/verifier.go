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
	maxToken = 8 << 10 // bytes; API Gateway accepts no longer header
	maxUser  = 256     // bytes of a user's name or sub
)

// maxDate is the last second of the year 9999, in Unix time.
const maxDate = 253402300799

// algorithms are the accepted signature algorithms. All of them are asymmetric, so a
// published key cannot sign a token.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

// refusedHeaders are the header members that change how a token is decoded: extensions (RFC
// 7515, section 4.1.11), a payload that is not base64 (RFC 7797), and compression. Issuers do
// not need them.
var refusedHeaders = []jose.HeaderKey{"crit", "b64", "zip"}

// types are the accepted values of typ in the header: plain JWTs and access tokens
// (RFC 9068, section 2.1). Other types have another purpose, such as logout tokens,
// security events, proofs of possession and authorization requests.
var types = []string{"JWT", "application/jwt", "at+jwt", "application/at+jwt"}

// Config configures a Verifier. Issuers is required.
type Config struct {
	// Issuers are the issuers whose tokens are accepted, each with its own rules. Users of
	// two issuers are different, even if their names are equal.
	Issuers []Issuer
	// Client fetches the keys. The Verifier uses a copy that follows no redirects. Nil
	// means http.DefaultClient.
	Client *http.Client
	// Outage is called with the error of a failed fetch if a known key is used nevertheless,
	// at most once a minute for each issuer. Otherwise, the failure would not be visible
	// until the key is too old. It must return quickly. Nil: it is not called.
	Outage func(error)
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// Issuer is an OpenID Connect issuer. URL, Audience and UserClaims are required.
type Issuer struct {
	// URL is exactly the iss of the tokens. Its scheme is https, or http on loopback.
	URL string
	// Audience must be in a token's aud. In a token without aud, such as an access token of
	// Cognito, it must be the client_id.
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

// Verifier verifies tokens. It fetches the keys of an issuer when it first needs them, and
// caches them, so a process should have one Verifier. It is safe for concurrent use.
type Verifier struct {
	issuers []issuer
	now     func() time.Time
}

// issuer is an Issuer with its keys. The keys verify only tokens of this issuer.
type issuer struct {
	Issuer
	keys *keySet
}

// New returns a Verifier. It sends no requests.
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

// Verify returns the user of a token, and the expiry of the token. The token must be a JWT in
// compact form that one of the issuers signed with RS256, ES256 or EdDSA. It must be valid
// now, and it must be for the audience. Otherwise, the error is an *errcode.Refusal. Any
// other error means that the keys of the issuer could not be fetched.
func (v *Verifier) Verify(ctx context.Context, raw string) (user identity.User, expires time.Time, err error) {
	t, err := parse(raw)
	if err != nil {
		return identity.User{}, time.Time{}, err
	}
	is, err := v.issuerOf(t)
	if err != nil {
		return identity.User{}, time.Time{}, err
	}
	c, err := is.verify(ctx, t)
	if err != nil {
		return identity.User{}, time.Time{}, err
	}
	return is.check(c, v.now())
}

func parse(raw string) (*jwt.JSONWebToken, error) {
	if len(raw) > maxToken {
		return nil, errcode.Refuse(errcode.TokenInvalid, "token has %d bytes: at most %d are read", len(raw), maxToken)
	}
	if strings.ContainsAny(raw, "\r\n") { // Go's base64 decoder skips both
		return nil, errcode.Refuse(errcode.TokenInvalid, "token is not a signed JWT")
	}
	t, err := jwt.ParseSigned(raw, algorithms)
	if unexpected := new(jose.ErrUnexpectedSignatureAlgorithm); errors.As(err, &unexpected) {
		return nil, errcode.Refuse(errcode.TokenInvalid, "token is signed by %.16q: want RS256, ES256 or EdDSA", unexpected.Got)
	}
	if err != nil {
		return nil, errcode.Refuse(errcode.TokenInvalid, "token is not a signed JWT") // the text of err may have parts of the token
	}
	if typ, ok := t.Headers[0].ExtraHeaders[jose.HeaderType]; ok {
		text, _ := typ.(string)
		if !slices.ContainsFunc(types, func(known string) bool { return strings.EqualFold(text, known) }) {
			return nil, errcode.Refuse(errcode.TokenInvalid, "token has the type %.64q: want JWT, at+jwt or no typ", text)
		}
	}
	for _, name := range refusedHeaders {
		if _, ok := t.Headers[0].ExtraHeaders[name]; ok {
			return nil, errcode.Refuse(errcode.TokenInvalid, "token has the header member %s, which changes how it is decoded", name)
		}
	}
	return t, nil
}

// issuerOf returns the issuer in the claims of a token. The claims are not verified yet: they
// only select the keys.
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

// verify returns the claims of a token if the issuer signed it. Only the key ID of the token
// selects a key of the issuer. A key, or the address of a key, in the token is ignored.
func (is issuer) verify(ctx context.Context, t *jwt.JSONWebToken) (claims, error) {
	id := keyID{kid: t.Headers[0].KeyID, algorithm: jose.SignatureAlgorithm(t.Headers[0].Algorithm)}
	if id.kid == "" {
		return claims{}, errcode.Refuse(errcode.TokenInvalid, "token has no key id (kid)")
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
	case err != nil, !utf8.Valid(text): // decoding replaces every invalid byte by U+FFFD
		return claims{}, errcode.Refuse(errcode.TokenInvalid, "token has malformed claims")
	}
	c.raw = text
	return c, nil
}
