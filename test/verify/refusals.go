package main

import (
	"context"
	"encoding/base64"
	"net/url"
	"strings"
)

// forged returns a token with a wrong signature.
func forged(token string) string {
	end := strings.LastIndexByte(token, '.')
	signature := []byte(token[end+1:])
	for i, b := range signature { // the last character may have unused bits
		if i < len(signature)/2 {
			signature[i] = map[bool]byte{true: 'B', false: 'A'}[b == 'A']
		}
	}
	return token[:end+1] + string(signature)
}

// unsigned returns the claims of a token with the algorithm none.
func unsigned(token string) string {
	parts := strings.Split(token, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
}

// refusalChecks returns the checks of handshakes that must fail, and of similar ones that must
// succeed.
func refusalChecks() []check {
	bearer := func(token string) []string { return []string{ownProtocol, "bearer." + token} }
	refuses := func(name, description, section, want string, skip func(*verifier) string, u func(v *verifier) upgrade) check {
		return check{
			area: "refusals", name: name, description: description, section: section, want: want, skip: skip,
			run: func(ctx context.Context, v *verifier) (string, error) {
				a, err := v.handshake(ctx, u(v))
				return a.String(), err
			},
		}
	}
	return []check{
		refuses("bearer", "a token as a subprotocol connects", "1.4 doc", "101", withBearer, func(v *verifier) upgrade { return upgrade{protocols: bearer(v.firstUser.token)} }),
		refuses("page", "the site's page connects", "1.2 doc", "101", withBearer, func(v *verifier) upgrade {
			return upgrade{protocols: bearer(v.firstUser.token), origin: v.outputs["siteUrl"]}
		}),
		refuses("noProtocol", "no subprotocol: API Gateway refuses it, unless a setting allows a credential in the address", "2.1 doc", "401", nil, func(*verifier) upgrade { return upgrade{} }),
		refuses("noCredential", "a subprotocol without a credential", "1.3 doc", "401", nil, func(*verifier) upgrade { return upgrade{protocols: []string{ownProtocol}} }),
		refuses("forgedToken", "a token with another signature", "1.3 doc", "401", nil, func(v *verifier) upgrade { return upgrade{protocols: bearer(forged(v.firstUser.token))} }),
		refuses("unsignedToken", "a token with the algorithm none", "1.3 doc", "401", nil, func(v *verifier) upgrade { return upgrade{protocols: bearer(unsigned(v.firstUser.token))} }),
		refuses("noToken", "a text that is not a token", "1.3 doc", "401", nil, func(*verifier) upgrade { return upgrade{protocols: bearer("x")} }),
		refuses("noTicket", "a text that is not a ticket", "1.3 doc", "401", withTickets, func(*verifier) upgrade { return upgrade{protocols: []string{ownProtocol, "ticket.x"}} }),
		refuses("twoTokens", "two tokens", "1.3 doc", "401", nil, func(v *verifier) upgrade {
			return upgrade{protocols: append(bearer(v.firstUser.token), "bearer."+v.firstUser.token)}
		}),
		refuses("bearerOff", "a token as a subprotocol, if that is off", "1.3 doc", "401", onlyWithout("tokenInSubprotocol"), func(v *verifier) upgrade { return upgrade{protocols: bearer(v.firstUser.token)} }),
		refuses("queryToken", "a token in the address, if that is off", "2.1 doc", "401", onlyWithout("tokenInQuery"), func(v *verifier) upgrade { return upgrade{query: "token=" + v.firstUser.token} }),
		refuses("queryTokenAndProtocol", "a token in the address beside the subprotocol, if that is off", "1.3 doc", "401", onlyWithout("tokenInQuery"), func(v *verifier) upgrade {
			return upgrade{query: "token=" + v.firstUser.token, protocols: []string{ownProtocol}}
		}),
		{
			area: "refusals", name: "queryTicket", description: "a ticket in the address, if that is off", section: "1.3 doc", want: "401", skip: all(withTickets, onlyWithout("ticketInQuery")),
			run: withTicket(noOrigin, func(ctx context.Context, v *verifier, ticket string) (string, error) {
				query := url.Values{"ticket": {strings.TrimPrefix(ticket, "ticket.")}}.Encode()
				a, err := v.handshake(ctx, upgrade{query: query, protocols: []string{ownProtocol}})
				return a.String(), err
			}),
		},
		refuses("foreignPage", "a page of a foreign origin", "1.3 doc", "403", withBearer, func(v *verifier) upgrade { return upgrade{protocols: bearer(v.firstUser.token), origin: foreign} }),
		refuses("nullOrigin", "a page without an origin of its own, such as a file", "1.3 doc", "403", withBearer, func(v *verifier) upgrade { return upgrade{protocols: bearer(v.firstUser.token), origin: "null"} }),
		refuses("similarOrigin", "an origin that begins with the site's", "1.3 doc", "403", withBearer, func(v *verifier) upgrade {
			return upgrade{protocols: bearer(v.firstUser.token), origin: v.outputs["siteUrl"] + ".foreign.invalid"}
		}),
		{
			area: "refusals", name: "expiredToken", description: "an expired token", section: "1.3 doc", want: "401", skip: all(onLocalRun, withBearer),
			run: func(ctx context.Context, v *verifier) (string, error) {
				token, err := v.localToken(ctx, v.firstUser.name, -3600)
				if err != nil {
					return "", err
				}
				v.secrets = append(v.secrets, token)
				a, err := v.handshake(ctx, upgrade{protocols: bearer(token)})
				return a.String(), err
			},
		},
		refuses("bypass", "a handshake that bypasses CloudFront, at the address of the API", "1.3 doc", "403", onlyOneDomain, func(v *verifier) upgrade {
			return upgrade{protocols: bearer(v.firstUser.token), address: "ws" + strings.TrimPrefix(v.outputs["connectionsUrl"], "http")}
		}),
	}
}

// onlyWithout returns the condition that a setting is off. The local run has the defaults.
func onlyWithout(name string) func(v *verifier) string {
	return func(v *verifier) string {
		on := v.setting(name) == "true" || v.local && name == "tokenInSubprotocol"
		if on {
			return "the setting " + name + " is on"
		}
		return ""
	}
}

func onlyOneDomain(v *verifier) string {
	if !v.oneDomain() {
		return "the setting oneDomain is off"
	}
	return ""
}
