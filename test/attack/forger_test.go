package attack

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// forger is an attacker that has a good token of their own and the public keys of the
// issuer, and wants to be the user admin.
type forger struct {
	good   string         // a token of the user mallory
	header map[string]any // of that token
	wanted map[string]any // the claims of that token, but for the user admin
	public jose.JSONWebKey
	rsa    *rsa.PrivateKey // the forger's own key
}

func newForger(t *testing.T, v *victim) *forger {
	t.Helper()
	f := &forger{good: v.token(t, "mallory"), rsa: must(rsa.GenerateKey(rand.Reader, 2048))}
	_ = json.Unmarshal([]byte(part(f.good, 0)), &f.header)
	_ = json.Unmarshal([]byte(part(f.good, 1)), &f.wanted)
	f.wanted["sub"] = "admin"
	var discovery struct {
		JWKSURI string `json:"jwks_uri"`
	}
	_ = json.Unmarshal([]byte(do(t, request{method: http.MethodGet, url: v.Issuer + "/.well-known/openid-configuration"}).body), &discovery)
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(do(t, request{method: http.MethodGet, url: discovery.JWKSURI}).body), &set); err != nil || len(set.Keys) == 0 {
		t.Fatalf("the issuer's keys cannot be read: %v", err)
	}
	f.public = set.Keys[0]
	return f
}

// head returns the header of the good token with other members, as JSON.
func (f *forger) head(members ...any) string { return encode(with(f.header, members...)) }

// claims returns the wanted claims, as JSON.
func (f *forger) claims() string { return encode(f.wanted) }

// by returns a token for admin that the forger's key has signed as RS256.
func (f *forger) by(members ...any) string {
	return forge(f.head(members...), f.claims(), rs256(f.rsa))
}

// pem returns the issuer's public key as a PEM file.
func (f *forger) pem() string {
	der := must(x509.MarshalPKIXPublicKey(f.public.Key))
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// certificate returns a certificate of the forger's key, for x5c.
func (f *forger) certificate() string {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "issuer"}, NotAfter: time.Now().Add(time.Hour)}
	der := must(x509.CreateCertificate(rand.Reader, template, template, f.rsa.Public(), f.rsa))
	return base64.StdEncoding.EncodeToString(der)
}

// encrypted returns a JWE to the issuer's public key, which everybody can make.
func (f *forger) encrypted(plain string) string {
	e := must(jose.NewEncrypter(jose.A128GCM, jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: f.public.Key}, (&jose.EncrypterOptions{}).WithContentType("JWT")))
	return must(must(e.Encrypt([]byte(plain))).CompactSerialize())
}
