package token_test

import (
	"errors"
	"strings"
	"testing"

	"sallyport/lambda/errcode"
	"sallyport/lambda/token"
)

// The user has the configured claims of the token and no others. Their JSON is not changed.
func TestVerifyReturnsClaims(t *testing.T) {
	is := newIssuer(t)
	edit := func(c map[string]any) {
		c["tenant"], c["cognito:groups"], c["big"], c["secret"] = "t1", []string{"a", "b"}, uint64(12345678901234567890), "not configured"
	}
	for name, test := range map[string]struct {
		names []string
		want  string
	}{
		"none":    {nil, ""},
		"missing": {[]string{"other"}, `{}`},
		"some":    {[]string{"tenant", "cognito:groups", "other", "big"}, `{"big":12345678901234567890,"cognito:groups":["a","b"],"tenant":"t1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			c := is.config()
			c.Issuers[0].Claims = test.names
			user, _, err := token.New(c).Verify(t.Context(), byRSA().sign(t, is.claims(edit)))
			if err != nil || user.Claims != test.want {
				t.Errorf("got %s, error %v, want %s", user.Claims, err, test.want)
			}
		})
	}
}

// Claims of more than 4 KB are refused.
func TestVerifyLimitsClaims(t *testing.T) {
	is := newIssuer(t)
	for size, ok := range map[int]bool{4096 - len(`{"pad":""}`): true, 4097 - len(`{"pad":""}`): false} {
		c := is.config()
		c.Issuers[0].Claims = []string{"pad"}
		_, _, err := token.New(c).Verify(t.Context(), byRSA().sign(t, is.claims(func(c map[string]any) { c["pad"] = strings.Repeat("x", size) })))
		var refusal *errcode.Refusal
		if ok != (err == nil) || err != nil && (!errors.As(err, &refusal) || refusal.Code != errcode.TokenInvalid || !strings.Contains(err.Error(), "4097 bytes: at most 4096")) {
			t.Errorf("%d bytes: got error %v, want it accepted: %v", size, err, ok)
		}
	}
}
