package attack

import (
	"fmt"
	"strings"
	"testing"
)

// TestSmuggledCredentials hides credentials among others in the headers of a
// handshake. Where one of them is good, it must not count: who shows several
// wants to have one checked and another one used.
func TestSmuggledCredentials(t *testing.T) {
	v := open.get(t)
	good, bad := v.token(t, "mallory"), newForger(t, v).by()
	ticket := v.ticket(t, good)
	const protocol = "Sec-WebSocket-Protocol: "
	control(t, "one credential", v.shake(t, bearer(good)).verdict(), "101")
	for _, try := range []struct {
		name, tries string
		headers     []string
		query       string
	}{
		{"twoBearers", "the same bearer twice", []string{protocol + "sallyport.v1, bearer." + good + ", bearer." + good}, ""},
		{"goodThenBad", "a good bearer, then a forged one", []string{protocol + "sallyport.v1, bearer." + good + ", bearer." + bad}, ""},
		{"badThenGood", "a forged bearer, then a good one", []string{protocol + "sallyport.v1, bearer." + bad + ", bearer." + good}, ""},
		{"bearerAndTicket", "a good bearer and a good ticket", []string{protocol + "sallyport.v1, bearer." + good + ", ticket." + ticket}, ""},
		{"bearerAndBadTicket", "a good bearer and a guessed ticket", []string{protocol + "sallyport.v1, bearer." + good + ", ticket." + randomTicket()}, ""},
		{"emptyBearer", "an empty bearer and a good one", []string{protocol + "sallyport.v1, bearer., bearer." + good}, ""},
		{"bearerAndQuery", "a good bearer, and a good token in the query", []string{protocol + "sallyport.v1, bearer." + good}, "?token=" + good},
		{"bearerAndBadQuery", "a good bearer, and a forged token in the query", []string{protocol + "sallyport.v1, bearer." + good}, "?token=" + bad},
		{"badBearerAndQuery", "a forged bearer, and a good token in the query", []string{protocol + "sallyport.v1, bearer." + bad}, "?token=" + good},
		{"ticketAndQuery", "a ticket, and a good token in the query", []string{protocol + "sallyport.v1, ticket." + ticket}, "?token=" + good},
		{"queryTwice", "two good tokens in the query", nil, "?token=" + good + "&token=" + good},
		{"queryBadGood", "a forged and a good token in the query", nil, "?token=" + bad + "&token=" + good},
		{"queryGoodBad", "a good and a forged token in the query", nil, "?token=" + good + "&token=" + bad},
		{"queryArray", "token[] in the query", nil, "?token[]=" + good},
		{"headerTwice", "the header twice, each with a good bearer", []string{protocol + "sallyport.v1, bearer." + good, protocol + "bearer." + good}, ""},
		{"headerTwiceBad", "the header twice, forged and good", []string{protocol + "sallyport.v1, bearer." + bad, protocol + "sallyport.v1, bearer." + good}, ""},
		{"headerTwiceGood", "the header twice, good and forged", []string{protocol + "sallyport.v1, bearer." + good, protocol + "sallyport.v1, bearer." + bad}, ""},
		{"headerCases", "the header twice, in two spellings", []string{protocol + "sallyport.v1, bearer." + bad, "sec-websocket-protocol: bearer." + good}, ""},
		{"quoted", "a good bearer in quotes", []string{protocol + `sallyport.v1, "bearer.` + good + `"`}, ""},
		{"commaQuoted", "a good bearer behind a quoted comma", []string{protocol + `"sallyport.v1,bearer.` + good + `"`}, ""},
		{"prefixCase", "Bearer. with a capital", []string{protocol + "sallyport.v1, Bearer." + good}, ""},
		{"prefixSpace", "bearer, a blank and the token", []string{protocol + "sallyport.v1, bearer " + good}, ""},
		{"prefixColon", "bearer: and the token", []string{protocol + "sallyport.v1, bearer:" + good}, ""},
		{"noPrefix", "the token without its prefix", []string{protocol + "sallyport.v1, " + good}, ""},
		{"semicolon", "a semicolon between the protocols", []string{protocol + "sallyport.v1; bearer." + good}, ""},
		{"authorization", "sallyport.v1, and the token in Authorization", []string{protocol + "sallyport.v1", "Authorization: Bearer " + good}, ""},
		{"cookie", "sallyport.v1, and the token in a cookie", []string{protocol + "sallyport.v1", "Cookie: token=" + good + "; bearer=" + good}, ""},
		{"nothing", "sallyport.v1 only", []string{protocol + "sallyport.v1"}, ""},
		{"empty", "an empty header", []string{protocol}, ""},
		{"none", "no header, no query", nil, ""},
		{"commas", "5,000 commas", []string{protocol + strings.Repeat(",", 5000)}, ""},
		{"manyProtocols", "2,000 protocols, forged bearers all", []string{protocol + strings.Repeat("bearer.x, ", 2000) + "sallyport.v1"}, ""},
		{"manyHeaders", "500 headers", append(manyHeaders(500), protocol+"sallyport.v1"), ""},
		{"hugeHeader", "a header of 2 MB", []string{protocol + "sallyport.v1, bearer." + strings.Repeat("a", 2<<20)}, ""},
	} {
		got := v.shake(t, knock{headers: try.headers, query: try.query})
		attempt{"header/" + try.name, try.tries}.ends(t, got.verdict(), "400", "401", "414", "431", "closed")
	}
}

func manyHeaders(n int) []string {
	var headers []string
	for i := range n {
		headers = append(headers, fmt.Sprintf("X-Header-%d: %d", i, i))
	}
	return headers
}

// TestCredentialIsNotEchoed looks for the credential in what answers it, good or
// bad: heads are logged by proxies.
func TestCredentialIsNotEchoed(t *testing.T) {
	v := open.get(t)
	good, bad := v.token(t, "mallory"), newForger(t, v).by()
	ticket := v.ticket(t, good)
	const protocol = "Sec-WebSocket-Protocol: "
	for _, try := range []struct {
		name, tries, secret string
		k                   knock
	}{
		{"usual", "sallyport.v1 and a bearer", good, bearer(good)},
		{"first", "the bearer before sallyport.v1", good, knock{headers: []string{protocol + "bearer." + good + ", sallyport.v1"}}},
		{"alone", "a bearer alone", good, knock{headers: []string{protocol + "bearer." + good}}},
		{"tabs", "tabs and empty elements around it", good, knock{headers: []string{protocol + "\t,sallyport.v1\t,,\tbearer." + good + "\t,"}}},
		{"forged", "a forged bearer", bad, bearer(bad)},
		{"ticketAlone", "a ticket alone", ticket, knock{headers: []string{protocol + "ticket." + ticket}}},
		{"usedTicket", "the same ticket, used", ticket, withTicket(ticket)},
		{"query", "a token in the query", good, inQuery(good)},
		{"forgedQuery", "a forged token in the query", bad, inQuery(bad)},
		{"asProtocol", "a protocol called like the product, and a bearer", good, knock{headers: []string{protocol + "sallyport.v1.bearer." + good + ", bearer." + good}}},
	} {
		s := v.shake(t, try.k)
		answer := s.head + s.body
		attempt{"echo/" + try.name, try.tries}.verdict(t, s.verdict(), s.status != 0 && !holds(answer, try.secret) && !strings.Contains(answer, "bearer.") && !strings.Contains(answer, "ticket."))
	}
}

// holds reports whether text has a credential, or a good part of one.
func holds(text, secret string) bool {
	for p := range strings.SplitSeq(secret, ".") {
		if len(p) >= 16 && strings.Contains(text, p[:16]) {
			return true
		}
	}
	return false
}

// TestBrokenHandshakes sends requests that are not handshakes, with a valid token.
func TestBrokenHandshakes(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "mallory")
	good := bearer(token).bytes(v)
	control(t, "the handshake that is broken here", v.speak(t, good), "HTTP/1.1 101")
	replace := func(old, text string) string {
		broken := strings.Replace(good, old, text, 1)
		if broken == good {
			t.Fatalf("the handshake has no %q", old)
		}
		return broken
	}
	const origin = "Origin: "
	for _, try := range []struct{ name, tries, request string }{
		{"newlineInValue", "a bare newline in the header, a second one behind it", replace("sallyport.v1, ", "sallyport.v1\nX-Injected: 1\nsec-websocket-protocol: sallyport.v1, bearer.x, ")},
		{"carriageReturn", "a bare carriage return in a value", replace("sallyport.v1, ", "sallyport.v1\r, ")},
		{"nul", "a NUL in a value", replace("sallyport.v1, ", "sallyport.v1\x00, ")},
		{"spaceBeforeColon", "a blank before the colon", replace("Sec-WebSocket-Protocol:", "Sec-WebSocket-Protocol :")},
		{"twoHosts", "Host twice", replace("Connection: Upgrade", "Host: evil.example\r\nConnection: Upgrade")},
		{"noHost", "no Host", replace("Host: "+v.socket.Host+"\r\n", "")},
		{"http10", "HTTP/1.0", replace("HTTP/1.1", "HTTP/1.0")},
		{"http2Preface", "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + good},
		{"post", "POST", replace("GET ", "POST ")},
		{"method", "a method of its own", replace("GET ", "SALLY ")},
		{"otherStage", "another stage", replace(v.socket.Path+" ", "/other ")},
		{"deeper", "a path below the stage", replace(v.socket.Path+" ", v.socket.Path+"/more ")},
		{"dots", "dots in the path", replace(v.socket.Path+" ", "/other/.."+v.socket.Path+" ")},
		{"encodedPath", "the stage, percent-encoded, below it", replace(v.socket.Path+" ", v.socket.Path+"%2f..%2fother ")},
		{"otherVersion", "version 8", replace("Version: 13", "Version: 8")},
		{"shortKey", "a short key", replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=")},
		{"twoOrigins", "two Origins, the site first", replace(origin, origin+v.site+"\r\nOrigin: https://evil.example\r\nX-Was: ")},
		{"twoOriginsReversed", "two Origins, the site last", replace(origin, "Origin: https://evil.example\r\nOrigin: ")},
		{"sameOriginTwice", "the site's Origin twice", replace(origin, origin+v.site+"\r\norigin: ")},
		{"originList", "two Origins in one header", replace(origin+v.site, origin+v.site+", https://evil.example")},
		{"originSpaces", "two Origins with a blank between them", replace(origin+v.site, origin+v.site+" https://evil.example")},
	} {
		attempt{"handshake/" + try.name, try.tries}.ends(t, v.speak(t, try.request), "HTTP/1.1 4", "HTTP/1.0 4", "HTTP/1.1 505", "HTTP/1.1 307", "closed")
	}
}

// speak sends bytes to the gateway and returns the first line of its answer.
func (v *victim) speak(t *testing.T, request string) string {
	t.Helper()
	s := v.begin(t)
	s.write([]byte(request))
	line, err := s.in.ReadString('\n')
	if line == "" && err != nil {
		return "closed"
	}
	return strings.TrimSpace(line)
}
