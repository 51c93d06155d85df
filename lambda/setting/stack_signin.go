package setting

func (s *Stack) access() []Setting {
	return []Setting{
		boolean(&s.Tickets, Setting{Name: "tickets", Default: "true"},
			"Let clients connect with a ticket. A client gets a ticket for its token from an HTTP API beside the WebSocket API; the ticket is valid for one connect within a minute. The console uses tickets if they are on. Users can also end their connections through the HTTP API; without tickets, the stack has no HTTP API."),
		list(&s.AllowedOrigins, 0, format{allowed: "an origin", example: "https://app.example.com"},
			Setting{Name: "allowedOrigins", Default: "[]"},
			"Origins, in addition to the site's own, of pages that may connect, such as https://app.example.com, and of apps, such as capacitor://localhost. All other origins are refused. Write an origin as browsers send it: in lower case, without a path and without the default port; http only for this machine (http://localhost:3000)."),
	}
}

func (s *Stack) issuer() []Setting {
	return []Setting{
		text(&s.Issuer, orEmpty(issuer()), Setting{Name: "issuer"},
			"OpenID Connect issuer whose tokens are accepted, exactly as in the tokens. Empty: the stack has its own Cognito user pool."),
		text(&s.ClientID, format{}, Setting{Name: "clientId"},
			"Client of the console at the issuer: a public client with the authorization code flow and PKCE, whose redirect address is siteUrl with a slash at its end. Only with issuer."),
		text(&s.Audience, format{}, Setting{Name: "audience"},
			"Audience (aud) that the tokens of the issuer must have. Empty: clientId. Only with issuer."),
		text(&s.Scope, openIDScopes(), Setting{Name: "scope", Default: "openid profile"},
			"Scopes that the console requests. Several issuers issue a refresh token only for offline_access, and an access token for your API only for a scope of the API; see docs/identity-providers.md. The stack's own Cognito user pool has openid, profile, email and phone."),
	}
}

func (s *Stack) signIn() []Setting {
	return []Setting{
		object(&s.AuthorizationParameters, `{"audience": "https://api.example.com"}`, checkParameters,
			Setting{Name: "authorizationParameters", Default: "{}"},
			"Parameters that the console adds to the request that opens the issuer's sign-in page, such as audience for Auth0. Parameters that the console sets itself (client_id, scope, state and the like) are refused."),
		text(&s.SignOutURL, orEmpty(signOut()), Setting{Name: "signOutUrl"},
			"Address that ends the session at the issuer, used instead of the end_session_endpoint of its discovery document. {clientId} and {siteUrl} are replaced by clientId and the console's address with a slash at its end, percent-encoded. Only with issuer."),
		boolean(&s.SignOutIDToken, Setting{Name: "signOutIdToken", Default: "false"},
			"Send the ID token to the issuer's end_session_endpoint (id_token_hint), for issuers that require it, such as Okta. The token is then part of an address, and browsers and servers log addresses. Only with issuer, without signOutUrl."),
		list(&s.SignInOrigins, 0, format{allowed: "an origin", example: "https://id.example.com"},
			Setting{Name: "signInOrigins", Default: "[]"},
			"Origins that the console calls to sign in, which the site's content security policy allows, such as https://id.example.com. Empty: the program reads them from the issuer's discovery document in each run. Only with issuer."),
	}
}

func (s *Stack) userPool() []Setting {
	return []Setting{
		boolean(&s.SelfSignUp, Setting{Name: "selfSignUp", Default: "false"},
			"Let everyone with an email address sign up at the Cognito user pool. A later change creates a new pool, without the users of the old one. Not with issuer."),
		number(&s.TokenMinutes, 5, 12*60, Setting{Name: "tokenMinutes", Default: "60"},
			"Minutes for which Cognito's access and ID tokens are valid. No effect with issuer."),
		number(&s.SessionDays, 1, 3650, Setting{Name: "sessionDays", Default: "1"},
			"Days after which a user must sign in again at Cognito. No effect with issuer."),
		boolean(&s.UserPoolProtection, Setting{Name: "userPoolProtection", Default: "false"},
			"Refuse to delete the Cognito user pool with its users, in the same way as tableProtection. Not with issuer."),
	}
}
