package attack

import (
	"fmt"
	"strings"
	"testing"
)

// TestSmuggledCredentials hides credentials among others in the headers of a handshake.
// The system must not use the good one: several credentials are an attempt to have one
// checked and another one used. lambda/handler's TestAuthorizeFindsOneCredential has the
// complete table of the events that the headers become.
func TestSmuggledCredentials(t *testing.T) {
	v := open.get(t)
	good, bad := v.token(t, "mallory"), newForger(t, v).by()
	ticket := v.ticket(t, good)
	const protocol = "Sec-WebSocket-Protocol: "
	control(t, "one credential", v.connect(t, bearer(good)).verdict(), "101")
	for _, try := range []struct {
		name, tries string
		headers     []string
		query       string
	}{
		{"goodThenBad", "a good bearer, then a forged one", []string{protocol + "sallyport.v1, bearer." + good + ", bearer." + bad}, ""},
		{"badThenGood", "a forged bearer, then a good one", []string{protocol + "sallyport.v1, bearer." + bad + ", bearer." + good}, ""},
		{"bearerAndTicket", "a good bearer and a good ticket", []string{protocol + "sallyport.v1, bearer." + good + ", ticket." + ticket}, ""},
		{"badBearerAndQuery", "a forged bearer, and a good token in the query", []string{protocol + "sallyport.v1, bearer." + bad}, "?token=" + good},
		{"queryBadGood", "a forged and a good token in the query", nil, "?token=" + bad + "&token=" + good},
		{"queryArray", "token[] in the query", nil, "?token[]=" + good},
		{"headerTwiceBad", "the header twice, forged and good", []string{protocol + "sallyport.v1, bearer." + bad, protocol + "sallyport.v1, bearer." + good}, ""},
		{"headerTwiceGood", "the header twice, good and forged", []string{protocol + "sallyport.v1, bearer." + good, protocol + "sallyport.v1, bearer." + bad}, ""},
		{"headerCases", "the header twice, in two spellings", []string{protocol + "sallyport.v1, bearer." + bad, "sec-websocket-protocol: bearer." + good}, ""},
		{"quoted", "a good bearer in quotes", []string{protocol + `sallyport.v1, "bearer.` + good + `"`}, ""},
		{"commaQuoted", "a good bearer after a quoted comma", []string{protocol + `"sallyport.v1,bearer.` + good + `"`}, ""},
		{"prefixCase", "Bearer. with a capital", []string{protocol + "sallyport.v1, Bearer." + good}, ""},
		{"noPrefix", "the token without its prefix", []string{protocol + "sallyport.v1, " + good}, ""},
		{"semicolon", "a semicolon between the protocols", []string{protocol + "sallyport.v1; bearer." + good}, ""},
		{"nothing", "sallyport.v1 only", []string{protocol + "sallyport.v1"}, ""},
		{"commas", "5,000 commas", []string{protocol + strings.Repeat(",", 5000)}, ""},
		{"manyProtocols", "2,000 forged bearers", []string{protocol + strings.Repeat("bearer.x, ", 2000) + "sallyport.v1"}, ""},
		{"manyHeaders", "500 headers", append(manyHeaders(500), protocol+"sallyport.v1"), ""},
		{"hugeHeader", "a header of 2 MB", []string{protocol + "sallyport.v1, bearer." + strings.Repeat("a", 2<<20)}, ""},
	} {
		got := v.connect(t, handshake{headers: try.headers, query: try.query})
		attempt{"header/" + try.name, try.tries}.expect(t, got.verdict(), "400", "401", "414", "431", "closed")
	}
}

func manyHeaders(n int) []string {
	var headers []string
	for i := range n {
		headers = append(headers, fmt.Sprintf("X-Header-%d: %d", i, i))
	}
	return headers
}

// TestCredentialIsNotEchoed searches the answers for the credential, because proxies log
// heads.
func TestCredentialIsNotEchoed(t *testing.T) {
	v := open.get(t)
	good, bad := v.token(t, "mallory"), newForger(t, v).by()
	ticket := v.ticket(t, good)
	const protocol = "Sec-WebSocket-Protocol: "
	for _, try := range []struct {
		name, tries, secret string
		handshake           handshake
	}{
		{"usual", "sallyport.v1 and a bearer", good, bearer(good)},
		{"first", "the bearer before sallyport.v1", good, handshake{headers: []string{protocol + "bearer." + good + ", sallyport.v1"}}},
		{"alone", "a bearer alone", good, handshake{headers: []string{protocol + "bearer." + good}}},
		{"tabs", "tabs and empty elements around it", good, handshake{headers: []string{protocol + "\t,sallyport.v1\t,,\tbearer." + good + "\t,"}}},
		{"forged", "a forged bearer", bad, bearer(bad)},
		{"ticketAlone", "a ticket alone", ticket, handshake{headers: []string{protocol + "ticket." + ticket}}},
		{"usedTicket", "the same ticket, used", ticket, withTicket(ticket)},
		{"query", "a token in the query", good, inQuery(good)},
		{"forgedQuery", "a forged token in the query", bad, inQuery(bad)},
		{"asProtocol", "a protocol that begins with sallyport.v1, and a bearer", good, handshake{headers: []string{protocol + "sallyport.v1.bearer." + good + ", bearer." + good}}},
	} {
		s := v.connect(t, try.handshake)
		answer := s.Head + s.body
		attempt{"echo/" + try.name, try.tries}.verdict(t, s.verdict(), s.Status != 0 && !holds(answer, try.secret) && !strings.Contains(answer, "bearer.") && !strings.Contains(answer, "ticket."))
	}
}

// holds reports whether text has a credential or a long part of one.
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
		{"newlineInValue", "a bare newline, and a second header after it", replace("sallyport.v1, ", "sallyport.v1\nX-Injected: 1\nsec-websocket-protocol: sallyport.v1, bearer.x, ")},
		{"carriageReturn", "a bare carriage return in a value", replace("sallyport.v1, ", "sallyport.v1\r, ")},
		{"nul", "a NUL in a value", replace("sallyport.v1, ", "sallyport.v1\x00, ")},
		{"spaceBeforeColon", "a space before the colon", replace("Sec-WebSocket-Protocol:", "Sec-WebSocket-Protocol :")},
		{"twoHosts", "Host twice", replace("Connection: Upgrade", "Host: evil.example\r\nConnection: Upgrade")},
		{"noHost", "no Host", replace("Host: "+v.socket.Host+"\r\n", "")},
		{"http10", "HTTP/1.0", replace("HTTP/1.1", "HTTP/1.0")},
		{"http2Preface", "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + good},
		{"post", "POST", replace("GET ", "POST ")},
		{"method", "an unknown method", replace("GET ", "SALLY ")},
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
		{"originSpaces", "two Origins with a space between them", replace(origin+v.site, origin+v.site+" https://evil.example")},
	} {
		attempt{"handshake/" + try.name, try.tries}.expect(t, v.speak(t, try.request), "HTTP/1.1 4", "HTTP/1.0 4", "HTTP/1.1 505", "HTTP/1.1 307", "closed")
	}
}

// speak sends bytes to the gateway and returns the first line of its answer.
func (v *victim) speak(t *testing.T, request string) string {
	t.Helper()
	s := v.begin(t)
	s.write([]byte(request))
	line, err := s.In.ReadString('\n')
	if line == "" && err != nil {
		return "closed"
	}
	return strings.TrimSpace(line)
}
