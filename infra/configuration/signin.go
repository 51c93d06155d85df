package configuration

import (
	"slices"
	"strings"

	"sallyport/lambda/setting"
)

// poolScopes are the scopes that the console's client may have in the stack's own user
// pool. Cognito's aws.cognito.signin.user.admin is not one of them, because a stolen
// token with this scope could change the user.
var poolScopes = []string{"openid", "profile", "email", "phone"}

// checkSignIn checks the settings that depend on issuer and secondIssuer.
func (c *Config) checkSignIn(r *refusals) {
	if c.Issuer == "" {
		c.checkPool(r)
	} else {
		c.checkIssuer(r)
	}
	if c.SignOutURL != "" {
		r.mustBeFalse(&c.SignOutIDToken, "when signOutUrl is set: the console sends the ID token to the end_session_endpoint only")
	}
	switch {
	case c.SecondIssuer == "":
		r.mustBeEmpty(&c.SecondAudience, "when secondIssuer is empty")
	case c.SecondAudience == "":
		r.add(&c.SecondAudience, "", "the audience of the tokens of "+c.SecondIssuer, "")
	case c.SecondIssuer == c.Issuer:
		r.add(&c.SecondIssuer, c.SecondIssuer, "an issuer that differs from the setting issuer", "")
	}
	// The setting itself allows http on loopback, for a local run.
	if setting.Trusted(c.SecondIssuer) && !setting.HTTPS(c.SecondIssuer) {
		r.add(&c.SecondIssuer, c.SecondIssuer, setting.AllowedHTTPS+", or empty", "")
	}
}

// checkPool checks the settings of a stack with its own user pool.
func (c *Config) checkPool(r *refusals) {
	const none = "when issuer is empty"
	r.mustBeEmpty(&c.ClientID, none+": the stack creates the client in its own user pool")
	r.mustBeEmpty(&c.Audience, none)
	r.mustBeEmpty(&c.SignOutURL, none+": the stack uses the address of its own user pool")
	r.mustBeFalse(&c.SignOutIDToken, none+": Cognito needs no ID token")
	if len(c.SignInOrigins) > 0 {
		r.add(&c.SignInOrigins, strings.Join(c.SignInOrigins, " "), "empty "+none+": the stack uses the origins of its own user pool", setting.Empty)
	}
	for _, s := range strings.Fields(c.Scope) {
		if !slices.Contains(poolScopes, s) {
			r.add(&c.Scope, s, "one of the scopes of the stack's own user pool, which are "+strings.Join(poolScopes, ", "), "")
		}
	}
	for _, s := range strings.Fields(c.RequiredScope) {
		if !slices.Contains(strings.Fields(c.Scope), s) {
			r.add(&c.RequiredScope, s, "one of the scopes of the setting scope, which are "+c.Scope, "")
		}
	}
}

// checkIssuer checks the settings of a stack with a configured issuer.
func (c *Config) checkIssuer(r *refusals) {
	if c.ClientID == "" {
		r.add(&c.ClientID, "", "the id of the console's client at the issuer "+c.Issuer, "")
	}
	r.mustBeFalse(&c.UserPoolProtection, "when issuer is set: the stack has no user pool, the users are at the issuer "+c.Issuer)
	r.mustBeFalse(&c.SelfSignUp, "when issuer is set: the stack has no user pool, so configure sign-up at the issuer "+c.Issuer)
}
