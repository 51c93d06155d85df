package attack

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// A sign signs the first two parts of a token.
type sign func(input string) []byte

// forge returns a token with exactly this header and payload.
func forge(header, payload string, s sign) string {
	input := base64url(header) + "." + base64url(payload)
	return input + "." + base64url(string(s(input)))
}

func base64url(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// encode returns a value as JSON.
func encode(v any) string { return string(must(json.Marshal(v))) }

// with returns a copy of an object with other members. The value absent leaves a member
// out.
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

const absent = "\x00absent"

func rs256(key *rsa.PrivateKey) sign {
	return func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		return must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:]))
	}
}

// es signs with SHA-256 on any curve. The signature is r || s, as RFC 7518 says.
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

func hs256(secret string) sign {
	return func(input string) []byte {
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte(input))
		return m.Sum(nil)
	}
}

// unsigned returns an empty signature.
func unsigned(string) []byte { return nil }

// zeros returns a signature of 64 zero bytes.
func zeros(string) []byte { return make([]byte, 64) }

// part returns one of a token's three parts, decoded.
func part(token string, i int) string {
	text := must(base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i]))
	return string(text)
}
