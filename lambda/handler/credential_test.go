package handler_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
	"sallyport/lambda/identity"
)

// asHeader sets the subprotocols of a handshake, one list per header.
func asHeader(lists ...string) func(map[string]any) {
	return func(e map[string]any) { setHeader(e, "Sec-WebSocket-Protocol", lists...) }
}

// asQuery removes the subprotocols of a handshake and sets the tokens in its query string.
func asQuery(values ...string) func(map[string]any) { return asParameter("token", values...) }

// asParameter removes the subprotocols of a handshake and sets a parameter of its query
// string.
func asParameter(name string, values ...string) func(map[string]any) {
	return func(e map[string]any) {
		setHeader(e, "Sec-WebSocket-Protocol")
		list := []any{}
		for _, v := range values {
			list = append(list, v)
		}
		setMember(e, "queryStringParameters", name, values[len(values)-1])
		setMember(e, "multiValueQueryStringParameters", name, list)
	}
}

// setMember sets a member of an object of an event. The object may be null.
func setMember(e map[string]any, key, name string, value any) {
	if e[key] == nil {
		e[key] = map[string]any{}
	}
	object(e, key)[name] = value
}

func both(edits ...func(map[string]any)) func(map[string]any) {
	return func(e map[string]any) {
		for _, edit := range edits {
			edit(e)
		}
	}
}

func TestAuthorizeFindsOneCredential(t *testing.T) {
	const none, several = "no_credential", "several_credentials"
	spelt := func(name, value string) func(map[string]any) {
		return func(e map[string]any) {
			setHeader(e, "Sec-WebSocket-Protocol")
			setHeader(e, name, value)
		}
	}
	tests := []struct {
		name string
		edit func(map[string]any)
		want string // the token; if it is none, the code
	}{
		{"browser", asHeader("sallyport.v1, bearer.a.b.c"), "a.b.c"},
		{"first", asHeader("bearer.a.b.c,sallyport.v1"), "a.b.c"},
		{"twoHeaders", asHeader("sallyport.v1", "bearer.a.b.c"), "a.b.c"},
		{"twoHeadersOtherWay", asHeader("bearer.a.b.c", "sallyport.v1"), "a.b.c"},
		{"lowerCaseHeader", spelt("sec-websocket-protocol", "bearer.a.b.c"), "a.b.c"},
		{"oddCaseHeader", spelt("SEC-WebSocket-protocol", "bearer.a.b.c"), "a.b.c"},
		{"spaces", asHeader(" x ,\tbearer.a.b.c  "), "a.b.c"},
		{"emptyMembers", asHeader(",,bearer.a.b.c,,"), "a.b.c"},
		{"singleMapOnly", func(e map[string]any) {
			delete(e, "multiValueHeaders")
			delete(e, "multiValueQueryStringParameters")
		}, token},
		{"query", asQuery("a.b.c"), "a.b.c"},
		{"querySingleMapOnly", both(asQuery("a.b.c"), func(e map[string]any) { delete(e, "multiValueQueryStringParameters") }), "a.b.c"},
		{"emptyQueryBesideToken", both(asQuery(""), asHeader("bearer.a.b.c")), "a.b.c"},

		{"noBearer", asHeader("sallyport.v1"), none},
		{"noHeader", asHeader(), none},
		{"emptyHeader", asHeader(""), none},
		{"otherHeader", both(asHeader(), func(e map[string]any) { setHeader(e, "Authorization", "Bearer a.b.c") }), none},
		{"cookie", both(asHeader(), func(e map[string]any) { setHeader(e, "Cookie", "token=a.b.c") }), none},
		{"emptyQuery", asQuery(""), none},
		{"otherParameter", both(asHeader(), func(e map[string]any) { e["queryStringParameters"] = map[string]any{"Token": "a.b.c"} }), none},
		{"upperCase", asHeader("BEARER.a.b.c, Ticket." + ticket), none},
		{"noDot", asHeader("bearer, ticket"), none},
		{"otherDelimiter", asHeader("bearer=a.b.c"), none},
		{"spaceBeforeDot", asHeader("bearer .a.b.c"), none},
		{"noBreakSpace", asHeader("\u00a0bearer.a.b.c"), none},
		{"inAnother", asHeader("xbearer.a.b.c"), none},
		{"emptyBearer", asHeader("bearer."), ""},

		{"twoTokens", asHeader("bearer.a.b.c, bearer.d.e.f"), several},
		{"sameTokenTwice", asHeader("bearer.a.b.c, bearer.a.b.c"), several},
		{"twoTokensInTwoHeaders", asHeader("bearer.a.b.c", "bearer.d.e.f"), several},
		{"twoSpellings", both(asHeader("bearer.a.b.c"), func(e map[string]any) {
			setHeader(e, "sec-websocket-protocol", "bearer.d.e.f")
		}), several},
		{"ticketAndToken", asHeader("ticket." + ticket + ", bearer.a.b.c"), several},
		{"twoTickets", asHeader("ticket." + ticket + ", ticket." + ticket), several},
		{"emptyTicketAndToken", asHeader("ticket., bearer.a.b.c"), several},
		{"headerAndQuery", both(asQuery("a.b.c"), asHeader("bearer.a.b.c")), several},
		{"ticketAndQuery", both(asQuery("a.b.c"), asHeader("ticket."+ticket)), several},
		{"queryTicketAndToken", both(asParameter("ticket", ticket), asHeader("bearer.a.b.c")), several},
		{"queryTicketAndTicket", both(asParameter("ticket", ticket), asHeader("ticket."+ticket)), several},
		{"twoQueryTickets", asParameter("ticket", ticket, ticket), several},
		{"emptyQueryTicket", asParameter("ticket", ""), none},
		{"twoInQuery", asQuery("a.b.c", "d.e.f"), several},
		{"emptyLastInQuery", both(asQuery("a.b.c", ""), asHeader("bearer.a.b.c")), several},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newFixture()
			got := "not asked"
			w.verify = func(token string) (identity.User, time.Time, error) {
				got = token
				return person("alice"), expires, nil
			}
			code := w.refusalOf(t, readEvent(t, "authorizer", test.edit))
			if code != "" {
				got = code
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if w.table.calls != 0 {
				t.Errorf("got %d calls of the table, want none", w.table.calls)
			}
		})
	}
}

// A kind of credential is accepted if and only if its own setting allows it.
func TestAuthorizeSwitches(t *testing.T) {
	credentials := map[string]func(map[string]any){
		"ticket": asHeader("sallyport.v1, ticket." + ticket),
		"bearer": asHeader("sallyport.v1, bearer." + token),
		"query":  asQuery(token),

		"query-ticket": asParameter("ticket", ticket),
	}
	for on := range credentials {
		for shown, edit := range credentials {
			t.Run(on+"On/"+shown, func(t *testing.T) {
				w := newFixture()
				w.config.TokenInSubprotocol, w.config.TokenInQuery = on == "bearer", on == "query"
				w.table.tickets = nil
				w.config.TicketInQuery = on == "query-ticket"
				if on == "ticket" || on == "query-ticket" {
					w.table.tickets = map[string]handler.Ticket{ticketHash: aTicket()}
				}
				want := ""
				if on != shown && (on != "query-ticket" || shown != "ticket") { // tickets in the query need tickets
					want = "credential_off"
				}
				if got := w.refusalOf(t, readEvent(t, "authorizer", edit)); got != want {
					t.Errorf("got code %q, want %q", got, want)
				}
				w.logged(t, map[string]any{"credential": shown})
			})
		}
	}
}

// The subprotocols of a client decide only which text is verified. No other text changes the
// answer, and no text causes a failure.
func FuzzProtocols(f *testing.F) {
	for _, seed := range []string{"sallyport.v1, bearer.a.b.c", "ticket." + ticket, "bearer.a,bearer.b", ",", "bearer.", " bearer.\x00", "ticket.é"} {
		f.Add(seed, "")
	}
	f.Add("x", "bearer.a.b.c")
	f.Fuzz(func(t *testing.T, first, second string) {
		w := newFixture()
		asked := 0
		w.verify = func(token string) (identity.User, time.Time, error) {
			asked++
			if !strings.Contains(first+second, "bearer."+token) {
				t.Errorf("verified %q, which is not a token of the handshake", token)
			}
			return person("alice"), expires, nil
		}
		answer, err := w.invoke(t.Context(), readEvent(t, "authorizer", asHeader(clean(t, first), clean(t, second))))
		if asked > 1 {
			t.Errorf("verified %d tokens, want at most one", asked)
		}
		if allowed := strings.Contains(answer, `"Allow"`); allowed != (asked == 1) {
			t.Errorf("got %s, error %v after %d valid tokens", answer, err, asked)
		}
	})
}

// clean returns a text after it was encoded and decoded as JSON.
func clean(t *testing.T, s string) string {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(s, strings.ToValidUTF8(s, "\ufffd")) {
		t.Skip("no header of JSON")
	}
	var out string
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
