package errcode

import (
	"net/http"
	"slices"
)

// Of returns what there is to say of a code; of one that is not in the
// catalogue, the code alone.
func Of(c Code) Entry {
	all := All()
	i := slices.IndexFunc(all, func(f Entry) bool { return f.Code == c })
	if i < 0 {
		return Entry{Code: c}
	}
	return all[i]
}

// All returns the catalogue, in the order of the constants.
func All() []Entry {
	return slices.Concat(credentials(), tokens(), tickets(), origins(), limits(), sessions(), others())
}

// credentials are the codes of a credential that is missing or not accepted.
func credentials() []Entry {
	return []Entry{
		{
			NoCredential, http.StatusUnauthorized,
			"The connection carries no ticket and no token.",
			"The handshake offers neither `ticket.<value>` nor `bearer.<token>` in Sec-WebSocket-Protocol and has no `?token=`; or a request to the HTTP API has no header `Authorization: Bearer <token>`.",
			"Offer `sallyport.v1` and one credential as subprotocols, or send the Authorization header. A proxy in between must not drop these headers.",
		},
		{
			SeveralCredentials, http.StatusUnauthorized,
			"The connection carries more than one credential.",
			"There are several tickets or tokens: in Sec-WebSocket-Protocol, in the query string, in both, or in headers that were sent twice. Which one counts is never guessed.",
			"Send exactly one. Most often a client kept `?token=` when it began to use tickets.",
		},
		{
			CredentialOff, http.StatusUnauthorized,
			"This way of signing in is switched off here.",
			"The credential is of a kind that the stack does not take: see its configuration keys `tickets`, `tokenInSubprotocol` and `tokenInQuery` (off by default).",
			"Use another kind, preferably a ticket; or switch this one on with `pulumi config set` and run `pulumi up`.",
		},
	}
}

// tokens are the codes of tokens, in the order in which they are looked for.
func tokens() []Entry {
	return []Entry{
		{
			TokenInvalid, http.StatusUnauthorized,
			"The token is not valid.",
			"It is not a signed JWT, its signature is wrong, the issuer does not publish its key, its algorithm is not RS256, ES256 or EdDSA, it has no `sub` or no expiry, or it has another purpose: a refresh token, a logout token, a security event, or a token that is bound to a key. The log's `reason` has the cause.",
			"Sign in again. If `reason` names the key although the token is new, compare the token's `kid` with the issuer's published keys.",
		},
		{
			TokenIssuer, http.StatusUnauthorized,
			"The token comes from another issuer.",
			"Its `iss` equals neither the issuer nor the second issuer of the stack, byte for byte; a slash at the end makes a difference.",
			"Compare `iss` with the configuration keys `issuer` and `secondIssuer`, and with the page's config.json: one of them belongs to another environment.",
		},
		{
			TokenNotYetValid, http.StatusUnauthorized,
			"The token is not valid yet.",
			"Its `nbf` or `iat` lies more than 30 s ahead of the function's clock.",
			"Set the issuer's clock; or wait, if the token is meant for later.",
		},
		{
			TokenExpired, http.StatusUnauthorized,
			"The token has expired.",
			"Its `exp` passed more than 30 s ago. At connect it was stale when it was sent; on an open connection, no `refresh` came in time.",
			"Sign in again, or refresh the token and then connect. To stay connected, send `refresh` with a new token before the old one expires. If new tokens expire at once, compare the clocks.",
		},
		{
			TokenAudience, http.StatusForbidden,
			"The token is meant for another application.",
			"It is genuine, but neither its `aud` nor, without one, its `client_id` is the audience that goes with its issuer.",
			"Ask the issuer for a token for this application: compare with the configuration keys `audience` and `secondAudience`.",
		},
		{
			TokenScope, http.StatusForbidden,
			"The token lacks a required scope.",
			"The token is genuine, but its `scope` or `scp` does not have every scope of the configuration key `requiredScope`. An ID token has no scopes.",
			"The log's `reason` names the missing scope. Add it to the configuration key `scope`, and grant it to the user at the issuer. Then sign in again.",
		},
	}
}

// tickets are the codes of tickets.
func tickets() []Entry {
	return []Entry{
		{
			TicketUnknown, http.StatusUnauthorized,
			"The ticket has been used already, or never existed.",
			"A ticket opens one connection and is gone then. This one was shown twice (a client that tries again with the old ticket does so), was removed after it expired, or is no ticket at all.",
			"Get a new ticket before each attempt to connect. If nobody of yours tried twice, someone else may have had the ticket: look for the same time in the log.",
		},
		{
			TicketExpired, http.StatusUnauthorized,
			"The ticket has expired.",
			"More than 60 s went by between getting the ticket and connecting.",
			"Get the ticket right before connecting, not when the page loads.",
		},
		{
			TicketOrigin, http.StatusForbidden,
			"The ticket was given to another page.",
			"The Origin of the handshake is not that of the request for the ticket; one of them may have had none. The ticket is used up.",
			"Get the ticket and connect from the same page. If nobody does otherwise, a ticket was stolen: find the user in the log, and end that user's connections.",
		},
	}
}

// origins are the codes of the origin of a page.
func origins() []Entry {
	return []Entry{
		{
			OriginMissing, http.StatusForbidden,
			"The connection does not say which page it comes from.",
			"The handshake has no Origin header, which every browser sends, and `missingOrigin` forbids that: `refuse` always, `subprotocol` with a token in the query string.",
			"Let the tool send an allowed Origin, or a ticket or bearer token as subprotocol; or set the configuration key `missingOrigin`.",
		},
		{
			OriginNotAllowed, http.StatusForbidden,
			"This page may not connect.",
			"The Origin header is none of the allowed origins, byte for byte: scheme, host and port, lower case, no slash at the end. Several Origin headers are never allowed.",
			"If the page is yours, add its origin to the configuration key `allowedOrigins`. If it is not, a foreign page tried to use a visitor's session, and was stopped.",
		},
	}
}

// limits are the codes of exceeded limits.
func limits() []Entry {
	return []Entry{
		{
			TooManyConnections, http.StatusForbidden,
			"You have too many connections open.",
			"The user has more than `connectionsPerUser` connections. By `connectionsOverCap`, the oldest one is closed or the new one is refused.",
			"Close tabs that are not needed. If there are few, look for a client that connects again and again without closing, or raise `connectionsPerUser`.",
		},
		{
			MessageTooLarge, 0,
			"The message, or the answer to it, is too large.",
			"The message has more bytes than the configuration key `messageBytes` allows, or the answer has more than the 131072 bytes that API Gateway sends. The error message has both numbers. The client gets no other answer. A `refresh` may always have 9216 bytes. (API Gateway itself closes a connection with 1009 for a message of more than 128 KB, or a frame of more than 32 KB.)",
			"Split the message, or send a link to the data. Or raise `messageBytes`, up to 131072. An answer may be longer than its message: an echo has a backslash before each quotation mark of the text.",
		},
		{
			TooManyMessages, 0,
			"You are sending messages too fast.",
			"The connection sent more than `messagesPerMinute` in this minute of the clock. This message was not answered otherwise.",
			"Wait for the next minute, and send less: several small messages can travel as one. Or raise `messagesPerMinute` (0: no limit).",
		},
	}
}

// sessions are the codes of open connections.
func sessions() []Entry {
	return []Entry{
		{
			MessageInvalid, 0,
			"The message does not have the form that its route expects.",
			"A message for a route is one JSON object. It has a field that the route does not know, a field twice, or a value of another type. The error message names the field; the log's `reason` has the cause only, because messages are never logged.",
			"Correct the client: docs/protocol.md shows the fields of each route. The names of fields are case-sensitive.",
		},
		{
			RefreshMalformed, 0,
			"The request to refresh carries no token.",
			"The message is not of the shape `{\"action\":\"refresh\",\"token\":\"<token>\"}`, or its token is empty or no text.",
			"Correct the client.",
		},
		{
			RefreshOtherUser, 0,
			"The new token belongs to another user.",
			"A connection belongs to one user for as long as it lasts. The new token is valid, but its `iss` and `sub` are those of another user. The name is not compared.",
			"Close the connection and open one with the new token. In a browser: somebody else signed in on another tab.",
		},
		{
			ConnectionUnknown, 0,
			"The server no longer knows this connection.",
			"Its row is not in the table: it is being ended at this moment, was removed after its two hours, or the table was replaced under an open connection.",
			"Connect again.",
		},
		{
			Disconnected, 0,
			"The connection was ended by the operator.",
			"A backend, or `scripts/send.sh --disconnect`, sent a command to disconnect. If the command has a reason, clients receive the reason instead of this sentence.",
			"Connect again, unless the reason says otherwise. The log line with route `disconnect` has the command.",
		},
		{
			SignedOut, 0,
			"You have signed out, here or on another page.",
			"`DELETE /connections` of the HTTP API ended all connections of the user, as signing out in the console does if asked to.",
			"Sign in and connect again.",
		},
	}
}

// others are the codes of backends and of the system itself.
func others() []Entry {
	return []Entry{
		{
			CommandInvalid, 0,
			"The push or disconnect command is malformed.",
			"A member of the event is missing, unknown, in the wrong case, twice in one object, or of the wrong type. Or the event is of several kinds. The text after the code has the cause. The function has not sent or ended anything.",
			"Correct the command. It has exactly one target (`connection`, `user`, `sub` or `all`), and the event has no other member. Write the JSON with an encoder. Never paste a message into it.",
		},
		{
			Unavailable, http.StatusServiceUnavailable,
			"The service could not check this just now.",
			"DynamoDB, API Gateway's management API or the issuer's keys were out of reach, or too slow. Nobody is let in on a doubt. A handshake is refused with 500 or 502 for it, not 503; a message is answered with API Gateway's `Internal server error`.",
			"Try again a little later. In the log, the field `error` of that line names the call that failed; look at its status, its throttling, and the role of the function.",
		},
	}
}
