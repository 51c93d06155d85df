package token_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"sallyport/lambda/errcode"
	"sallyport/lambda/token"
)

// signText signs the bytes of a header and of claims. The signature is valid, as if the issuer
// had made a mistake.
func signText(tb testing.TB, header, payload string) string {
	tb.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(header)) + "." + encode([]byte(payload))
	sum := sha256.Sum256([]byte(text))
	return text + "." + encode(must(rsa.SignPKCS1v15(rand.Reader, keys().rsa, crypto.SHA256, sum[:])))
}

// A header that is ambiguous, or that requires an extension, is refused although its
// signature is valid.
func TestVerifyRefusesHeaders(t *testing.T) {
	is := newIssuer(t)
	claims := string(must(json.Marshal(is.claims(nil))))
	if _, err := verify(t, is, signText(t, `{"alg":"RS256","kid":"rsa"}`, claims)); err != nil {
		t.Fatalf("the valid token: %v", err)
	}
	const (
		malformed = "token is not a signed JWT"
		header    = "token has the header member "
		noKid     = "token has no key id (kid)"
	)
	tests := []struct {
		name, header, want string
	}{
		{"critical", `{"alg":"RS256","kid":"rsa","crit":["x"],"x":1}`, header + "crit, which changes how it is decoded"},
		{"criticalNothing", `{"alg":"RS256","kid":"rsa","crit":[]}`, header + "crit, which changes how it is decoded"},
		{"criticalText", `{"alg":"RS256","kid":"rsa","crit":"exp"}`, header + "crit, which changes how it is decoded"},
		{"plainPayload", `{"alg":"RS256","kid":"rsa","b64":false,"crit":["b64"]}`, header + "crit, which changes how it is decoded"},
		{"plainPayloadUnsaid", `{"alg":"RS256","kid":"rsa","b64":false}`, header + "b64, which changes how it is decoded"},
		{"compressed", `{"alg":"RS256","kid":"rsa","zip":"DEF"}`, header + "zip, which changes how it is decoded"},
		{"twoAlgorithms", `{"alg":"none","alg":"RS256","kid":"rsa"}`, malformed},
		{"twoAlgorithmsTurned", `{"alg":"RS256","alg":"none","kid":"rsa"}`, malformed},
		{"twoKeys", `{"alg":"RS256","kid":"ec","kid":"rsa"}`, malformed},
		{"twoKeysEscaped", `{"alg":"RS256","kid":"rsa","k\u0069d":"rsa"}`, malformed},
		{"twoUnknown", `{"alg":"RS256","kid":"rsa","x":1,"x":1}`, malformed},
		{"twoWithin", `{"alg":"RS256","kid":"rsa","x":{"y":1,"y":1}}`, malformed},
		{"listOfAlgorithms", `{"alg":["RS256"],"kid":"rsa"}`, malformed},
		{"numberAsKey", `{"alg":"RS256","kid":7}`, malformed},
		{"emptyKey", `{"alg":"RS256","kid":""}`, noKid},
		{"upperCaseKey", `{"alg":"RS256","KID":"rsa"}`, noKid},
		{"upperCaseAlgorithm", `{"ALG":"RS256","kid":"rsa"}`, `token is signed by "": want RS256, ES256 or EdDSA`},
		{"smallAlgorithm", `{"alg":"rs256","kid":"rsa"}`, `token is signed by "rs256": want RS256, ES256 or EdDSA`},
		{"brokenCertificates", `{"alg":"RS256","kid":"rsa","x5c":["AA=="]}`, malformed},
		{"privateKey", `{"alg":"RS256","kid":"rsa","jwk":{"kty":"oct","k":"AAAA"}}`, malformed},
		{"list", `["alg","RS256"]`, malformed},
		{"twoHeaders", `{"alg":"RS256","kid":"rsa"}{}`, malformed},
		{"deep", `{"alg":"RS256","kid":"rsa","x":` + strings.Repeat("[", 2000), malformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			checkRefused(t, is, signText(t, test.header, claims), errcode.TokenInvalid, test.want)
		})
	}
}

// Ambiguous claims are refused although their signature is valid.
func TestVerifyRefusesAmbiguousClaims(t *testing.T) {
	is := newIssuer(t)
	claims := strings.TrimSuffix(string(must(json.Marshal(is.claims(nil)))), "}")
	for name, more := range map[string]string{
		"twoUsers":        `,"sub":"root"}`,
		"twoUsersEscaped": `,"s\u0075b":"root"}`,
		"twoIssuers":      `,"iss":"https://evil.example"}`,
		"sameIssuerTwice": `,"iss":"` + is.url + `"}`,
		"twoExpiries":     `,"exp":9999999999}`,
		"twoAudiences":    `,"aud":"other"}`,
		"twoUnknown":      `,"x":1,"x":2}`,
		"twoWithin":       `,"x":{"y":1,"y":2}}`,
		"twoObjects":      `}{}`,
		"cut":             ``,
		"notUTF8":         ",\"x\":\"\xff\"}",
		"deep":            `,"x":` + strings.Repeat("[", 1500) + strings.Repeat("]", 1499) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			checkRefused(t, is, signText(t, `{"alg":"RS256","kid":"rsa"}`, claims+more), errcode.TokenInvalid, "token has malformed claims")
		})
	}
	for name, payload := range map[string]string{"empty": "", "null": "null", "text": `"x"`, "binary": "\xff\xfe"} {
		t.Run(name, func(t *testing.T) {
			_, err := verify(t, is, signText(t, `{"alg":"RS256","kid":"rsa"}`, payload))
			if refusal := new(errcode.Refusal); !errors.As(err, &refusal) {
				t.Errorf("got error %v, want a refusal", err)
			}
		})
	}
}

// The longest accepted token has 8192 bytes.
func TestVerifyLongestNames(t *testing.T) {
	is := newIssuer(t)
	claims := strings.TrimSuffix(string(must(json.Marshal(is.claims(nil)))), "}")
	padded := func(length int) string {
		for header := `{"alg":"RS256","kid":"rsa"`; ; header += " " { // base64 leaves out some lengths
			bytes := (length - 2 - base64.RawURLEncoding.EncodedLen(256) - base64.RawURLEncoding.EncodedLen(len(header)+1)) * 3 / 4
			payload := claims + strings.Repeat(" ", bytes-len(claims)-1) + "}"
			if raw := signText(t, header+"}", payload); len(raw) == length {
				return raw
			}
		}
	}
	if _, err := verify(t, is, padded(8192)); err != nil {
		t.Errorf("8192 bytes: got error %v, want none", err)
	}
	checkRefused(t, is, padded(8193), errcode.TokenInvalid, "token has 8193 bytes: at most 8192 are read")
}

// Tokens with another purpose, by the typ in their header.
func TestVerifyTypes(t *testing.T) {
	is := newIssuer(t)
	claims := string(must(json.Marshal(is.claims(nil))))
	for typ, good := range map[string]bool{
		`"JWT"`: true, `"jwt"`: true, `"application/jwt"`: true, `"at+jwt"`: true, `"AT+JWT"`: true, `"application/at+jwt"`: true,
		`"logout+jwt"`: false, `"secevent+jwt"`: false, `"dpop+jwt"`: false, `"oauth-authz-req+jwt"`: false, `"application/logout+jwt"`: false,
		`"token-introspection+jwt"`: false, `"JOSE"`: false, `null`: true, `""`: false, `7`: false, `["JWT"]`: false, `" JWT"`: false,
	} {
		raw := signText(t, `{"alg":"RS256","kid":"rsa","typ":`+typ+`}`, claims)
		_, err := verify(t, is, raw)
		refusal := new(errcode.Refusal)
		if errors.As(err, &refusal); (err == nil) != good || !good && (refusal.Code != errcode.TokenInvalid || !strings.Contains(refusal.Error(), "token has the type")) {
			t.Errorf("%s: got error %v, want it accepted: %v", typ, err, good)
		}
	}
}

// Tokens with another purpose, by their claims.
func TestVerifyPurposes(t *testing.T) {
	is := newIssuer(t)
	claims := strings.TrimSuffix(string(must(json.Marshal(is.claims(nil)))), "}")
	for more, good := range map[string]bool{
		`"events":{"http://schemas.openid.net/event/backchannel-logout":{}}`: false,
		`"events":[]`:                    false,
		`"cnf":{"jkt":"0ZcOCORZNYy"}`:    false,
		`"cnf":{"x5t#S256":"bwcK0esc3"}`: false,
		`"cnf":"x"`:                      false,
		`"token_use":"refresh"`:          false,
		`"token_use":["access"]`:         false,
		`"token_use":"access"`:           true,
		`"token_use":"id"`:               true,
		`"typ":"Refresh"`:                false,
		`"typ":"Offline"`:                false,
		`"typ":"Logout"`:                 false,
		`"typ":"Backchannel-Logout"`:     false,
		`"typ":"Bearer"`:                 true,
		`"typ":"ID"`:                     true,
		`"token_type":"refresh_token"`:   false,
		`"token_type":"access"`:          true,
		`"events":null,"cnf":null`:       true,
	} {
		_, err := verify(t, is, signText(t, `{"alg":"RS256","kid":"rsa"}`, claims+","+more+"}"))
		refusal := new(errcode.Refusal)
		if errors.As(err, &refusal); (err == nil) != good || !good && (refusal.Code != errcode.TokenInvalid || !strings.HasPrefix(refusal.Error(), "token is not an access token or ID token that this function accepts: ")) {
			t.Errorf("%s: got error %v, want it accepted: %v", more, err, good)
		}
	}
}

// A name with an unpaired surrogate is refused: decoding would make different users
// one.
func TestVerifyRefusesBrokenNames(t *testing.T) {
	is := newIssuer(t)
	claims := strings.TrimSuffix(string(must(json.Marshal(is.claims(func(c map[string]any) { delete(c, "sub") })))), "}")
	const want = "token has an unpaired surrogate or U+FFFD in the sub or the name of the user"
	for _, more := range []string{
		`"sub":"x\ud800"`, `"sub":"x\udbff"`, `"sub":"\udc00x"`, `"sub":"\ud800\u0041"`, `"sub":"\udc00\ud800"`, `"sub":"x\ufffd"`, `"sub":"x` + "\ufffd" + `"`,
		`"sub":"alice","username":"x\ud800"`, `"sub":"x\udbff","username":"alice"`,
	} {
		checkRefused(t, is, signText(t, `{"alg":"RS256","kid":"rsa"}`, claims+","+more+"}"), errcode.TokenInvalid, want)
	}
	for _, more := range []string{`"sub":"\ud83d\ude00"`, `"sub":"alice","x":"\ud800"`, `"sub":"alice","name":"\udbff"`} {
		if _, err := verify(t, is, signText(t, `{"alg":"RS256","kid":"rsa"}`, claims+","+more+"}")); err != nil {
			t.Errorf("%s: got error %v, want none", more, err)
		}
	}
}

func TestVerifyScopes(t *testing.T) {
	is := newIssuer(t)
	config := is.config()
	config.Issuers[0].Scopes = []string{"chat", "read"}
	v := token.New(config)
	for name, test := range map[string]struct {
		claims map[string]any
		lacks  string // empty: nothing
	}{
		"text":           {map[string]any{"scope": "openid chat read"}, ""},
		"otherOrder":     {map[string]any{"scope": "read  chat"}, ""},
		"list":           {map[string]any{"scp": []string{"read", "chat"}}, ""},
		"textAsScp":      {map[string]any{"scp": "chat read"}, ""},
		"listAsScope":    {map[string]any{"scope": []any{"chat", "read", 7}}, ""},
		"both":           {map[string]any{"scope": "chat", "scp": []string{"read"}}, ""},
		"one":            {map[string]any{"scope": "openid chat"}, "read"},
		"none":           {nil, "chat"},
		"empty":          {map[string]any{"scope": ""}, "chat"},
		"number":         {map[string]any{"scope": 7}, "chat"},
		"part":           {map[string]any{"scope": "chats read"}, "chat"},
		"otherCase":      {map[string]any{"scope": "Chat read"}, "chat"},
		"blanksInMember": {map[string]any{"scp": []string{"chat read"}}, "chat"},
		"otherClaim":     {map[string]any{"scopes": "chat read"}, "chat"},
	} {
		t.Run(name, func(t *testing.T) {
			user, _, err := v.Verify(t.Context(), byRSA().sign(t, is.claims(func(c map[string]any) { maps.Copy(c, test.claims) })))
			refusal := new(errcode.Refusal)
			if errors.As(err, &refusal); (err == nil) != (test.lacks == "") || err != nil && (refusal.Code != errcode.TokenScope || refusal.Error() != "token lacks the scope \""+test.lacks+"\"") {
				t.Errorf("got error %v, want a refusal that names %q", err, test.lacks)
			}
			if user.Name != "alice" {
				t.Errorf("got user %+v, want alice, also with a refusal", user)
			}
		})
	}
}
