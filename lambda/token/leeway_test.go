package token_test

import (
	"testing"

	"sallyport/lambda/errcode"
)

// Clocks may differ by thirty seconds, not by more. Each claim is tested at the last
// second that is accepted and at the first that is refused.
func TestVerifyLeeway(t *testing.T) {
	is := newIssuer(t)
	for _, test := range []struct {
		name, claim string
		at          int64 // seconds from now
		code        errcode.Code
		want        string // the refusal; empty: the token is accepted
	}{
		{"expired30", "exp", -30, "", ""},
		{"expired31", "exp", -31, errcode.TokenExpired, "token expired 31s ago"},
		{"expired59", "exp", -59, errcode.TokenExpired, "token expired 59s ago"},
		{"expiresIn1", "exp", 1, "", ""},
		{"begins30", "nbf", 30, "", ""},
		{"begins31", "nbf", 31, errcode.TokenNotYetValid, "token is not valid for another 31s (nbf)"},
		{"begins59", "nbf", 59, errcode.TokenNotYetValid, "token is not valid for another 59s (nbf)"},
		{"began1", "nbf", -1, "", ""},
		{"issued30", "iat", 30, "", ""},
		{"issued31", "iat", 31, errcode.TokenNotYetValid, "token is not valid for another 31s (iat)"},
		{"issued59", "iat", 59, errcode.TokenNotYetValid, "token is not valid for another 59s (iat)"},
		{"issuedLongAgo", "iat", -86400, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := byRSA().sign(t, is.claims(func(c map[string]any) { c[test.claim] = now.Unix() + test.at }))
			if test.want != "" {
				checkRefused(t, is, raw, test.code, test.want)
			} else if _, err := verify(t, is, raw); err != nil {
				t.Errorf("got error %v, want none", err)
			}
		})
	}
}
