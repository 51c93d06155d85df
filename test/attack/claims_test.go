package attack

import (
	"strings"
	"testing"
	"time"
)

// claimsForgery is a token of the trusted second issuer with odd claims.
func claimsForgery(name, tries string, members ...any) forgery {
	return forgery{name: name, tries: tries, make: func(*forger) string {
		is := ownIssuer()
		return forge(`{"alg":"RS256","kid":"rsa"}`, encode(with(is.claims("mallory"), members...)), rs256(is.rsa))
	}}
}

// payloadForgery is a token of the trusted second issuer with the given payload, in which
// ISS, AUD and LATER are replaced.
func payloadForgery(name, tries, payload string) forgery {
	return forgery{name: name, tries: tries, make: func(*forger) string {
		is := ownIssuer()
		payload := strings.NewReplacer("ISS", encode(is.url), "AUD", encode(secondAudience), "LATER", encode(time.Now().Unix()+3600)).Replace(payload)
		return forge(`{"alg":"RS256","kid":"rsa"}`, payload, rs256(is.rsa))
	}}
}

// keyForgery is a token of the trusted second issuer with good claims, signed by a key
// that must not sign it.
func keyForgery(name, tries, header string, s func(is *issuer) sign) forgery {
	return forgery{name: name, tries: tries, make: func(*forger) string {
		return forge(header, encode(ownIssuer().claims("mallory")), s(ownIssuer()))
	}}
}

// TestOddClaims tries tokens with a genuine signature, which a careless issuer might give
// to an attacker. An outsider cannot make them. It has one of each class, and those that
// the tables of lambda/token do not have.
func TestOddClaims(t *testing.T) {
	v := open.get(t)
	good := ownIssuer().token("mallory")
	control(t, "a good token of the second issuer", v.connect(t, bearer(good)).verdict(), "101")
	for _, odd := range []forgery{
		keyForgery("publishedSecret", "HS256 by a secret that the issuer publishes", `{"alg":"HS256","kid":"oct"}`, func(is *issuer) sign { return hs256(string(is.secret)) }),
		keyForgery("otherCurve", "ES256 on another curve", `{"alg":"ES256","kid":"ec384"}`, func(is *issuer) sign { return es(is.ec384) }),
		keyForgery("ecZeros", "ES256 where r and s are 0", `{"alg":"ES256","kid":"ec"}`, func(*issuer) sign { return zeros }),
		keyForgery("ecOrder", "ES256 where r and s are the order of the curve", `{"alg":"ES256","kid":"ec"}`, func(is *issuer) sign {
			n := is.ec.Params().N.Bytes()
			return func(string) []byte { return append(append([]byte{}, n...), n...) }
		}),
		keyForgery("crit", "crit names an unknown extension", `{"alg":"RS256","kid":"rsa","crit":["x"],"x":1}`, func(is *issuer) sign { return rs256(is.rsa) }),
		keyForgery("logoutType", "the type is that of a logout token", `{"alg":"RS256","kid":"rsa","typ":"logout+jwt"}`, func(is *issuer) sign { return rs256(is.rsa) }),

		claimsForgery("issEvil", "iss is the attacker's server", "iss", evilIssuer().url),
		claimsForgery("issFirst", "iss and aud of the first issuer, by a key of the second", "iss", v.Issuer, "aud", "sallyport"),
		payloadForgery("issTwice", "iss twice, the good one last", `{"iss":"https://evil.example","iss":ISS,"aud":AUD,"sub":"mallory","exp":LATER}`),
		claimsForgery("audFirst", "the aud of the first issuer", "aud", "sallyport"),
		claimsForgery("audNullClient", "aud null, and the correct client_id", "aud", nil, "client_id", secondAudience),
		claimsForgery("audMixed", "aud is a list with a number", "aud", []any{1, secondAudience}),
		claimsForgery("clientList", "no aud, and client_id is a list", "aud", absent, "client_id", []string{secondAudience}),
		claimsForgery("expAbsent", "no exp", "exp", absent),
		payloadForgery("expWraps", "exp is 2^64 and an hour", `{"iss":ISS,"aud":AUD,"sub":"mallory","exp":18446744073709555216}`),
		claimsForgery("nbfText", "nbf is a text", "nbf", "soon"),
		claimsForgery("subEmpty", "sub is empty", "sub", ""),
		payloadForgery("subTwice", "sub twice", `{"iss":ISS,"aud":AUD,"sub":"mallory","sub":"admin","exp":LATER}`),
		claimsForgery("boundToKey", "a token that is bound to a key", "cnf", map[string]string{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}),
		{name: "nested", tries: "a good token, signed again", make: func(*forger) string {
			return forge(`{"alg":"RS256","kid":"rsa","cty":"JWT"}`, good, rs256(ownIssuer().rsa))
		}},
	} {
		attempt{"claims/" + odd.name, odd.tries}.expect(t, v.connect(t, bearer(odd.make(nil))).verdict(), "401", "403")
	}
}
