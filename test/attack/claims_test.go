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

// payloadForgery is a token of the trusted second issuer with that payload, in
// which ISS, AUD, NOW and LATER are replaced.
func payloadForgery(name, tries, payload string) forgery {
	return forgery{name: name, tries: tries, make: func(*forger) string {
		is := ownIssuer()
		now := time.Now().Unix()
		payload := strings.NewReplacer("ISS", encode(is.url), "AUD", encode(secondAudience), "NOW", encode(now), "LATER", encode(now+3600)).Replace(payload)
		return forge(`{"alg":"RS256","kid":"rsa"}`, payload, rs256(is.rsa))
	}}
}

// keyForgery is a token of the trusted second issuer with good claims, for which
// a key is used that is not for that.
func keyForgery(name, tries, header string, s func(is *issuer) sign) forgery {
	return forgery{name: name, tries: tries, make: func(*forger) string {
		return forge(header, encode(ownIssuer().claims("mallory")), s(ownIssuer()))
	}}
}

// TestOddClaims tries tokens with a genuine signature, such as a careless issuer
// would give an attacker: an outsider cannot make them.
func TestOddClaims(t *testing.T) {
	v := open.get(t)
	f := newForger(t, v)
	f.good = ownIssuer().token("mallory")
	tryForgeries(t, v, f, keyMisuse())
	tryForgeries(t, v, f, oddIssuers(v))
	tryForgeries(t, v, f, oddAudiences(v))
	tryForgeries(t, v, f, oddTimes())
	tryForgeries(t, v, f, oddPayloads())
}

func keyMisuse() []forgery {
	return []forgery{
		keyForgery("publishedSecret", "HS256 by a secret that the issuer publishes", `{"alg":"HS256","kid":"oct"}`, func(is *issuer) sign { return hs256(string(is.secret)) }),
		keyForgery("weakKey", "RS256 by a key of 1024 bits", `{"alg":"RS256","kid":"weak"}`, func(is *issuer) sign { return rs256(is.weak) }),
		keyForgery("otherCurve", "ES256 on another curve", `{"alg":"ES256","kid":"ec384"}`, func(is *issuer) sign { return es(is.ec384) }),
		keyForgery("es384", "ES384", `{"alg":"ES384","kid":"ec384"}`, func(is *issuer) sign { return es(is.ec384) }),
		keyForgery("encryptionKey", "a key that is for encryption", `{"alg":"RS256","kid":"encryption"}`, func(is *issuer) sign { return rs256(is.rsa) }),
		keyForgery("otherAlgorithm", "a key that is for RS512 only", `{"alg":"RS256","kid":"rs512"}`, func(is *issuer) sign { return rs256(is.rsa) }),
		keyForgery("publishedPrivate", "a key whose private half is published", `{"alg":"RS256","kid":"private"}`, func(is *issuer) sign { return rs256(is.rsa) }),
		keyForgery("ps256Genuine", "PS256 by the right key", `{"alg":"PS256","kid":"rsa"}`, func(is *issuer) sign { return ps256(is.rsa) }),
		keyForgery("rs512Genuine", "RS512 by the right key", `{"alg":"RS512","kid":"rsa"}`, func(is *issuer) sign { return rs512(is.rsa) }),
		keyForgery("ecAsRSA", "RS256 under the kid of the EC key", `{"alg":"RS256","kid":"ec"}`, func(is *issuer) sign { return rs256(is.rsa) }),
		keyForgery("rsaAsECGenuine", "ES256 under the kid of the RSA key", `{"alg":"ES256","kid":"rsa"}`, func(is *issuer) sign { return es(is.ec) }),
		keyForgery("ecZerosGenuine", "ES256 under its kid, r and s being 0", `{"alg":"ES256","kid":"ec"}`, func(*issuer) sign { return zeros(64) }),
		keyForgery("ecOrder", "ES256, r and s being the order of the curve", `{"alg":"ES256","kid":"ec"}`, func(is *issuer) sign {
			n := is.ec.Params().N.Bytes()
			return func(string) []byte { return append(append([]byte{}, n...), n...) }
		}),
		keyForgery("critGenuine", "rightly signed, crit names what nobody knows", `{"alg":"RS256","kid":"rsa","crit":["x"],"x":1}`, func(is *issuer) sign { return rs256(is.rsa) }),
		keyForgery("b64Genuine", "rightly signed, b64 false", `{"alg":"RS256","kid":"rsa","crit":["b64"],"b64":false}`, func(is *issuer) sign { return rs256(is.rsa) }),
		keyForgery("duplicateAlgGenuine", "rightly signed, alg twice", `{"alg":"none","alg":"RS256","kid":"rsa"}`, func(is *issuer) sign { return rs256(is.rsa) }),
		keyForgery("duplicateKidGenuine", "rightly signed, kid twice", `{"alg":"RS256","kid":"x","kid":"rsa"}`, func(is *issuer) sign { return rs256(is.rsa) }),
		keyForgery("logoutType", "rightly signed, a logout token", `{"alg":"RS256","kid":"rsa","typ":"logout+jwt"}`, func(is *issuer) sign { return rs256(is.rsa) }),
		keyForgery("requestType", "rightly signed, an authorization request", `{"alg":"RS256","kid":"rsa","typ":"oauth-authz-req+jwt"}`, func(is *issuer) sign { return rs256(is.rsa) }),
		keyForgery("kidCase", "rightly signed, kid in capitals", `{"alg":"RS256","kid":"RSA"}`, func(is *issuer) sign { return rs256(is.rsa) }),
		keyForgery("kidSpace", "rightly signed, kid with a blank", `{"alg":"RS256","kid":"rsa "}`, func(is *issuer) sign { return rs256(is.rsa) }),
	}
}

func oddIssuers(v *victim) []forgery {
	own := ownIssuer().url
	return []forgery{
		claimsForgery("issAbsent", "no iss", "iss", absent),
		claimsForgery("issEmpty", "iss empty", "iss", ""),
		claimsForgery("issNull", "iss null", "iss", nil),
		claimsForgery("issSlash", "iss with a slash behind it", "iss", own+"/"),
		claimsForgery("issUpper", "iss in capitals", "iss", strings.ToUpper(own)),
		claimsForgery("issHost", "iss without its scheme", "iss", strings.TrimPrefix(own, "http://")),
		claimsForgery("issSuffix", "iss with a domain behind it", "iss", own+".evil.example"),
		claimsForgery("issUserinfo", "iss as userinfo of another host", "iss", own+"@evil.example"),
		claimsForgery("issNewline", "iss and a newline", "iss", own+"\n"),
		claimsForgery("issList", "iss a list", "iss", []string{own}),
		claimsForgery("issEvil", "iss an own server", "iss", evilIssuer().url),
		claimsForgery("issFirst", "iss the first issuer, by a key of the second", "iss", v.Issuer),
		claimsForgery("issFirstAud", "the same, with its audience", "iss", v.Issuer, "aud", "sallyport"),
		payloadForgery("issTwice", "iss twice, the good one last", `{"iss":"https://evil.example","iss":ISS,"aud":AUD,"sub":"mallory","exp":LATER}`),
		payloadForgery("issTwiceFirst", "iss twice, the good one first", `{"iss":ISS,"iss":"https://evil.example","aud":AUD,"sub":"mallory","exp":LATER}`),
		payloadForgery("issCase", "Iss in place of iss", `{"Iss":ISS,"aud":AUD,"sub":"mallory","exp":LATER}`),
	}
}

func oddAudiences(_ *victim) []forgery {
	return []forgery{
		claimsForgery("audOther", "aud another one", "aud", "other"),
		claimsForgery("audFirst", "aud the first issuer's", "aud", "sallyport"),
		claimsForgery("audAbsent", "no aud", "aud", absent),
		claimsForgery("audNull", "aud null", "aud", nil),
		claimsForgery("audEmpty", "aud empty", "aud", ""),
		claimsForgery("audNone", "aud an empty list", "aud", []string{}),
		claimsForgery("audNumber", "aud a number", "aud", 1),
		claimsForgery("audTrue", "aud true", "aud", true),
		claimsForgery("audObject", "aud an object", "aud", map[string]any{secondAudience: true}),
		claimsForgery("audNested", "aud a list in a list", "aud", []any{[]string{secondAudience}}),
		claimsForgery("audMixed", "aud a list with a number in it", "aud", []any{1, secondAudience}),
		claimsForgery("audJoined", "aud a text with a comma", "aud", "other,"+secondAudience),
		claimsForgery("audSpaces", "aud a text with a blank", "aud", "other "+secondAudience),
		claimsForgery("audTrailing", "aud with a blank behind it", "aud", secondAudience+" "),
		claimsForgery("audCase", "aud in capitals", "aud", strings.ToUpper(secondAudience)),
		claimsForgery("audPrefix", "aud a part of the right one", "aud", secondAudience[:6]),
		claimsForgery("audNullClient", "aud null, client_id the right one", "aud", nil, "client_id", secondAudience),
		claimsForgery("audOtherClient", "aud another one, client_id the right one", "aud", "other", "client_id", secondAudience),
		claimsForgery("clientList", "no aud, client_id a list", "aud", absent, "client_id", []string{secondAudience}),
		payloadForgery("audTwice", "aud twice, the good one last", `{"iss":ISS,"aud":"other","aud":AUD,"sub":"mallory","exp":LATER}`),
	}
}

func oddTimes() []forgery {
	now := time.Now().Unix()
	return []forgery{
		claimsForgery("expPast", "expired an hour ago", "exp", now-3600),
		claimsForgery("expLeeway", "expired just before the leeway", "exp", now-32),
		claimsForgery("expAbsent", "no exp", "exp", absent),
		claimsForgery("expNull", "exp null", "exp", nil),
		claimsForgery("expZero", "exp 0", "exp", 0),
		claimsForgery("expNegative", "exp negative", "exp", -now),
		claimsForgery("expText", "exp a text", "exp", "9999999999"),
		claimsForgery("expTrue", "exp true", "exp", true),
		claimsForgery("expList", "exp a list", "exp", []int64{now + 3600}),
		claimsForgery("expHuge", "exp beyond every calendar", "exp", int64(9e18)),
		claimsForgery("expMilliseconds", "exp in milliseconds", "exp", (now+3600)*1000000),
		payloadForgery("expFloat", "exp 1e300", `{"iss":ISS,"aud":AUD,"sub":"mallory","exp":1e300}`),
		payloadForgery("expOverflow", "exp 1e400", `{"iss":ISS,"aud":AUD,"sub":"mallory","exp":1e400}`),
		payloadForgery("expWraps", "exp 2^64 and an hour", `{"iss":ISS,"aud":AUD,"sub":"mallory","exp":18446744073709555216}`),
		payloadForgery("expTwice", "exp twice, the good one last", `{"iss":ISS,"aud":AUD,"sub":"mallory","exp":1,"exp":LATER}`),
		payloadForgery("expTwiceFirst", "exp twice, the good one first", `{"iss":ISS,"aud":AUD,"sub":"mallory","exp":LATER,"exp":1}`),
		claimsForgery("nbfFuture", "valid in an hour", "nbf", now+3600),
		claimsForgery("nbfLeeway", "valid just after the leeway", "nbf", now+200),
		claimsForgery("nbfText", "nbf a text", "nbf", "soon"),
		claimsForgery("nbfHuge", "nbf beyond every calendar", "nbf", int64(9e18)),
	}
}

func oddPayloads() []forgery {
	return []forgery{
		claimsForgery("subAbsent", "no sub", "sub", absent),
		claimsForgery("subEmpty", "sub empty", "sub", ""),
		claimsForgery("subNull", "sub null", "sub", nil),
		claimsForgery("subNumber", "sub a number", "sub", 1),
		claimsForgery("subObject", "sub an object", "sub", map[string]any{"admin": true}),
		claimsForgery("subList", "sub a list", "sub", []string{"admin"}),
		claimsForgery("subLong", "sub of 257 bytes", "sub", strings.Repeat("u", 257)),
		claimsForgery("subHuge", "sub of 5 KB", "sub", strings.Repeat("u", 5<<10)),
		claimsForgery("hugeGenuine", "genuine, but of over 8 KB", "pad", strings.Repeat("x", 8<<10)),
		payloadForgery("subTwice", "sub twice", `{"iss":ISS,"aud":AUD,"sub":"mallory","sub":"admin","exp":LATER}`),
		payloadForgery("notUTF8Claim", "sub is no UTF-8", "{\"iss\":ISS,\"aud\":AUD,\"sub\":\"a\xffb\",\"exp\":LATER}"),
		payloadForgery("halfOfPair", "sub with half of a surrogate pair", `{"iss":ISS,"aud":AUD,"sub":"x\ud800","exp":LATER}`),
		payloadForgery("otherHalf", "sub with the other half", `{"iss":ISS,"aud":AUD,"sub":"x\udbff","exp":LATER}`),
		claimsForgery("logoutToken", "a logout token", "events", map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}),
		claimsForgery("boundToKey", "a token that is bound to a key", "cnf", map[string]string{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}),
		claimsForgery("refreshOfCognito", "token_use refresh", "token_use", "refresh"),
		claimsForgery("refreshOfKeycloak", "typ Refresh among the claims", "typ", "Refresh"),
		payloadForgery("trailing", "claims and something behind them", `{"iss":ISS,"aud":AUD,"sub":"mallory","exp":LATER}{"sub":"admin"}`),
		payloadForgery("list", "claims in a list", `[{"iss":ISS,"aud":AUD,"sub":"mallory","exp":LATER}]`),
		payloadForgery("text", "a text for claims", `"mallory"`),
		payloadForgery("number", "a number for claims", `1`),
		payloadForgery("null", "null for claims", `null`),
		payloadForgery("nothing", "nothing for claims", ``),
		payloadForgery("noJSON", "claims that are no JSON", `{iss:1}`),
		payloadForgery("deep", "claims nested 1,100 deep", strings.Repeat(`{"a":`, 1100)+"1"+strings.Repeat("}", 1100)),
		{name: "nestedGenuine", tries: "a good token, signed once more", make: func(*forger) string {
			return forge(`{"alg":"RS256","kid":"rsa","cty":"JWT"}`, ownIssuer().token("mallory"), rs256(ownIssuer().rsa))
		}},
	}
}
