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
	// A scope is one or more words of these characters (RFC 6749, section 3.3).
	scopeText = regexp.MustCompile(`^[!#-\[\]-~]+(?: [!#-\[\]-~]+)*$`)
	// placeholder is a name in braces in signOutUrl.
	placeholder = regexp.MustCompile(`\{[^{}]*\}`)
	// poolScopes are those that the console's client may have at a user pool of
	// the stack's own. Cognito's aws.cognito.signin.user.admin is not among them:
	// with it, a stolen token could change the user.
	poolScopes = []string{"openid", "profile", "email", "phone"}
	// reserved are the authorization parameters that the console sets itself, or
	// that it could not deal with, and a secret, which no page can keep.
	reserved = []string{
		"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
		"code_challenge", "code_challenge_method", "request", "request_uri", "client_secret",
	}
)

// maxParameter is how long the name or the value of an authorization parameter
// may be, in bytes.
const maxParameter = 1024

// readSignIn reads how the console signs in.
func (c *config) readSignIn(r *reader) {
	c.Scope = r.openIDScope("scope")
	c.RequiredScope = r.scope("requiredScope")
	c.AuthorizationParameters = r.parameters("authorizationParameters")
	c.SignOutURL = r.signOut("signOutUrl")
	c.SignOutIDToken = r.boolean("signOutIdToken")
	c.SignInOrigins = r.signInOrigins("signInOrigins")
}

// checkSignIn checks the settings that depend on whether there is an issuer.
func (c config) checkSignIn(r *reader) {
	if c.Issuer == "" {
		c.checkPool(r)
	} else {
		c.checkIssuer(r)
	}
	if c.SignOutURL != "" && c.SignOutIDToken {
		r.fail("signOutIdToken", "true", "false, as signOutUrl is set: the ID token goes to the issuer's own sign-out address only")
	}
	switch {
	case c.SecondIssuer == "" && c.SecondAudience != "":
		r.fail("secondAudience", c.SecondAudience, "nothing, as there is no second issuer")
	case c.SecondIssuer != "" && c.SecondAudience == "":
		r.fail("secondAudience", "", "what the tokens of "+c.SecondIssuer+" are made for")
	case c.SecondIssuer != "" && c.SecondIssuer == c.Issuer:
		r.fail("secondIssuer", c.SecondIssuer, "another issuer than the first")
	}
}

// checkPool checks what goes with a user pool of the stack's own.
func (c config) checkPool(r *reader) {
	const none = "nothing, as there is no issuer"
	if c.ClientID != "" {
		r.fail("clientId", c.ClientID, none+": the stack makes its own client")
	}
	if c.Audience != "" {
		r.fail("audience", c.Audience, none)
	}
	if c.SignOutURL != "" {
		r.fail("signOutUrl", c.SignOutURL, none+": the stack knows its own pool's")
	}
	if c.SignOutIDToken {
		r.fail("signOutIdToken", "true", "false, as there is no issuer: Cognito wants no ID token")
	}
	if len(c.SignInOrigins) > 0 {
		r.fail("signInOrigins", strings.Join(c.SignInOrigins, " "), none+": the stack knows its own pool's")
	}
	for _, s := range strings.Fields(c.Scope) {
		if !slices.Contains(poolScopes, s) {
			r.fail("scope", s, "scopes of the stack's own user pool: "+strings.Join(poolScopes, ", "))
		}
	}
	for _, s := range strings.Fields(c.RequiredScope) {
		if !slices.Contains(strings.Fields(c.Scope), s) {
			r.fail("requiredScope", s, "scopes that the setting scope asks the stack's own user pool for: "+c.Scope)
		}
	}
}

// checkIssuer checks what goes with an issuer from elsewhere.
func (c config) checkIssuer(r *reader) {
	if c.ClientID == "" {
		r.fail("clientId", "", "the console's client at the issuer "+c.Issuer)
	}
	if c.UserPoolProtection {
		r.fail("userPoolProtection", "true", "false, as the issuer "+c.Issuer+" has the users: there is no pool")
	}
	if c.SelfSignUp {
		r.fail("selfSignUp", "true", "false, as the issuer "+c.Issuer+" decides who signs up")
	}
}

// scope reads a list of scopes, separated by a blank; none if empty is allowed.
func (r *reader) scope(key string) string {
	v := r.text(key)
	if v != "" && !scopeText.MatchString(v) {
		r.fail(key, v, "scopes separated by one blank, such as openid profile")
	}
	return v
}

// openIDScope reads the scopes that the console asks for.
func (r *reader) openIDScope(key string) string {
	v := r.scope(key)
	if !slices.Contains(strings.Fields(v), "openid") {
		r.fail(key, v, "scopes with openid among them, such as openid profile")
	}
	return v
}

// parameters reads what the console adds to an authorization request.
func (r *reader) parameters(key string) map[string]string {
	v := r.text(key)
	var all map[string]string
	if err := json.Unmarshal([]byte(v), &all); err != nil {
		r.fail(key, v, `a map of texts such as {"audience": "https://api.example.com"}`)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch {
		case slices.Contains(reserved, name):
			r.fail(key, name, "other parameters than "+strings.Join(reserved, ", ")+": the console sets these itself, or cannot use them")
		case name == "" || len(name) > maxParameter || len(all[name]) > maxParameter:
			r.fail(key, name, fmt.Sprintf("a name, and names and values of at most %d bytes", maxParameter))
		}
	}
	return all
}

// signOut reads the address that ends the session at the issuer, which may be
// empty.
func (r *reader) signOut(key string) string {
	v := r.text(key)
	if v == "" {
		return ""
	}
	for _, name := range placeholder.FindAllString(v, -1) {
		if name != "{clientId}" && name != "{siteUrl}" {
			r.fail(key, v, "no other names in braces than {clientId} and {siteUrl}")
		}
	}
	u, err := url.Parse(fillSignOut(v, "id", "https://site.example/"))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" || strings.ContainsAny(v, " \t\r\n") {
		r.fail(key, v, "an https address such as https://id.example.com/logout?client_id={clientId}&logout_uri={siteUrl}, or nothing")
	}
	return v
}

// fillSignOut puts the client's id and the site's address into a sign-out
// address. home is the console's address as the issuer knows it, with a slash at
// its end.
func fillSignOut(address, clientID, home string) string {
	return strings.NewReplacer("{clientId}", url.QueryEscape(clientID), "{siteUrl}", url.QueryEscape(home)).Replace(address)
}

// origins reads a list of origins; wrong returns what is wrong with one.
func (r *reader) origins(key string, wrong func(string) string) []string {
	v := r.text(key)
	var list []string
	if err := json.Unmarshal([]byte(v), &list); err != nil {
		r.fail(key, v, `a list such as ["https://app.example.com"]`)
		return nil
	}
	for _, o := range list {
		if want := wrong(o); want != "" {
			r.fail(key, o, want)
		}
	}
	return list
}

func (r *reader) allowedOrigins(key string) []string { return r.origins(key, origin.Wrong) }
func (r *reader) signInOrigins(key string) []string  { return r.origins(key, origin.WrongPage) }
