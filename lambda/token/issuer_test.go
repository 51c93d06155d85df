package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"sallyport/lambda/token"
)

// now is the time of every test.
var now = time.Unix(1708326900, 0)

// keyring has a private key of each kind. No issuer publishes the rogue key.
type keyring struct {
	rsa, weak, rogue *rsa.PrivateKey
	ec, ec384        *ecdsa.PrivateKey
	ed               ed25519.PrivateKey
}

var keys = sync.OnceValue(func() keyring {
	var k keyring
	k.rsa = must(rsa.GenerateKey(rand.Reader, 2048))
	k.weak = must(rsa.GenerateKey(rand.Reader, 1024)) // to be refused
	k.rogue = must(rsa.GenerateKey(rand.Reader, 2048))
	k.ec = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	k.ec384 = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	_, k.ed, _ = ed25519.GenerateKey(rand.Reader)
	return k
})

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// issuer is an OpenID Connect issuer on loopback. Its tokens are valid unless a test changes
// them.
type issuer struct {
	url     string
	fetches atomic.Int64 // of the key set
	outages []string     // the errors that Config.Outage received
	mu      sync.Mutex
	set     []any                       // JWKs
	broken  map[string]http.HandlerFunc // by path: answers instead of the issuer
}

func newIssuer(tb testing.TB) *issuer {
	tb.Helper()
	k := keys()
	is := &issuer{broken: map[string]http.HandlerFunc{}, set: []any{
		map[string]any{"kty": "martian", "kid": "rsa"}, // skipped, like all keys before the valid ones
		jose.JSONWebKey{Key: []byte("a secret of 32 bytes that leaked"), KeyID: "oct"},
		jose.JSONWebKey{Key: k.weak.Public(), KeyID: "weak"},
		jose.JSONWebKey{Key: k.ec384.Public(), KeyID: "ec384"},
		jose.JSONWebKey{Key: k.rsa.Public(), KeyID: "encryption", Use: "enc"},
		jose.JSONWebKey{Key: k.rsa.Public(), KeyID: "rs512", Algorithm: "RS512"},
		jose.JSONWebKey{Key: k.rsa, KeyID: "private"},
		jose.JSONWebKey{Key: k.rsa.Public(), KeyID: "rsa", Use: "sig", Algorithm: "RS256"},
		jose.JSONWebKey{Key: k.ec.Public(), KeyID: "ec", Use: "sig"},
		jose.JSONWebKey{Key: k.ed.Public(), KeyID: "ed"},
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]string{"issuer": is.url, "jwks_uri": is.url + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		is.fetches.Add(1)
		is.mu.Lock()
		defer is.mu.Unlock()
		writeJSON(w, map[string]any{"keys": is.set})
	})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		is.mu.Lock()
		broken := is.broken[r.URL.Path]
		is.mu.Unlock()
		if broken != nil {
			broken(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	tb.Cleanup(srv.Close)
	is.url = srv.URL
	return is
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// breakPath makes h answer a path. A nil h restores the issuer.
func (is *issuer) breakPath(path string, h http.HandlerFunc) {
	is.mu.Lock()
	defer is.mu.Unlock()
	is.broken[path] = h
}

// publish makes the issuer publish only these keys.
func (is *issuer) publish(set ...any) {
	is.mu.Lock()
	defer is.mu.Unlock()
	is.set = set
}

// config accepts tokens of the issuer with the audience sallyport.
func (is *issuer) config() token.Config {
	return token.Config{
		Issuers: []token.Issuer{{URL: is.url, Audience: "sallyport", UserClaims: []string{"username", "sub"}}},
		Now:     func() time.Time { return now },
	}
}

// claims returns the claims of a valid token, changed by edit. A nil edit changes nothing.
func (is *issuer) claims(edit func(c map[string]any)) map[string]any {
	c := map[string]any{
		"iss": is.url, "aud": "sallyport", "sub": "alice", "client_id": "console",
		"iat": now.Unix() - 60, "exp": now.Unix() + 3600,
	}
	if edit != nil {
		edit(c)
	}
	return c
}

// signature is the way in which a token is signed.
type signature struct {
	alg    jose.SignatureAlgorithm
	key    any
	kid    string // empty: none
	header map[jose.HeaderKey]any
}

// byRSA is the signature of the issuer.
func byRSA() signature { return signature{alg: jose.RS256, key: keys().rsa, kid: "rsa"} }

func (s signature) sign(tb testing.TB, claims any) string {
	tb.Helper()
	header := map[jose.HeaderKey]any{}
	for k, v := range s.header {
		header[k] = v
	}
	if s.kid != "" {
		header["kid"] = s.kid
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: s.alg, Key: s.key}, &jose.SignerOptions{ExtraHeaders: header})
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// publicJWK returns the public key of a private key as a JWK.
func publicJWK(key crypto.Signer, kid string) jose.JSONWebKey {
	return jose.JSONWebKey{Key: key.Public(), KeyID: kid}
}
