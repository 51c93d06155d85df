package main

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// foreign is the origin of a page that no stack allows.
const foreign = "https://foreign.invalid"

// offer sends a handshake with subprotocols. It returns the status and, after a 101, the
// subprotocol that the server chose.
func (v *verifier) offer(ctx context.Context, origin string, protocols ...string) (string, error) {
	a, err := v.handshake(ctx, upgrade{protocols: protocols, origin: origin})
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(a.String() + " " + a.header.Get("Sec-WebSocket-Protocol")), nil
}

// withTicket returns a function for check.run that first requests a ticket with an origin.
func withTicket(origin func(v *verifier) string, do func(ctx context.Context, v *verifier, ticket string) (string, error)) func(context.Context, *verifier) (string, error) {
	return func(ctx context.Context, v *verifier) (string, error) {
		ticket, err := v.ticket(ctx, v.firstUser, origin(v))
		if err != nil {
			return "", err
		}
		return do(ctx, v, "ticket."+ticket)
	}
}

func noOrigin(*verifier) string { return "" }
func site(v *verifier) string   { return v.outputs["siteUrl"] }
func slowRun(v *verifier) string {
	return map[bool]string{false: "it takes minutes: use -slow"}[v.slow]
}
func asFirstUser(v *verifier) string { return "Bearer " + v.firstUser.token }
func asForger(v *verifier) string    { return "Bearer " + forged(v.firstUser.token) }
func asNobody(*verifier) string      { return "" }

// ticketChecks returns the checks of the HTTP API and of tickets.
func ticketChecks() []check {
	asks := func(name, description, section, want string, as, origin func(v *verifier) string) check {
		return check{
			area: "tickets", name: name, description: description, section: section, want: want, skip: withTickets,
			run: func(ctx context.Context, v *verifier) (string, error) {
				a, err := v.requestTicket(ctx, as(v), origin(v))
				if err != nil || a.status != http.StatusCreated {
					return a.String(), err
				}
				v.secrets = append(v.secrets, a.body)
				return v.scrub(a.String() + ", " + a.header.Get("Content-Type") + ", " + a.header.Get("Cache-Control") + ", CORS " + a.header.Get("Access-Control-Allow-Origin")), nil
			},
		}
	}
	uses := func(name, description, section, want string, got func(*verifier) string, at func(*verifier) string, offer func(ticket string) []string) check {
		return check{
			area: "tickets", name: name, description: description, section: section, want: want, skip: withTickets,
			run: withTicket(got, func(ctx context.Context, v *verifier, ticket string) (string, error) {
				return v.offer(ctx, at(v), offer(ticket)...)
			}),
		}
	}
	one := func(ticket string) []string { return []string{ownProtocol, ticket} }
	return append([]check{
		asks("issue", "a token gets a ticket", "13.1 doc", "201, application/json, no-store, CORS ", asFirstUser, noOrigin),
		asks("issueToPage", "the site's page may read the answer", "13.2 doc", "201, application/json, no-store, CORS SITE", asFirstUser, site),
		asks("noToken", "a request without a token gets none", "", "401 no_credential", asNobody, noOrigin),
		asks("forgedToken", "a token with another signature gets none", "", "401 token_invalid", asForger, noOrigin),
		asks("foreignPage", "a foreign page gets none", "", "403 origin_not_allowed", asFirstUser, func(*verifier) string { return foreign }),
		uses("connect", "a ticket connects", "1.4 doc", "101 "+ownProtocol, noOrigin, noOrigin, one),
		uses("connectFromPage", "a ticket of the site's page connects there", "1.2 doc", "101 "+ownProtocol, site, site, one),
		uses("otherPage", "a ticket of the site's page does not connect without this origin", "1.3 doc", "403", site, noOrigin, one),
		uses("two", "two credentials are refused", "1.3 doc", "401", noOrigin, noOrigin, func(ticket string) []string { return []string{ownProtocol, ticket, ticket} }),
		{
			area: "tickets", name: "reuse", description: "a used ticket is refused", section: "1.3 doc", want: "101 " + ownProtocol + ", then 401", skip: withTickets,
			run: withTicket(noOrigin, func(ctx context.Context, v *verifier, ticket string) (string, error) {
				first, err := v.offer(ctx, "", ownProtocol, ticket)
				if err != nil {
					return "", err
				}
				second, err := v.offer(ctx, "", ownProtocol, ticket)
				return first + ", then " + second, err
			}),
		},
		{
			area: "tickets", name: "expired", description: "a ticket that is older than a minute is refused", section: "1.3 doc", want: "401", skip: all(withTickets, slowRun),
			duration: 2 * time.Minute,
			run: withTicket(noOrigin, func(ctx context.Context, v *verifier, ticket string) (string, error) {
				select {
				case <-time.After(65 * time.Second):
				case <-ctx.Done():
				}
				return v.offer(ctx, "", ownProtocol, ticket)
			}),
		},
	}, preflightChecks()...)
}

// preflightChecks returns the checks of CORS preflight requests.
func preflightChecks() []check {
	preflight := func(name, description, want string, origin func(*verifier) string) check {
		return check{
			area: "tickets", name: name, description: description, section: "13.2 doc", want: want, skip: withTickets,
			run: func(ctx context.Context, v *verifier) (string, error) {
				a, err := v.request(ctx, http.MethodOptions, v.outputs["httpUrl"]+"/tickets", "",
					header("Origin", origin(v), "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization"))
				allowed := a.header.Get("Access-Control-Allow-Origin")
				if allowed == v.outputs["siteUrl"] {
					allowed = "SITE"
				}
				return strings.TrimSpace(a.String() + " " + allowed), err
			},
		}
	}
	return []check{
		preflight("preflight", "a browser may send the request of the site's page", "204 SITE", site),
		preflight("preflightForeign", "a browser may not send the request of a foreign page", "403 origin_not_allowed", func(*verifier) string { return foreign }),
		{
			area: "tickets", name: "unknownPath", description: "a path without a route", section: "13.1 observed", want: `404 {"message":"Not Found"}`,
			skip: all(withTickets, separateHosts),
			run: func(ctx context.Context, v *verifier) (string, error) {
				a, err := v.request(ctx, http.MethodGet, v.outputs["httpUrl"]+"/verify", "", nil)
				return strings.TrimSpace(a.String() + " " + a.body), err
			},
		},
	}
}

// separateHosts returns a reason if the site and the HTTP API have the same host.
func separateHosts(v *verifier) string {
	if v.host("httpUrl") == v.host("siteUrl") {
		return "the site has the same host"
	}
	return ""
}
