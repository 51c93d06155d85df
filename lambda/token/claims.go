package token

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
)

// claims is what a token says, its signature verified.
type claims struct {
	jwt.Claims
	all map[string]any
}

// check holds the claims against the configuration. The audience comes last:
// by then the token is known to be genuine.
func (v *Verifier) check(c claims) (user string, expires time.Time, err error) {
	if c.Issuer != v.config.Issuer {
		return "", time.Time{}, refuse("token is of another issuer")
	}
	if err := checkTimes(c, v.config.Now()); err != nil {
		return "", time.Time{}, err
	}
	user = c.user(v.config.UserClaims)
	if user == "" {
		return "", time.Time{}, refuse("token names no user: it has none of %s", strings.Join(v.config.UserClaims, ", "))
	}
	expires = c.Expiry.Time()
	if !c.audience().Contains(v.config.Audience) {
		reason := fmt.Sprintf("token is for %q, not for %q", c.audience(), v.config.Audience)
		return user, expires, &Refusal{reason: reason, genuine: true}
	}
	return user, expires, nil
}

func checkTimes(c claims, now time.Time) error {
	switch {
	case c.Expiry == nil:
		return refuse("token does not say when it expires (no exp)")
	case *c.Expiry <= 0 || *c.Expiry > maxExpiry:
		return refuse("token expires at no sensible time (exp)")
	case now.After(c.Expiry.Time().Add(leeway)):
		return refuse("token expired %s ago", now.Sub(c.Expiry.Time()).Round(time.Second))
	case c.NotBefore != nil && now.Add(leeway).Before(c.NotBefore.Time()):
		return refuse("token is not valid for another %s (nbf)", c.NotBefore.Time().Sub(now).Round(time.Second))
	}
	return nil
}

// user returns the first of the named claims that is a text of sensible
// length, else "".
func (c claims) user(names []string) string {
	for _, name := range names {
		if s, ok := c.all[name].(string); ok && s != "" && len(s) <= maxUser {
			return s
		}
	}
	return ""
}

// audience returns aud, or client_id if there is none: the access tokens of
// Cognito are like that.
func (c claims) audience() jwt.Audience {
	if _, ok := c.all["aud"]; ok {
		return c.Audience
	}
	client, _ := c.all["client_id"].(string)
	return jwt.Audience{client}
}
