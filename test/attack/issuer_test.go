package attack

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// secondAudience is whom the tokens of the tests' issuer are for.
const secondAudience = "second-audience"

// issuer is an issuer of which the tests hold the keys. The run open trusts
// ownIssuer; nobody trusts the evil one.
type issuer struct {
	url       string
	rsa, weak *rsa.PrivateKey
	ec        *ecdsa.PrivateKey
	ec384     *ecdsa.PrivateKey
	secret    []byte
	set       map[string]any
	asked     atomic.Int64 // requests
}

// The issuers live as long as the tests.
var (
	ownIssuer  = sync.OnceValue(serveIssuer)
	evilIssuer = sync.OnceValue(serveIssuer)
)

func serveIssuer() *issuer {
	is := newIssuer()
	is.url = httptest.NewServer(is).URL
	return is
}

// newIssuer returns an issuer that has one key for RS256, one for ES256, and many
// that no token may be signed with. Its address is still to be set.
func newIssuer() *issuer {
	is := &issuer{secret: []byte("a secret of 32 bytes that leaked")}
	is.rsa = must(rsa.GenerateKey(rand.Reader, 2048))
	is.weak = must(rsa.GenerateKey(rand.Reader, 1024)) // to be refused
	is.ec = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	is.ec384 = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	is.set = map[string]any{"keys": []any{
		jose.JSONWebKey{Key: is.secret, KeyID: "oct"},
		jose.JSONWebKey{Key: is.weak.Public(), KeyID: "weak"},
		jose.JSONWebKey{Key: is.ec384.Public(), KeyID: "ec384"},
		jose.JSONWebKey{Key: is.rsa.Public(), KeyID: "encryption", Use: "enc"},
		jose.JSONWebKey{Key: is.rsa.Public(), KeyID: "rs512", Algorithm: "RS512"},
		jose.JSONWebKey{Key: is.rsa, KeyID: "private"},
		jose.JSONWebKey{Key: is.rsa.Public(), KeyID: "rsa", Use: "sig", Algorithm: "RS256"},
		jose.JSONWebKey{Key: is.ec.Public(), KeyID: "ec", Use: "sig"},
	}}
	return is
}

// ServeHTTP serves discovery and keys.
func (is *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	is.asked.Add(1)
	if r.URL.Path == "/.well-known/openid-configuration" {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": is.url, "jwks_uri": is.url + "/keys"})
		return
	}
	_ = json.NewEncoder(w).Encode(is.set)
}

// must is for keys, which fail only where there is no randomness.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// claims are those of a good token.
func (is *issuer) claims(user string) map[string]any {
	now := time.Now().Unix()
	return map[string]any{"iss": is.url, "aud": secondAudience, "sub": user, "iat": now, "exp": now + 3600}
}

// token returns a good token.
func (is *issuer) token(user string) string {
	return forge(`{"alg":"RS256","kid":"rsa"}`, encode(is.claims(user)), rs256(is.rsa))
}
