package errcode

import (
	"net/http"
	"slices"
)

// Of returns the entry of a code. For a code that is not in the catalogue, the entry has only
// the code.
func Of(c Code) Entry {
	all := All()
	i := slices.IndexFunc(all, func(e Entry) bool { return e.Code == c })
	if i < 0 {
		return Entry{Code: c}
	}
	return all[i]
}

// All returns the catalogue, in the order of the constants.
func All() []Entry {
	return slices.Concat(credentials(), handshakes(), messages(), others(), channels())
}

// credentials are the codes of credentials and tokens, in the order of the checks.
func credentials() []Entry {
	return []Entry{
		{
			NoCredential, http.StatusUnauthorized,
			"The connection carries no ticket and no token.",
			"The handshake offers neither `ticket.<value>` nor `bearer.<token>` in Sec-WebSocket-Protocol and has no `?token=` or `?ticket=`; or a request to the HTTP API has no header `Authorization: Bearer <token>`.",
			"Offer `sallyport.v1` and one credential as subprotocols, or send the Authorization header. A proxy in between must not drop these headers.",
		},
		{
			SeveralCredentials, http.StatusUnauthorized,
			"The connection carries more than one credential.",
			"There are several tickets or tokens: in Sec-WebSocket-Protocol, in the query string, in both, or in headers that were sent twice. The function does not choose one of them.",
			"Send exactly one. The most frequent cause is a client that uses tickets and still sends `?token=`.",
		},
		{
			CredentialOff, http.StatusUnauthorized,
			"This way of signing in is switched off here.",
			"The stack does not accept this kind of credential: see the settings `tickets`, `tokenInSubprotocol`, `tokenInQuery` and `ticketInQuery` (the last two are off by default).",
			"Use another kind, preferably a ticket; or turn this one on in the settings and run `pulumi up`.",
		},
		{
			TokenInvalid, http.StatusUnauthorized,
			"The token is not valid.",
			"It is not a signed JWT, its signature is wrong, the issuer does not publish its key, its algorithm is not RS256, ES256 or EdDSA, it has no `sub` or no expiry, or it has another purpose: a refresh token, a logout token, a security event, or a token that is bound to a key. The log's `reason` has the cause.",
			"Sign in again. If `reason` names the key although the token is new, compare the token's `kid` with the issuer's published keys.",
		},
		{
			TokenIssuer, http.StatusUnauthorized,
			"The token comes from another issuer.",
			"Its `iss` must be equal to the issuer or the second issuer of the stack, byte for byte, including a slash at the end.",
			"Compare `iss` with the settings `issuer` and `secondIssuer`, and with the page's config.json: one of them belongs to another environment.",
		},
		{
			TokenNotYetValid, http.StatusUnauthorized,
			"The token is not valid yet.",
			"Its `nbf` or `iat` is more than 30 s ahead of the function's clock.",
			"Correct the issuer's clock; or wait, if the token is meant for later.",
		},
		{
			TokenExpired, http.StatusUnauthorized,
			"The token has expired.",
			"Its `exp` passed more than 30 s ago. At connect, the client sent an old token; on an open connection, no `refresh` arrived in time.",
			"Sign in again, or refresh the token and then connect. To stay connected, send `refresh` with a new token before the old one expires. If new tokens expire at once, compare the clocks.",
		},
		{
			TokenAudience, http.StatusForbidden,
			"The token is meant for another application.",
			"The token is valid, but its `aud` is not the audience of its issuer. If the token has no `aud`, its `client_id` must be the audience.",
			"Request a token for this application: compare its audience with the settings `audience` and `secondAudience`.",
		},
		{
			TokenScope, http.StatusForbidden,
			"The token lacks a required scope.",
			"The token is valid, but its `scope` or `scp` does not have every scope of the setting `requiredScope`. An ID token has no scopes.",
			"The log's `reason` names the missing scope. Add it to the setting `scope`, and grant it to the user at the issuer. Then sign in again.",
		},
	}
}

// handshakes are the codes of the session cookie, of tickets, of the origin of a page and of the connection limit.
func handshakes() []Entry {
	return []Entry{
		{
			TokenTooLarge, http.StatusBadRequest,
			"The token is too large for a cookie.",
			"`POST /session` stores the token in a cookie. Browsers ignore a cookie whose name and value have more than 4096 bytes together.",
			"Let the issuer put fewer claims into the access token, such as fewer groups. Or connect with a ticket, whose token may be larger.",
		},
		{
			TicketUnknown, http.StatusUnauthorized,
			"The ticket has been used already, or never existed.",
			"A ticket is valid for one connection. This one was used before (for example by a client that tries again with the old ticket), was removed after its expiry, or is not a ticket.",
			"Get a new ticket before each attempt to connect. If your client did not use it twice, another client may have stolen it: look for the same time in the log.",
		},
		{
			TicketExpired, http.StatusUnauthorized,
			"The ticket has expired.",
			"The client connected more than 60 s after it got the ticket.",
			"Get the ticket immediately before connecting, not when the page loads.",
		},
		{
			TicketOrigin, http.StatusForbidden,
			"The ticket was given to another page.",
			"The Origin of the handshake differs from the Origin of the request for the ticket; one of the two requests may have no Origin. The ticket cannot be used again.",
			"Get the ticket and connect from the same page. If your clients do so, the ticket was stolen: find the user in the log, and end that user's connections.",
		},
		{
			OriginMissing, http.StatusForbidden,
			"The connection does not say which page it comes from.",
			"The handshake has no Origin header, which every browser sends. The setting `missingOrigin` forbids that: `refuse` always, `subprotocol` with a token in the query string.",
			"Let the tool send an allowed Origin, or a ticket or bearer token as subprotocol; or change the setting `missingOrigin`.",
		},
		{
			OriginNotAllowed, http.StatusForbidden,
			"This page may not connect.",
			"The Origin header is not equal to an allowed origin, byte for byte: scheme, host and port, lower case, no slash at the end. Several Origin headers are never allowed.",
			"If the page is yours, add its origin to the setting `allowedOrigins`. If it is not, a foreign page tried to use a visitor's session, and the function refused it.",
		},
		{
			NotThroughSite, http.StatusForbidden,
			"The request did not come through the site's address.",
			"With the setting `oneDomain`, CloudFront adds a secret to each request, and the function refuses a handshake or a request to the HTTP API without it. The client called an address at execute-api, or CloudFront sends a secret that is not in the setting `originSecrets` of the function.",
			"Use the outputs `websocketUrl` and `httpUrl`. If clients at these addresses are refused, an update of `originSecrets` left out a step: see \"Rotate the secret of the site\" in docs/one-domain.md.",
		},
		{
			CSRFHeaderMissing, http.StatusForbidden,
			"The request does not come from the code of a page.",
			"A request to the HTTP API with the cookie `__Host-session`, or `DELETE /session`, has no header `X-CSRF: 1`. Forms and links of foreign pages cannot send this header.",
			"Send `X-CSRF: 1` with `fetch`, or use the header Authorization instead of the cookie.",
		},
		{
			TooManyConnections, http.StatusForbidden,
			"You have too many connections open.",
			"The user has more than `connectionsPerUser` connections. The setting `connectionsOverCap` decides whether the oldest one is closed or the new one is refused.",
			"Close tabs that are not needed. If there are few, look for a client that connects again and again without closing, or raise `connectionsPerUser`.",
		},
	}
}

// messages are the codes of messages.
func messages() []Entry {
	return []Entry{
		{
			MessageTooLarge, 0,
			"The message, or the answer to it, is too large.",
			"The message has more bytes than the setting `messageBytes` allows, or the answer has more than the 131072 bytes that API Gateway sends. The error message has both numbers. The client gets no other answer. A `refresh` may always have 9216 bytes. (API Gateway itself closes a connection with 1009 for a message of more than 128 KB, or a frame of more than 32 KB.)",
			"Split the message, or send a link to the data. Or raise `messageBytes`, up to 131072. An answer may be longer than its message: an echo has a backslash before each quotation mark of the text.",
		},
		{
			TooManyMessages, 0,
			"You are sending messages too fast.",
			"The connection sent more messages than `messagesPerMinute` in this minute of the clock. The route did not process this message.",
			"Wait for the next minute, and send fewer messages: combine small ones. Or raise `messagesPerMinute` (0: no limit).",
		},
		{
			MessageInvalid, 0,
			"The message does not have the form that its route expects.",
			"A message for a route is one JSON object. It has a field that the route does not know, a field twice, or a value of another type. The error message names the field; the log's `reason` has the cause only, because messages are never logged.",
			"Correct the client: docs/protocol.md shows the fields of each route. The names of fields are case-sensitive.",
		},
		{
			RefreshMalformed, 0,
			"The request to refresh carries no token.",
			"The message does not have the form `{\"action\":\"refresh\",\"token\":\"<token>\"}`, or its token is empty or not a string.",
			"Correct the client.",
		},
		{
			RefreshOtherUser, 0,
			"The new token belongs to another user.",
			"The user of a connection never changes. The new token is valid, but its `iss` and `sub` are those of another user. The name is not compared.",
			"Close the connection and open one with the new token. In a browser, another user signed in on another tab.",
		},
		{
			ConnectionUnknown, 0,
			"The server no longer knows this connection.",
			"The table has no row for the connection: it is ending at this moment, its two hours have passed, or the table was replaced.",
			"Connect again.",
		},
	}
}

// others are the codes of ended connections, commands and failures.
func others() []Entry {
	return []Entry{
		{
			Disconnected, 0,
			"The connection was ended by the operator.",
			"A backend, or `scripts/send.sh --disconnect`, sent a command to disconnect. If the command has a reason, clients receive the reason instead of this sentence.",
			"Connect again, unless the reason says otherwise. The log line with route `disconnect` has the command.",
		},
		{
			SignedOut, 0,
			"You have signed out, here or on another page.",
			"`DELETE /connections` of the HTTP API ended all connections of the user. The console calls it if the user chooses so when signing out.",
			"Sign in and connect again.",
		},
		{
			CommandInvalid, 0,
			"The push or disconnect command is malformed.",
			"A member of the event is missing, unknown, in the wrong case, twice in one object, or of the wrong type. Or the event is of several kinds. The text after the code has the cause. The function has not sent or ended anything.",
			"Correct the command. It has exactly one target: `connection`, `user`, `sub`, `channel` or `all`. Only a `channel` may also have a `sub` or a `user`. The event has no other member. Write the JSON with an encoder. Never paste a message into it.",
		},
		{
			Unavailable, http.StatusServiceUnavailable,
			"The service could not check this just now.",
			"DynamoDB, API Gateway's management API or the issuer's keys were unreachable or too slow. A client that cannot be checked is refused. A handshake gets 500 or 502, not 503; a message gets API Gateway's `Internal server error`.",
			"Try again a little later. In the log, the field `error` of that line names the failed call: check the status of that service, throttling, and the role of the function.",
		},
	}
}

// channels are the codes of channels.
func channels() []Entry {
	return []Entry{
		{
			ChannelUnknown, 0,
			"There is no such channel.",
			"The name is not `namespace:rest`, it has a character that names cannot have, or `lambda/app/channels.go` does not declare the namespace.",
			"Compare the name with the namespaces in `lambda/app/channels.go`. Names have up to 200 letters, digits and -_.:@~/=.",
		},
		{
			ChannelDenied, 0,
			"You may not do this in the channel.",
			"The namespace of the channel does not allow the user to subscribe, to publish, or to read the presence or the history. The log's `reason` names the namespace.",
			"Compare the permissions of the namespace in `lambda/app/channels.go` with the claims of the token. The setting `claims` must name a claim that a namespace reads.",
		},
		{
			TooManyChannels, 0,
			"You are subscribed to too many channels.",
			"The connection has 100 subscriptions.",
			"Unsubscribe from channels that are not needed.",
		},
		{
			PositionUnknown, 0,
			"Messages that you missed are not available any more.",
			"The client asked for publications since a position. Some of them are older than the history of the namespace, or the stream of the channel has begun again.",
			"Load the state of the application anew. If it happens often, raise `HistorySize` or `HistoryTime` of the namespace.",
		},
		{
			CommandUnsupported, 0,
			"The server does not support this command.",
			"A client of Centrifugo's protocol sent a command, or an option, that the server does not have. docs/protocol.md lists the commands.",
			"Use another command.",
		},
	}
}
