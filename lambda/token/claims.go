package token

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/jwt"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
)

// claims are the claims of a token whose signature has been verified. The typed
// fields are only those that are checked: other claims, such as jti, may have any
// type.
type claims struct {
	Issuer    string           `json:"iss"`
	Audience  jwt.Audience     `json:"aud"`
	Expiry    *jwt.NumericDate `json:"exp"`
	NotBefore *jwt.NumericDate `json:"nbf"`
	IssuedAt  *jwt.NumericDate `json:"iat"`
	all       map[string]any
	raw       json.RawMessage // the whole document
}

// maxClaims is the largest size of the Claims of a user, in bytes. They are part of every
// event of a connection.
const maxClaims = 4 << 10

// selected returns the claims with the given names as a JSON object, "" if names is
// empty. It leaves out claims that the token does not have.
func (c claims) selected(names []string) (string, error) {
	if len(names) == 0 {
		return "", nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(c.raw, &all); err != nil {
		return "", errcode.Refuse(errcode.TokenInvalid, "token has malformed claims")
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return !slices.Contains(names, name) })
	text, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	if len(text) > maxClaims {
		return "", errcode.Refuse(errcode.TokenInvalid, "the claims that the setting claims names have %d bytes: at most %d are allowed", len(text), maxClaims)
	}
	return string(text), nil
}

// check checks the claims against the issuer's rules. It checks audience and scope
// last. If one of these two is wrong, it also returns the user, for the log.
func (is issuer) check(c claims, now time.Time) (user identity.User, expires time.Time, err error) {
	if c.Issuer != is.URL {
		return identity.User{}, time.Time{}, errcode.Refuse(errcode.TokenIssuer, "token is of another issuer")
	}
	if err := checkTimes(c, now); err != nil {
		return identity.User{}, time.Time{}, err
	}
	if err := c.checkPurpose(); err != nil {
		return identity.User{}, time.Time{}, err
	}
	user, err = c.user(is.Issuer)
	if err != nil {
		return identity.User{}, time.Time{}, err
	}
	if user.Claims, err = c.selected(is.Claims); err != nil {
		return identity.User{}, time.Time{}, err
	}
	expires = c.Expiry.Time()
	if !is.acceptsAudience(c.audience()) {
		return user, expires, errcode.Refuse(errcode.TokenAudience, "token is for %q, not for %q", c.audience(), is.Audience)
	}
	granted := slices.Concat(c.scopes("scope"), c.scopes("scp"))
	for _, scope := range is.Scopes {
		if !slices.Contains(granted, scope) {
			return user, expires, errcode.Refuse(errcode.TokenScope, "token lacks the scope %q", scope)
		}
	}
	return user, expires, nil
}

// scopes returns the scopes in a claim. The claim is a space-separated string (RFC
// 9068, section 2.2.3) or, from some issuers, an array.
func (c claims) scopes(name string) []string {
	var scopes []string
	switch claim := c.all[name].(type) {
	case string:
		return strings.Fields(claim)
	case []any:
		for _, member := range claim {
			if scope, ok := member.(string); ok {
				scopes = append(scopes, scope)
			}
		}
	}
	return scopes
}

// user returns the user of the claims. It refuses U+FFFD in the sub and the name:
// decoding replaces every unpaired surrogate by this character, so different users
// could get the same ID.
func (c claims) user(is Issuer) (identity.User, error) {
	subject := c.text("sub")
	if subject == "" {
		return identity.User{}, errcode.Refuse(errcode.TokenInvalid, "token has no usable sub: want a string of at most %d bytes without control characters", maxUser)
	}
	user := identity.User{Issuer: is.URL, Subject: subject, Name: subject}
	for _, name := range is.UserClaims {
		if text := c.text(name); text != "" {
			user.Name = text
			break
		}
	}
	if strings.ContainsRune(user.Subject+user.Name, utf8.RuneError) {
		return identity.User{}, errcode.Refuse(errcode.TokenInvalid, "token has an unpaired surrogate or U+FFFD in the sub or the name of the user")
	}
	return user, nil
}

// checkPurpose refuses bound tokens, and tokens that are neither access tokens nor ID
// tokens. Security events and logout tokens have the claim events (RFC 8417, OpenID
// Connect Back-Channel Logout 1.0). A token that is bound to a key or a certificate has
// the claim cnf (RFC 7800), and this function cannot check the proof of possession. The
// kind of a token is in the claim token_use of Cognito, and in the claim typ of Keycloak.
func (c claims) checkPurpose() error {
	for _, name := range []string{"events", "cnf"} {
		if c.all[name] != nil {
			return errcode.Refuse(errcode.TokenInvalid, "token is not an access token or ID token that this function accepts: it has the claim %s", name)
		}
	}
	if use := c.all["token_use"]; use != nil && use != "access" && use != "id" {
		return errcode.Refuse(errcode.TokenInvalid, "token is not an access token or ID token that this function accepts: its token_use is neither access nor id")
	}
	for _, name := range []string{"typ", "token_type"} {
		kind, _ := c.all[name].(string)
		kind = strings.ToLower(kind)
		if kind == "offline" || strings.Contains(kind, "refresh") || strings.Contains(kind, "logout") {
			return errcode.Refuse(errcode.TokenInvalid, "token is not an access token or ID token that this function accepts: its claim %s is %.32q", name, kind)
		}
	}
	return nil
}

// acceptsAudience reports whether the function accepts tokens of the issuer with this audience.
func (is issuer) acceptsAudience(audience jwt.Audience) bool {
	return audience.Contains(is.Audience) || is.ToolAudience != "" && audience.Contains(is.ToolAudience)
}

func checkTimes(c claims, now time.Time) error {
	switch {
	case c.Expiry == nil:
		return errcode.Refuse(errcode.TokenInvalid, "token has no expiry (exp)")
	case !validDate(c.Expiry) || *c.Expiry == 0:
		return errcode.Refuse(errcode.TokenInvalid, "token has an invalid expiry (exp)")
	case !validDate(c.NotBefore):
		return errcode.Refuse(errcode.TokenInvalid, "token has an invalid start time (nbf)")
	case !validDate(c.IssuedAt):
		return errcode.Refuse(errcode.TokenInvalid, "token has an invalid issue time (iat)")
	case now.After(c.Expiry.Time().Add(identity.Leeway)):
		return errcode.Refuse(errcode.TokenExpired, "token expired %s ago", now.Sub(c.Expiry.Time()).Round(time.Second))
	}
	for _, begin := range []struct {
		name string
		at   *jwt.NumericDate
	}{{"nbf", c.NotBefore}, {"iat", c.IssuedAt}} {
		if begin.at != nil && now.Add(identity.Leeway).Before(begin.at.Time()) {
			return errcode.Refuse(errcode.TokenNotYetValid, "token is not valid for another %s (%s)", begin.at.Time().Sub(now).Round(time.Second), begin.name)
		}
	}
	return nil
}

// validDate reports whether a date is missing, or lies between 1970 and the year 9999.
func validDate(d *jwt.NumericDate) bool {
	return d == nil || (*d >= 0 && *d <= maxDate)
}

// text returns a claim that is a string of at most maxUser bytes without control
// characters. It returns "" for any other claim.
func (c claims) text(name string) string {
	s, _ := c.all[name].(string)
	if len(s) > maxUser || strings.ContainsFunc(s, unicode.IsControl) {
		return ""
	}
	return s
}

// audience returns the claim aud. If the token has no aud, as the access tokens of Cognito,
// it returns client_id.
func (c claims) audience() jwt.Audience {
	if _, ok := c.all["aud"]; ok {
		return c.Audience
	}
	client, _ := c.all["client_id"].(string)
	return jwt.Audience{client}
}
