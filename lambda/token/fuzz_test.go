package token_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"sallyport/lambda/errcode"
	"sallyport/lambda/token"
)

// fuzzKey signs the tokens of the fuzz tests. It is the same in all processes, so that they
// can share inputs.
var fuzzKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

const fuzzIssuer = "https://sign-in.example"

// newFuzzed returns a verifier of tokens by fuzzKey, without a network.
func newFuzzed() *token.Verifier {
	config := (&issuer{url: fuzzIssuer}).config()
	config.Client = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		switch req.URL.String() {
		case fuzzIssuer + "/.well-known/openid-configuration":
			writeJSON(w, map[string]string{"issuer": fuzzIssuer, "jwks_uri": fuzzIssuer + "/keys"})
		case fuzzIssuer + "/keys":
			writeJSON(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{publicJWK(fuzzKey, "ed")}})
		default:
			return nil, errors.New("nobody was to ask for " + req.URL.String())
		}
		return w.Result(), nil
	})}
	return token.New(config)
}

const fuzzHeader = `{"alg":"EdDSA","kid":"ed"}`

func fuzzSign(header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(header)) + "." + encode([]byte(payload))
	return text + "." + encode(ed25519.Sign(fuzzKey, []byte(text)))
}

// fuzzClaims are the claims of a valid token.
func fuzzClaims() string {
	return string(must(json.Marshal((&issuer{url: fuzzIssuer}).claims(nil))))
}

// FuzzVerify verifies any text. Only a text that the issuer signed is accepted.
func FuzzVerify(f *testing.F) {
	v := newFuzzed()
	good := fuzzSign(fuzzHeader, fuzzClaims())
	if _, _, err := v.Verify(f.Context(), good); err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good + "\n")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	parts := strings.Split(good, ".")
	f.Fuzz(func(t *testing.T, raw string) {
		user, _, err := v.Verify(t.Context(), raw)
		var refusal *errcode.Refusal
		switch {
		case err == nil:
			if now := strings.Split(raw, "."); user.ID() != fuzzIssuer+"#alice" || user.Name != "alice" || now[0] != parts[0] || now[1] != parts[1] {
				t.Errorf("got user %+v for %s, which is not signed", user, raw)
			}
		case !errors.As(err, &refusal):
			t.Errorf("got error %v, want a refusal", err)
		case len(raw) > 100 && strings.Contains(refusal.Error(), raw):
			t.Error("the reason contains the token")
		}
	})
}

// FuzzSigned signs any header and claims. Accepted claims must mean the same to encoding/json,
// which uses the last one of duplicate keys.
func FuzzSigned(f *testing.F) {
	v := newFuzzed()
	good := fuzzClaims()
	for _, header := range []string{
		fuzzHeader,
		`{"alg":"EdDSA","kid":"ed","kid":"x"}`,
		`{"alg":"EdDSA","kid":"ed","crit":["x"],"x":1}`,
		`{"alg":"EdDSA","kid":"ed","jwk":{"kty":"OKP","crv":"Ed25519","x":""}}`,
	} {
		f.Add(header, good)
	}
	for _, payload := range []string{
		strings.Replace(good, `"sub":`, `"sub":"root","sub":`, 1),
		strings.Replace(good, `"sub":`, `"SUB":"root","sub":`, 1),
		strings.Replace(good, `"exp":`, `"exp":1e400,"x":`, 1),
		strings.Replace(good, `"alice"`, `"\ud800"`, 1),
		"null", "[[[[", "",
	} {
		f.Add(fuzzHeader, payload)
	}
	f.Fuzz(func(t *testing.T, header, payload string) {
		user, expires, err := v.Verify(t.Context(), fuzzSign(header, payload))
		if err != nil {
			if !errors.As(err, new(*errcode.Refusal)) {
				t.Errorf("got error %v, want a refusal", err)
			}
			return
		}
		var h, c map[string]any
		if err := errors.Join(json.Unmarshal([]byte(header), &h), json.Unmarshal([]byte(payload), &c)); err != nil {
			t.Fatalf("accepted, but not JSON: %v", err)
		}
		if exp, _ := c["exp"].(float64); user.Issuer != fuzzIssuer || c["iss"] != user.Issuer || c["sub"] != user.Subject || (c["username"] != user.Name && c["sub"] != user.Name) || int64(exp) != expires.Unix() {
			t.Errorf("got user %+v until %d for %s", user, expires.Unix(), payload)
		}
		if h["alg"] != "EdDSA" || h["kid"] != "ed" || h["crit"] != nil {
			t.Errorf("accepted header %s", header)
		}
		for _, text := range []string{user.Subject, user.Name} {
			if text == "" || len(text) > 256 || strings.ContainsAny(text, "\r\n\x00\ufffd") {
				t.Errorf("got user %+v", user)
			}
		}
	})
}
