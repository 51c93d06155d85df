package setting

import "slices"

// MaxMessage is the largest size of a message that API Gateway accepts and sends, in
// bytes (api-gateway.md 6).
const MaxMessage = 128 << 10

// MissingOrigin is the treatment of a handshake without an Origin header. Browsers
// always send one; other programs seldom do.
type MissingOrigin string

// The values of MissingOrigin.
const (
	RefuseMissing MissingOrigin = "refuse"
	// SubprotocolMissing accepts the handshake if its ticket or token is a
	// subprotocol. A token in the query string is not enough.
	SubprotocolMissing MissingOrigin = "subprotocol"
	AllowMissing       MissingOrigin = "allow"
)

// OverCap is the connection that is ended or refused when a user has too many.
type OverCap string

// The values of OverCap.
const (
	Oldest OverCap = "oldest" // the oldest connection is ended, with a closing message
	Newest OverCap = "newest" // the new connection is refused
)

// Function holds the settings that the function reads.
type Function struct {
	TokenInSubprotocol bool
	TokenInQuery       bool
	TicketInQuery      bool // only with tickets
	SessionCookie      bool // only with tickets and one domain
	MissingOrigin      MissingOrigin
	SecondIssuer       string   // empty: none; http on loopback in a local run
	SecondAudience     string   // only with SecondIssuer
	RequiredScope      string   // space-separated; empty: no scope is required
	Claims             []string // names of the token's claims that routes can read

	ConnectionsPerUser int // 0: no limit
	OverCap            OverCap
	MessageBytes       int
	MessagesPerMinute  int // 0: no limit

	LogLevel string // name of a zerolog level
}

// Settings returns the settings of f. Each of them has a Variable.
func (f *Function) Settings() []Setting {
	return slices.Concat(f.credentials(), f.issuers(), f.limits(), f.logs())
}

func (f *Function) credentials() []Setting {
	return []Setting{
		boolean(&f.TokenInSubprotocol,
			Setting{Name: "tokenInSubprotocol", Default: "true", Variable: "TOKEN_IN_SUBPROTOCOL"},
			"Accept a token as a subprotocol (bearer.TOKEN), for clients that do not request a ticket first."),
		boolean(&f.TokenInQuery, Setting{Name: "tokenInQuery", Default: "false", Variable: "TOKEN_IN_QUERY"},
			"Also accept a token as ?token=, for tools that cannot send a subprotocol. Browsers, proxies and servers log addresses, and with them the token."),
		boolean(&f.TicketInQuery, Setting{Name: "ticketInQuery", Default: "false", Variable: "TICKET_IN_QUERY"},
			"Also accept a ticket as ?ticket=, for clients that cannot send a subprotocol, such as centrifuge-python. Browsers, proxies and servers log addresses, but a ticket is valid for one connect within a minute. Only with tickets."),
		boolean(&f.SessionCookie, Setting{Name: "sessionCookie", Default: "false", Variable: "SESSION_COOKIE"},
			"Also accept the token in the cookie __Host-session, which the page sets with POST /session. Client libraries that send no subprotocol then work without a hook. Only with oneDomain and tickets."),
		choice(&f.MissingOrigin, []MissingOrigin{RefuseMissing, SubprotocolMissing, AllowMissing},
			Setting{Name: "missingOrigin", Default: string(SubprotocolMissing), Variable: "MISSING_ORIGIN"},
			"The clients that may connect without an Origin header. Browsers always send one; few other programs do. subprotocol: clients with a ticket or a token as a subprotocol. refuse: no client. allow: all clients with a valid credential."),
	}
}

func (f *Function) issuers() []Setting {
	return []Setting{
		text(&f.RequiredScope, orEmpty(scopes()), Setting{Name: "requiredScope", Variable: "REQUIRED_SCOPE"},
			"Scopes, separated by single spaces, that every token must have in its claim scope or scp, including tokens of secondIssuer. ID tokens have no scopes, so they are refused. Empty: no scope is required."),
		list(&f.Claims, 20, claimName(), Setting{Name: "claims", Default: "[]", Variable: "CLAIMS"},
			"Claims of the token, such as email, that the authorizer passes to the routes of the function."),
		text(&f.SecondIssuer, orEmpty(format{allowed: AllowedHTTPS, valid: Trusted}),
			Setting{Name: "secondIssuer", Variable: "SECOND_ISSUER"},
			"A second issuer whose tokens are accepted, to move users from one issuer to another. The name of its users is their sub. They are different users from those of the first issuer. The console signs in at the first issuer only."),
		text(&f.SecondAudience, format{}, Setting{Name: "secondAudience", Variable: "SECOND_AUDIENCE"},
			"Audience (aud) that the tokens of secondIssuer must have. Only with secondIssuer."),
	}
}

func (f *Function) limits() []Setting {
	return []Setting{
		number(&f.ConnectionsPerUser, 0, 1000,
			Setting{Name: "connectionsPerUser", Default: "20", Variable: "CONNECTIONS_PER_USER"},
			"Connections that one user may have at the same time. If many begin in the same second, a user may exceed the limit for a moment. A page that renews its connection has two for some seconds. 0: no limit."),
		choice(&f.OverCap, []OverCap{Oldest, Newest},
			Setting{Name: "connectionsOverCap", Default: string(Oldest), Variable: "OVER_CAP"},
			"The connection that ends when a user has too many: oldest ends the oldest connection, newest refuses the new one."),
		number(&f.MessageBytes, 1, MaxMessage, Setting{Name: "messageBytes", Default: "131072", Variable: "MESSAGE_BYTES"},
			"Largest message that is answered, in bytes. API Gateway accepts at most 131072 (128 KB). A refresh message may always have 9216."),
		number(&f.MessagesPerMinute, 0, 100_000,
			Setting{Name: "messagesPerMinute", Default: "0", Variable: "MESSAGES_PER_MINUTE"},
			"Messages of one connection that are answered in a minute, except ping, which API Gateway answers itself. The count costs one write to the table per message. 0: no limit except throttleRate."),
	}
}

func (f *Function) logs() []Setting {
	return []Setting{
		choice(&f.LogLevel, []string{"trace", "debug", "info", "warn", "error"},
			Setting{Name: "logLevel", Default: "info", Variable: "LOG_LEVEL"},
			"Lowest level that the function logs."),
	}
}
