package infra

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"sallyport/infra/origin"
)

var (
	// scopeText is one or more scopes, separated by single spaces (RFC 6749, section
	// 3.3).
	scopeText = regexp.MustCompile(`^[!#-\[\]-~]+(?: [!#-\[\]-~]+)*$`)
	// placeholder is a name in braces in signOutUrl.
	placeholder = regexp.MustCompile(`\{[^{}]*\}`)
	// poolScopes are the scopes that the console's client may have in the stack's
	// own user pool. Cognito's aws.cognito.signin.user.admin is not one of them,
	// because a stolen token with this scope could change the user.
	poolScopes = []string{"openid", "profile", "email", "phone"}
	// reserved are the authorization parameters that cannot be configured: those
	// that the console sets itself, those that it does not support, and the client
	// secret, which a page cannot keep secret.
	reserved = []string{
		"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
		"code_challenge", "code_challenge_method", "dpop_jkt", "request", "request_uri", "client_secret",
	}
)

// maxParameter is the largest size of the name or the value of an authorization
// parameter, in bytes.
const maxParameter = 1024

// readSignIn reads the settings of sign-in.
func (c *config) readSignIn(r *reader) {
	c.Scope = r.openIDScope("scope")
	c.RequiredScope = r.scope("requiredScope")
	c.AuthorizationParameters = r.parameters("authorizationParameters")
	c.SignOutURL = r.signOut("signOutUrl")
	c.SignOutIDToken = r.boolean("signOutIdToken")
	c.SignInOrigins = r.signInOrigins("signInOrigins")
}

// checkSignIn checks the settings that depend on issuer and secondIssuer.
func (c config) checkSignIn(r *reader) {
	if c.Issuer == "" {
		c.checkPool(r)
	} else {
		c.checkIssuer(r)
	}
	if c.SignOutURL != "" && c.SignOutIDToken {
		r.fail("signOutIdToken", "true", "false, because signOutUrl is set: the console sends the ID token to the end_session_endpoint only")
	}
	switch {
	case c.SecondIssuer == "" && c.SecondAudience != "":
		r.fail("secondAudience", c.SecondAudience, "an empty value, because secondIssuer is empty")
	case c.SecondIssuer != "" && c.SecondAudience == "":
		r.fail("secondAudience", "", "the audience of the tokens of "+c.SecondIssuer)
	case c.SecondIssuer != "" && c.SecondIssuer == c.Issuer:
		r.fail("secondIssuer", c.SecondIssuer, "an issuer that differs from the setting issuer")
	}
}

// checkPool checks the settings of a stack with its own user pool.
func (c config) checkPool(r *reader) {
	const none = "an empty value, because issuer is empty"
	if c.ClientID != "" {
		r.fail("clientId", c.ClientID, none+": the stack creates the client in its own user pool")
	}
	if c.Audience != "" {
		r.fail("audience", c.Audience, none)
	}
	if c.SignOutURL != "" {
		r.fail("signOutUrl", c.SignOutURL, none+": the stack uses the values of its own user pool")
	}
	if c.SignOutIDToken {
		r.fail("signOutIdToken", "true", "false, because issuer is empty: Cognito needs no ID token")
	}
	if len(c.SignInOrigins) > 0 {
		r.fail("signInOrigins", strings.Join(c.SignInOrigins, " "), none+": the stack uses the values of its own user pool")
	}
	for _, s := range strings.Fields(c.Scope) {
		if !slices.Contains(poolScopes, s) {
			r.fail("scope", s, "scopes of the stack's own user pool, which are "+strings.Join(poolScopes, ", "))
		}
	}
	for _, s := range strings.Fields(c.RequiredScope) {
		if !slices.Contains(strings.Fields(c.Scope), s) {
			r.fail("requiredScope", s, "scopes of the setting scope, which are "+c.Scope)
		}
	}
}

// checkIssuer checks the settings of a stack with a configured issuer.
func (c config) checkIssuer(r *reader) {
	if c.ClientID == "" {
		r.fail("clientId", "", "the id of the console's client at the issuer "+c.Issuer)
	}
	if c.UserPoolProtection {
		r.fail("userPoolProtection", "true", "false, because the stack has no user pool: the users are at the issuer "+c.Issuer)
	}
	if c.SelfSignUp {
		r.fail("selfSignUp", "true", "false, because the stack has no user pool: configure sign-up at the issuer "+c.Issuer)
	}
}

// scope reads a list of scopes, separated by single spaces. It may be empty.
func (r *reader) scope(key string) string {
	v := r.text(key)
	if v != "" && !scopeText.MatchString(v) {
		r.fail(key, v, "scopes separated by single spaces, such as openid profile")
	}
	return v
}

// openIDScope reads the scopes that the console requests.
func (r *reader) openIDScope(key string) string {
	v := r.scope(key)
	if !slices.Contains(strings.Fields(v), "openid") {
		r.fail(key, v, "scopes that include openid, such as openid profile")
	}
	return v
}

// parameters reads the parameters that the console adds to an authorization request.
func (r *reader) parameters(key string) map[string]string {
	v := r.text(key)
	var all map[string]string
	if err := json.Unmarshal([]byte(v), &all); err != nil {
		r.fail(key, v, `an object of strings such as {"audience": "https://api.example.com"}`)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch {
		case slices.Contains(reserved, name):
			r.fail(key, name, "parameters other than "+strings.Join(reserved, ", ")+": the console sets these itself or does not support them")
		case name == "" || len(name) > maxParameter || len(all[name]) > maxParameter:
			r.fail(key, name, fmt.Sprintf("a name and a value of at most %d bytes each", maxParameter))
		}
	}
	return all
}

// signOut reads the address that ends the session at the issuer. It may be empty.
func (r *reader) signOut(key string) string {
	v := r.text(key)
	if v == "" {
		return ""
	}
	for _, name := range placeholder.FindAllString(v, -1) {
		if name != "{clientId}" && name != "{siteUrl}" {
			r.fail(key, v, "only the placeholders {clientId} and {siteUrl}")
		}
	}
	u, err := url.Parse(expandSignOut(v, "id", "https://site.example/"))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" || strings.ContainsAny(v, " \t\r\n") {
		r.fail(key, v, "an https address such as https://id.example.com/logout?client_id={clientId}&logout_uri={siteUrl}, or an empty value")
	}
	return v
}

// expandSignOut replaces the placeholders of a sign-out address. home is the address
// of the console as it is registered at the issuer, with a slash at the end.
func expandSignOut(address, clientID, home string) string {
	return strings.NewReplacer("{clientId}", url.QueryEscape(clientID), "{siteUrl}", url.QueryEscape(home)).Replace(address)
}

// origins reads a list of origins. check returns "" for a valid origin, otherwise a
// description of a valid one.
func (r *reader) origins(key string, check func(string) string) []string {
	v := r.text(key)
	var list []string
	if err := json.Unmarshal([]byte(v), &list); err != nil {
		r.fail(key, v, `a list such as ["https://app.example.com"]`)
		return nil
	}
	for _, o := range list {
		if want := check(o); want != "" {
			r.fail(key, o, want)
		}
	}
	return list
}

func (r *reader) allowedOrigins(key string) []string { return r.origins(key, origin.Check) }
func (r *reader) signInOrigins(key string) []string  { return r.origins(key, origin.CheckPage) }
