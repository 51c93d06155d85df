package token_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
	"sallyport/lambda/token"
)

// proof is the result of Verify.
type proof struct {
	user    identity.User
	expires time.Time
}

// verify verifies a token with a new Verifier.
func verify(t *testing.T, is *issuer, raw string) (proof, error) {
	t.Helper()
	user, expires, err := token.New(is.config()).Verify(t.Context(), raw)
	return proof{user, expires}, err
}

func TestVerifyAccepts(t *testing.T) {
	is := newIssuer(t)
	k := keys()
	with := func(name string, v any) func(map[string]any) {
		return func(c map[string]any) { c[name] = v }
	}
	called := func(name string) proof {
		return proof{identity.User{Issuer: is.url, Subject: "alice", Name: name}, now.Add(time.Hour)}
	}
	alice := called("alice")
	tests := []struct {
		name string
		by   signature
		edit func(c map[string]any)
		want proof
	}{
		{"rs256", byRSA(), nil, alice},
		{"es256", signature{alg: jose.ES256, key: k.ec, kid: "ec"}, nil, alice},
		{"edDSA", signature{alg: jose.EdDSA, key: k.ed, kid: "ed"}, nil, alice},
		{"audienceList", byRSA(), with("aud", []string{"other", "sallyport"}), alice},
		{"cognitoAccessToken", byRSA(), func(c map[string]any) { delete(c, "aud"); c["client_id"] = "sallyport" }, alice},
		{"firstUserClaim", byRSA(), with("username", "al"), called("al")},
		{"emptyUserClaim", byRSA(), with("username", ""), alice},
		{"numberAsUserClaim", byRSA(), with("username", 7), alice},
		{"hugeUserClaim", byRSA(), with("username", strings.Repeat("x", 257)), alice},
		{"longUserClaim", byRSA(), with("username", strings.Repeat("x", 256)), called(strings.Repeat("x", 256))},
		{"controlInUserClaim", byRSA(), with("username", "al\x1b[2J"), alice},
		{"otherScript", byRSA(), with("username", "علی\u200cرضا"), called("علی\u200cرضا")},
		{"issuedNow", byRSA(), with("iat", now.Unix()+30), alice},
		{"wideClaims", byRSA(), with("pad", strings.Repeat("x", 5000)), alice},
		{"numberAsTokenID", byRSA(), with("jti", 7), alice},
		{"listAsTokenID", byRSA(), with("jti", []any{nil}), alice},
		{"oddUnused", byRSA(), func(c map[string]any) {
			c["auth_time"], c["azp"], c["nonce"], c["acr"], c["amr"], c["sid"] = "soon", 7, nil, []string{}, "pwd", map[string]any{}
		}, alice},
		{"justExpired", byRSA(), with("exp", now.Unix()-30), proof{alice.user, now.Add(-30 * time.Second)}},
		{"almostValid", byRSA(), with("nbf", now.Unix()+30), alice},
		{"unknownHeader", signature{alg: jose.RS256, key: k.rsa, kid: "rsa", header: map[jose.HeaderKey]any{"typ": "at+jwt", "x": 1}}, nil, alice},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := verify(t, is, test.by.sign(t, is.claims(test.edit)))
			if err != nil || got != test.want {
				t.Errorf("got %+v, error %v, want %+v", got, err, test.want)
			}
		})
	}
}

func TestVerifyRefusesClaims(t *testing.T) {
	is := newIssuer(t)
	const noSubject = "token has no usable sub: want a string of at most 256 bytes without control characters"
	tests := []struct {
		name   string
		claims any
		code   errcode.Code
		want   string
	}{
		{"expired", is.claims(func(c map[string]any) { c["exp"] = now.Unix() - 192 }), errcode.TokenExpired, "token expired 3m12s ago"},
		{"future", is.claims(func(c map[string]any) { c["nbf"] = now.Unix() + 300 }), errcode.TokenNotYetValid, "token is not valid for another 5m0s (nbf)"},
		{"issuedInFuture", is.claims(func(c map[string]any) { c["iat"] = now.Unix() + 300 }), errcode.TokenNotYetValid, "token is not valid for another 5m0s (iat)"},
		{"hugeStart", is.claims(func(c map[string]any) { c["nbf"] = 1e300 }), errcode.TokenInvalid, "token has an invalid start time (nbf)"},
		{"hugeIssuedAt", is.claims(func(c map[string]any) { c["iat"] = 1e18 }), errcode.TokenInvalid, "token has an invalid issue time (iat)"},
		{"otherIssuer", is.claims(func(c map[string]any) { c["iss"] = "https://evil.example" }), errcode.TokenIssuer, "token is of another issuer"},
		{"slashIssuer", is.claims(func(c map[string]any) { c["iss"] = is.url + "/" }), errcode.TokenIssuer, "token is of another issuer"},
		{"noIssuer", is.claims(func(c map[string]any) { delete(c, "iss") }), errcode.TokenIssuer, "token is of another issuer"},
		{"noExpiry", is.claims(func(c map[string]any) { delete(c, "exp") }), errcode.TokenInvalid, "token has no expiry (exp)"},
		{"nullExpiry", is.claims(func(c map[string]any) { c["exp"] = nil }), errcode.TokenInvalid, "token has no expiry (exp)"},
		{"textExpiry", is.claims(func(c map[string]any) { c["exp"] = "tomorrow" }), errcode.TokenInvalid, "token has malformed claims"},
		{"hugeExpiry", is.claims(func(c map[string]any) { c["exp"] = 1e15 }), errcode.TokenInvalid, "token has an invalid expiry (exp)"},
		{"negativeExpiry", is.claims(func(c map[string]any) { c["exp"] = -1 }), errcode.TokenInvalid, "token has an invalid expiry (exp)"},
		{"upperCaseExpiry", is.claims(func(c map[string]any) { delete(c, "exp"); c["EXP"] = now.Unix() + 60 }), errcode.TokenInvalid, "token has no expiry (exp)"},
		{"zeroExpiry", is.claims(func(c map[string]any) { c["exp"] = 0 }), errcode.TokenInvalid, "token has an invalid expiry (exp)"},
		{"numberIssuer", is.claims(func(c map[string]any) { c["iss"] = 7 }), errcode.TokenInvalid, "token has malformed claims"},
		{"upperCaseUser", is.claims(func(c map[string]any) { delete(c, "sub"); c["SUB"] = "alice" }), errcode.TokenInvalid, noSubject},
		{"controlInUser", is.claims(func(c map[string]any) { c["sub"] = "alice\n{\"level\":\"info\"}" }), errcode.TokenInvalid, noSubject},
		{"noUser", is.claims(func(c map[string]any) { delete(c, "sub") }), errcode.TokenInvalid, noSubject},
		{"onlyName", is.claims(func(c map[string]any) { delete(c, "sub"); c["username"] = "alice" }), errcode.TokenInvalid, noSubject},
		{"numberSubject", is.claims(func(c map[string]any) { c["sub"] = 7; c["username"] = "alice" }), errcode.TokenInvalid, noSubject},
		{"longSubject", is.claims(func(c map[string]any) { c["sub"] = strings.Repeat("x", 257) }), errcode.TokenInvalid, noSubject},
		{"numberAudience", is.claims(func(c map[string]any) { c["aud"] = 7 }), errcode.TokenInvalid, "token has malformed claims"},
		{"list", []string{"x"}, errcode.TokenInvalid, "token has malformed claims"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			checkRefused(t, is, signClaims(t, test.claims), test.code, test.want)
		})
	}
}

// signClaims signs any JSON as the issuer would sign claims.
func signClaims(t *testing.T, claims any) string {
	t.Helper()
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: keys().rsa},
		&jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"kid": "rsa"}}))
	return must(must(signer.Sign(must(json.Marshal(claims)))).CompactSerialize())
}

// checkRefused checks the refusal of a token, and that its reason has no part of the token.
func checkRefused(t *testing.T, is *issuer, raw string, code errcode.Code, want string) {
	t.Helper()
	id, err := verify(t, is, raw)
	var refusal *errcode.Refusal
	if !errors.As(err, &refusal) || refusal.Error() != want {
		t.Errorf("got %+v, error %v, want the refusal: %s", id, err, want)
	} else if refusal.Code != code {
		t.Errorf("got code %s, want %s", refusal.Code, code)
	}
	if id != (proof{}) {
		t.Errorf("got identity %+v, want none", id)
	}
}

func TestVerifyRefusesSignatures(t *testing.T) {
	is := newIssuer(t)
	k := keys()
	const unknown = "token is signed by a key that the issuer does not publish"
	tests := []struct {
		name string
		by   signature
		want string
	}{
		{"unknownKid", signature{alg: jose.RS256, key: k.rsa, kid: "other"}, unknown},
		{"noKid", signature{alg: jose.RS256, key: k.rsa}, "token has no key id (kid)"},
		{"rogueKey", signature{alg: jose.RS256, key: k.rogue, kid: "rsa"}, "signature does not verify"},
		{"otherKeysKid", signature{alg: jose.ES256, key: k.ec, kid: "rsa"}, unknown},
		{"weakRSA", signature{alg: jose.RS256, key: k.weak, kid: "weak"}, unknown},
		{"encryptionKey", signature{alg: jose.RS256, key: k.rsa, kid: "encryption"}, unknown},
		{"keyOfOtherAlgorithm", signature{alg: jose.RS256, key: k.rsa, kid: "rs512"}, unknown},
		{"publishedPrivateKey", signature{alg: jose.RS256, key: k.rsa, kid: "private"}, unknown},
		{"rs384", signature{alg: jose.RS384, key: k.rsa, kid: "rsa"}, `token is signed by "RS384": want RS256, ES256 or EdDSA`},
		{"ps256", signature{alg: jose.PS256, key: k.rsa, kid: "rsa"}, `token is signed by "PS256": want RS256, ES256 or EdDSA`},
		{"es384", signature{alg: jose.ES384, key: k.ec384, kid: "ec384"}, `token is signed by "ES384": want RS256, ES256 or EdDSA`},
		{
			"publishedSecret",
			signature{alg: jose.HS256, key: []byte("a secret of 32 bytes that leaked"), kid: "oct"},
			`token is signed by "HS256": want RS256, ES256 or EdDSA`,
		},
		{
			"publicKeyAsSecret",
			signature{alg: jose.HS256, key: publicPEM(t), kid: "rsa"},
			`token is signed by "HS256": want RS256, ES256 or EdDSA`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			checkRefused(t, is, test.by.sign(t, is.claims(nil)), errcode.TokenInvalid, test.want)
		})
	}
}

func publicPEM(tb testing.TB) []byte {
	tb.Helper()
	der, err := x509.MarshalPKIXPublicKey(keys().rsa.Public())
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestVerifyRefusesForms(t *testing.T) {
	is := newIssuer(t)
	good := byRSA().sign(t, is.claims(nil))
	parts := strings.Split(good, ".")
	encode := base64.RawURLEncoding.EncodeToString
	none := encode([]byte(`{"alg":"none","kid":"rsa"}`))
	forged := encode(must(json.Marshal(is.claims(func(c map[string]any) { c["sub"] = "root" }))))
	const malformed = "token is not a signed JWT"
	tests := []struct {
		name, raw, want string
	}{
		{"empty", "", malformed},
		{"text", "hello", malformed},
		{"dots", "..", `token is signed by "": want RS256, ES256 or EdDSA`},
		{"twoParts", parts[0] + "." + parts[1], malformed},
		{"fourParts", good + ".x", malformed},
		{"encrypted", good + ".x.y", malformed},
		{"jsonForm", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, malformed},
		{"algNone", none + "." + parts[1] + ".", `token is signed by "none": want RS256, ES256 or EdDSA`},
		{"algNoneSigned", none + "." + parts[1] + "." + parts[2], `token is signed by "none": want RS256, ES256 or EdDSA`},
		{"noSignature", parts[0] + "." + parts[1] + ".", "signature does not verify"},
		{"otherClaims", parts[0] + "." + forged + "." + parts[2], "signature does not verify"},
		{"lineInToken", parts[0] + "." + parts[1][:9] + "\r\n" + parts[1][9:] + "." + parts[2], malformed},
		{"lineAfterToken", good + "\n", malformed},
		{"padded", parts[0] + "=." + parts[1] + "." + parts[2], malformed},
		{"tooLong", good + strings.Repeat("A", 8193-len(good)), "token has 8193 bytes: at most 8192 are read"},
		{
			"longAlgorithm", encode([]byte(`{"alg":"`+strings.Repeat("N", 4000)+`"}`)) + ".e30.AA",
			`token is signed by "NNNNNNNNNNNNNNNN": want RS256, ES256 or EdDSA`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { checkRefused(t, is, test.raw, errcode.TokenInvalid, test.want) })
	}
}

// A key in a token, or the address of a key, is ignored.
func TestVerifyIgnoresKeysInToken(t *testing.T) {
	is := newIssuer(t)
	rogue := publicJWK(keys().rogue, "rsa")
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("got a request for %s, want none", r.URL)
		writeJSON(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{rogue}})
	}))
	t.Cleanup(elsewhere.Close)
	for name, header := range map[string]map[jose.HeaderKey]any{
		"jwk": {"jwk": rogue},
		"jku": {"jku": elsewhere.URL + "/keys"},
		"x5u": {"x5u": elsewhere.URL + "/certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			by := signature{alg: jose.RS256, key: keys().rogue, kid: "rsa", header: header}
			checkRefused(t, is, by.sign(t, is.claims(nil)), errcode.TokenInvalid, "signature does not verify")
		})
	}
}

// A token for the audience of tools is accepted as one for the console. Without such
// an audience it is refused.
func TestVerifyToolAudience(t *testing.T) {
	is := newIssuer(t)
	tests := []struct {
		name, tool string
		edit       func(c map[string]any)
		ok         bool
	}{
		{"client", "tools", func(c map[string]any) { delete(c, "aud"); c["client_id"] = "tools" }, true},
		{"audience", "tools", func(c map[string]any) { c["aud"] = "tools" }, true},
		{"the console's", "tools", func(map[string]any) {}, true},
		{"other", "tools", func(c map[string]any) { delete(c, "aud"); c["client_id"] = "other" }, false},
		{"none", "", func(c map[string]any) { delete(c, "aud"); delete(c, "client_id") }, false},
		{"empty", "", func(c map[string]any) { c["aud"] = "" }, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := is.config()
			c.Issuers[0].ToolAudience = test.tool
			_, _, err := token.New(c).Verify(t.Context(), byRSA().sign(t, is.claims(test.edit)))
			var refusal *errcode.Refusal
			if test.ok != (err == nil) || err != nil && (!errors.As(err, &refusal) || refusal.Code != errcode.TokenAudience) {
				t.Errorf("got %v, want it accepted: %v", err, test.ok)
			}
		})
	}
}

func TestVerifyOtherAudience(t *testing.T) {
	is := newIssuer(t)
	tests := []struct {
		name string
		edit func(c map[string]any)
		want string
	}{
		{"other", func(c map[string]any) { c["aud"] = "other" }, `token is for ["other"], not for "sallyport"`},
		{"none", func(c map[string]any) { delete(c, "aud"); delete(c, "client_id") }, `token is for [""], not for "sallyport"`},
		{"emptyList", func(c map[string]any) { c["aud"] = []string{}; c["client_id"] = "sallyport" }, `token is for [], not for "sallyport"`},
		{"otherClient", func(c map[string]any) { delete(c, "aud") }, `token is for ["console"], not for "sallyport"`},
		{"onlyClientFits", func(c map[string]any) { c["aud"] = "other"; c["client_id"] = "sallyport" }, `token is for ["other"], not for "sallyport"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id, err := verify(t, is, byRSA().sign(t, is.claims(test.edit)))
			var refusal *errcode.Refusal
			if !errors.As(err, &refusal) || refusal.Code != errcode.TokenAudience || refusal.Error() != test.want {
				t.Errorf("got error %v, want the refusal %s", err, test.want)
			}
			if want := (proof{identity.User{Issuer: is.url, Subject: "alice", Name: "alice"}, now.Add(time.Hour)}); id != want {
				t.Errorf("got identity %+v, want %+v", id, want)
			}
		})
	}
	t.Run("expiredToo", func(t *testing.T) {
		checkRefused(t, is, byRSA().sign(t, is.claims(func(c map[string]any) {
			c["aud"], c["exp"] = "other", now.Unix()-60
		})), errcode.TokenExpired, "token expired 1m0s ago")
	})
}
