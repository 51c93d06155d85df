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

// secondAudience is the audience of the tokens of the tests' issuer.
const secondAudience = "second-audience"

// issuer is an issuer whose keys the tests have. The local run open trusts ownIssuer. No
// run trusts evilIssuer.
type issuer struct {
	url    string
	rsa    *rsa.PrivateKey
	ec     *ecdsa.PrivateKey
	ec384  *ecdsa.PrivateKey
	secret []byte
	set    map[string]any
	asked  atomic.Int64 // requests
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

// newIssuer returns an issuer with a key for RS256, a key for ES256, and two keys with
// which it must not sign. The caller sets its address.
func newIssuer() *issuer {
	is := &issuer{secret: []byte("a secret of 32 bytes that leaked")}
	is.rsa = must(rsa.GenerateKey(rand.Reader, 2048))
	is.ec = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	is.ec384 = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	is.set = map[string]any{"keys": []any{
		jose.JSONWebKey{Key: is.secret, KeyID: "oct"},
		jose.JSONWebKey{Key: is.ec384.Public(), KeyID: "ec384"},
		jose.JSONWebKey{Key: is.rsa.Public(), KeyID: "rsa", Use: "sig", Algorithm: "RS256"},
		jose.JSONWebKey{Key: is.ec.Public(), KeyID: "ec", Use: "sig"},
	}}
	return is
}

// ServeHTTP serves the discovery document and the keys.
func (is *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	is.asked.Add(1)
	if r.URL.Path == "/.well-known/openid-configuration" {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": is.url, "jwks_uri": is.url + "/keys"})
		return
	}
	_ = json.NewEncoder(w).Encode(is.set)
}

// must is for keys, whose creation fails only without a source of randomness.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// claims returns the claims of a good token.
func (is *issuer) claims(user string) map[string]any {
	now := time.Now().Unix()
	return map[string]any{"iss": is.url, "aud": secondAudience, "sub": user, "iat": now, "exp": now + 3600}
}

// token returns a good token.
func (is *issuer) token(user string) string {
	return forge(`{"alg":"RS256","kid":"rsa"}`, encode(is.claims(user)), rs256(is.rsa))
}
