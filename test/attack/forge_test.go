package attack

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"hash"
	"strings"
)

// A sign signs the first two parts of a token.
type sign func(input string) []byte

// forge returns a token of exactly that header and payload.
func forge(header, payload string, s sign) string {
	input := base64url(header) + "." + base64url(payload)
	return input + "." + base64url(string(s(input)))
}

func base64url(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// encode returns a value as JSON.
func encode(v any) string { return string(must(json.Marshal(v))) }

// with returns a copy of an object with other members; a member that is absent
// is left out.
func with(object map[string]any, members ...any) map[string]any {
	c := map[string]any{}
	for k, v := range object {
		c[k] = v
	}
	for i := 0; i < len(members); i += 2 {
		name, _ := members[i].(string)
		if c[name] = members[i+1]; members[i+1] == absent {
			delete(c, name)
		}
	}
	return c
}

// absent is the value of a member that is not to be there.
const absent = "\x00absent"

func rs256(key *rsa.PrivateKey) sign {
	return func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		return must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:]))
	}
}

func rs512(key *rsa.PrivateKey) sign {
	return func(input string) []byte {
		sum := sha512.Sum512([]byte(input))
		return must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA512, sum[:]))
	}
}

func ps256(key *rsa.PrivateKey) sign {
	return func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		return must(rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], nil))
	}
}

// es signs with SHA-256 whatever the curve is, for RFC 7518's form r || s.
func es(key *ecdsa.PrivateKey) sign {
	return func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			panic(err)
		}
		size := (key.Curve.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
}

func edDSA(key ed25519.PrivateKey) sign {
	return func(input string) []byte { return ed25519.Sign(key, []byte(input)) }
}

func hs(newHash func() hash.Hash, secret []byte) sign {
	return func(input string) []byte {
		m := hmac.New(newHash, secret)
		m.Write([]byte(input))
		return m.Sum(nil)
	}
}

func hs256(secret string) sign { return hs(sha256.New, []byte(secret)) }

// unsigned leaves the signature empty.
func unsigned(string) []byte { return nil }

// zeros is a signature of n zero bytes.
func zeros(n int) sign { return func(string) []byte { return make([]byte, n) } }

// part returns one of a token's three parts, decoded.
func part(token string, i int) string {
	text := must(base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i]))
	return string(text)
}
