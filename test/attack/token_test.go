package attack

import (
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"sallyport/test/conformance/target"
)

// forgery is a token that the system must refuse.
type forgery struct {
	name, tries string
	make        func(f *forger) string
	noHeader    bool // a header cannot carry it, or would carry it as a good token
}

// tampered are tokens that need no key of the issuer: one of each class. The complete
// tables are lambda/token's TestVerifyRefusesForms, TestVerifyRefusesSignatures and
// TestVerifyRefusesHeaders.
var tampered = []forgery{
	{name: "algNone", tries: "alg none, without a signature", make: func(f *forger) string { return forge(f.head("alg", "none"), f.claims(), unsigned) }},
	{name: "hmacPEM", tries: "HS256, the secret is the public key as PEM", make: func(f *forger) string {
		return forge(f.head("alg", "HS256"), f.claims(), hs256(f.pem()))
	}},
	{name: "ownKey", tries: "RS256 by another key, with the issuer's kid", make: func(f *forger) string { return f.by() }},
	{name: "kidPath", tries: "kid is a path", make: func(f *forger) string { return f.by("kid", "../../../../../../etc/passwd") }},
	{name: "kidURL", tries: "kid is the address of the forger's keys", make: func(f *forger) string { return f.by("kid", evilIssuer().url+"/keys") }},
	{name: "jku", tries: "jku is on the forger's server", make: func(f *forger) string { return f.by("jku", evilIssuer().url+"/keys", "kid", "rsa") }},
	{name: "x5u", tries: "x5u is on the forger's server", make: func(f *forger) string { return f.by("x5u", evilIssuer().url+"/cert.pem") }},
	{name: "x5c", tries: "x5c has the forger's certificate", make: func(f *forger) string { return f.by("x5c", []string{f.certificate()}) }},
	{name: "jwk", tries: "the forger's key is in the header", make: func(f *forger) string {
		return f.by("jwk", jose.JSONWebKey{Key: f.rsa.Public(), KeyID: f.public.KeyID})
	}},
	{name: "payload", tries: "the good token with another user", make: func(f *forger) string {
		p := strings.Split(f.good, ".")
		return p[0] + "." + base64url(f.claims()) + "." + p[2]
	}},
	{name: "emptySignature", tries: "the good token with an empty signature", make: func(f *forger) string { return f.good[:strings.LastIndex(f.good, ".")+1] }},
	{name: "duplicateAlg", tries: "alg RS256 and alg none", make: func(f *forger) string {
		return forge(`{"alg":"RS256","alg":"none","kid":`+encode(f.public.KeyID)+`}`, f.claims(), unsigned)
	}},
	{name: "encrypted", tries: "a JWE to the issuer's public key", make: func(f *forger) string { return f.encrypted(f.claims()) }},
	{name: "flattened", tries: "the good token as flattened JSON", make: func(f *forger) string {
		p := strings.Split(f.good, ".")
		return encode(map[string]any{"protected": p[0], "payload": p[1], "signature": p[2]})
	}, noHeader: true},
	{name: "newline", tries: "a newline in the good token", make: func(f *forger) string { return strings.Replace(f.good, ".", "\n.", 1) }, noHeader: true},
	{name: "padded", tries: "the good token with = at the end", make: func(f *forger) string { return f.good + "==" }},
	{name: "notUTF8", tries: "bytes that are not UTF-8", make: func(*forger) string { return "\xff\xfe.\xff.\xff" }},
	{name: "empty", tries: "an empty token", make: func(*forger) string { return "" }},
	{name: "huge8K", tries: "a token of over 8 KB by another key", make: func(f *forger) string { return hugeToken(f, 7<<10) }},
	{name: "huge60K", tries: "a token of over 60 KB by another key", make: func(f *forger) string { return hugeToken(f, 45<<10) }},
	{name: "huge2M", tries: "a token of 2 MB by another key", make: func(f *forger) string { return hugeToken(f, 3<<19) }},
}

func hugeToken(f *forger, size int) string {
	return forge(f.head(), encode(with(f.wanted, "pad", strings.Repeat("x", size))), rs256(f.rsa))
}

// entryPoint is one of the four places at which the system accepts a token.
type entryPoint struct {
	name    string
	refused []string // the answers that refuse
	try     func(token string) string
}

// entryPoints returns all of them. The user of the token has the open connection live.
func (v *victim) entryPoints(t *testing.T, live *socket) []entryPoint {
	t.Helper()
	return []entryPoint{
		{"bearer", []string{"401", "403", "400", "431", "closed"}, func(token string) string { return v.connect(t, bearer(token)).verdict() }},
		{"query", []string{"401", "403", "400", "414", "431", "closed"}, func(token string) string { return v.connect(t, inQuery(token)).verdict() }},
		{"tickets", []string{"401", "403", "400", "431"}, func(token string) string { return v.askTicket(t, v.authorized(token)).verdict() }},
		{"refresh", []string{`{"type":"error","data":{"code":"token_`, `{"type":"error","data":{"code":"refresh_`}, func(token string) string {
			return live.ask(encode(map[string]string{"action": "refresh", "token": token}))
		}},
	}
}

// TestForgedTokens tries tokens that need no key of the issuer, at each entry point.
func TestForgedTokens(t *testing.T) {
	v := open.get(t)
	f := newForger(t, v)
	asked := evilIssuer().asked.Load()
	tryForgeries(t, v, f, tampered)
	got := evilIssuer().asked.Load() - asked
	attempt{"ssrf", "a forged token makes the system ask the forger's server"}.verdict(t, encode(got)+" requests", got == 0)
}

// tryForgeries tries each token at each entry point, after a good token.
func tryForgeries(t *testing.T, v *victim, f *forger, forgeries []forgery) {
	t.Helper()
	live := v.mustConnect(t, f.good)
	live.extend()
	for _, entry := range v.entryPoints(t, live) {
		control(t, "a good token by "+entry.name, entry.try(f.good), "101", "201", `{"type":"refreshed"`)
		for _, forged := range forgeries {
			token := forged.make(f)
			if forged.noHeader && entry.name != "refresh" && entry.name != "query" {
				continue
			}
			if entry.name == "refresh" && len(token) > 128<<10 {
				token = token[:100<<10] // a longer message ends the connection
			}
			attempt{entry.name + "/" + forged.name, forged.tries}.expect(t, entry.try(token), entry.refused...)
		}
	}
	control(t, "the connection after the attempts", live.alive(), "alive")
}

// TestMintedTokens tries tokens that the issuer has signed, but for another audience or
// until an earlier time.
func TestMintedTokens(t *testing.T) {
	v := open.get(t)
	minted := func(name, tries string, r target.TokenRequest) forgery {
		r.User = "mallory"
		return forgery{name: name, tries: tries, make: func(*forger) string { return v.tokenFor(t, r) }}
	}
	tryForgeries(t, v, newForger(t, v), []forgery{
		minted("otherAudience", "genuine, for another audience", target.TokenRequest{Audience: "others"}),
		minted("expired", "genuine, expired an hour ago", target.TokenRequest{ExpiresIn: -3600}),
	})
}

// TestTokenInQueryIsOff tries good tokens in the query of a stack with the default, which
// does not accept them, and in headers that the system does not read.
func TestTokenInQueryIsOff(t *testing.T) {
	v := plain.get(t)
	token := v.token(t, "mallory")
	control(t, "the same token as a bearer", v.connect(t, bearer(token)).verdict(), "101")
	protocol := []string{"Sec-WebSocket-Protocol: sallyport.v1"}
	for _, try := range []struct {
		name, tries string
		handshake   handshake
	}{
		{"queryOff/token", "a good token in the query", handshake{query: "?token=" + token}},
		{"queryOff/tokenAndProtocol", "a good token in the query, and sallyport.v1", handshake{query: "?token=" + token, headers: protocol}},
		{"queryOff/accessToken", "a good token as access_token", handshake{query: "?access_token=" + token, headers: protocol}},
		{"otherHeader/Authorization", "a good token in Authorization", handshake{headers: append(protocol, "Authorization: Bearer "+token)}},
		{"otherHeader/Cookie", "a good token in a cookie", handshake{headers: append(protocol, "Cookie: token="+token)}},
	} {
		attempt{try.name, try.tries}.expect(t, v.connect(t, try.handshake).verdict(), "401")
	}
}
