package main

import (
	"fmt"
	"strings"
)

// question is a fact that the pages docs/api-gateway*.md mark unknown.
type question struct {
	section string
	text    string
	// quote is a part of the line with the mark, or of a line beside it. A test looks for it.
	quote string
	// rows are the IDs of the rows of the report that answer it. Empty: this program cannot answer it.
	rows []string
	// reason is the reason why this program cannot answer it, or "".
	reason string
}

const needsFixture = "it needs an API with another function: deploy one by hand"

// questions has an entry for each fact that the pages mark unknown, in the order of the sections.
var questions = []question{
	{"1.1", "Does the address offer HTTP/2?", "WebSocket over HTTP/2 (RFC 8441)", []string{"measurement/http2"}, ""},
	{"1.1", "What does a handshake get at a path below the stage, or with two slashes?", "(guess: 403, never a redirect)", []string{"measurement/longerPath", "measurement/doubleSlash", "conformance/connections/slashesBefore", "conformance/connections/slashesBehind"}, ""},
	{"1.2", "What does a browser that offers compression get?", "(guess: plain `permessage-deflate`)", []string{"measurement/acceptedHeaders", "conformance/handshake/compression"}, ""},
	{"1.3", "Which body does a refusal by $connect have?", "any that is not 2xx", nil, needsFixture},
	{"1.3", "Which body does the 426 have?", "a GET without `Upgrade`, of the stage", []string{"measurement/plainGet", "measurement/plainGetBelow"}, ""},
	{"1.3", "Do the bodies of refusals have connectionId and requestId?", "Whether these bodies have `connectionId` and `requestId`", []string{"measurement/refusedByGateway", "measurement/refusedWith401", "measurement/refusedWith403"}, ""},
	{"2.1", "Does the case of a header's name in an identity source matter?", "Whether the case of a header's name matters", nil, needsFixture},
	{"2.2", "Which query maps does the authorizer's event have without a query?", "The query maps without a query", nil, "it needs the event: the function does not log it"},
	{"2.3", "What does a null in the authorizer's context cause?", "A null in it", nil, needsFixture},
	{"2.3", "What does an authorizer's answer of more than 8 KB cause?", "at most 8 KB", nil, needsFixture},
	{"2.3", "Which timeout does the authorizer have?", "Its timeout", nil, needsFixture},
	{"3.4", "Which code and reason does $disconnect have after the client closes with both?", "the client closes with a code and a reason", nil, "it needs the event: set logLevel to debug and read the function's log"},
	{"3.4", "Which code does $disconnect have after a frame that is too large?", "a frame is too large", nil, "it needs the event: set logLevel to debug and read the function's log"},
	{"3.4", "Which code does $disconnect have after a network failure, and when does it come?", "the network fails", nil, "it needs a network that fails, and the event"},
	{"4", "Which route does {\"action\":\"$connect\"} select?", "Your own keys must not begin with `$`", []string{"measurement/dollarRoute"}, ""},
	{"5.2", "What does isBase64Encoded cause in a reply?", "`isBase64Encoded: true`", nil, needsFixture},
	{"5.3", "Which frame gets a throttled message?", "a throttle of messages", nil, "it would need more messages than the throttle of the stage allows"},
	{"6", "Which reason does the close 1003 have?", "a binary frame", []string{"conformance/frame/binary", "conformance/frame/emptyBinary"}, ""},
	{"6", "Does API Gateway answer a ping of the client?", "Whether it answers a client's ping", []string{"conformance/frame/ping", "conformance/frame/emptyPing"}, ""},
	{"6", "Does a ping reset the idle timer?", "idle timer: `unknown`", []string{"measurement/onlyPings"}, ""},
	{"6", "What does a text that is not UTF-8 cause?", "Text that is not UTF-8", []string{"conformance/frame/invalidUTF8", "conformance/frame/surrogate"}, ""},
	{"7.1", "Which frame arrives for bytes that are not text?", "(guess: also in a text frame)", []string{"conformance/connections/postBytes"}, ""},
	{"7.1", "In how many frames does a POST of more than 32 KB arrive?", "how many frames", []string{"conformance/connections/postFrames"}, ""},
	{"7.2", "Which body does the 413 have?", "over 128 KB", []string{"conformance/connections/postTooLarge"}, ""},
	{"7.2", "Which body does the 429 have?", "throttled, or the client does not read", nil, "it would need more calls than the account may make"},
	{"7.2", "Which status does @connections of a custom domain have at a path that no route has?", "on a custom domain, a path that no route has", []string{"measurement/mappingPath"}, ""},
	{"7.2", "Does a POST change lastActiveAt?", "a POST does", []string{"measurement/lastActive"}, ""},
	{"7.2", "Which ids are malformed, and which are only gone?", "The exact rule", []string{"conformance/connections/malformedSlash", "conformance/connections/gonePost"}, ""},
	{"8.1", "Which name does the execution log of a WebSocket API have?", "log: `unknown`", nil, "the stack has no execution log: turn it on by hand"},
	{"14", "Do older function URLs with one permission still work?", "Whether the exception still holds", nil, "the stack has no function URL"},
	{"17", "What does the client get after ten minutes without bytes from the API?", "`unknown` (guess: 1006).", []string{"conformance/timer/idleProduct"}, ""},
	{"17", "Which form has an IPv6 address in CloudFront-Viewer-Address?", "The form of an IPv6", nil, "connect over IPv6, and read the address in the function's log"},
	{"17", "Does CloudFront replace a CloudFront-Viewer-Address of the client?", "of this name from the client", nil, "connect with this header, and read the address in the function's log"},
	{"17", "Does CloudFront keep refused handshakes with a status from 500 on?", "it applies to refused handshakes", nil, "it needs an API that fails, and a distribution without the error responses of this one"},
	{"17", "Does the header of an event of the HTTP API also have the cookies?", "have them, too", nil, "it needs the event: the function does not log it"},
}

// questionsTable returns the table of the questions and their answers for the report.
func questionsTable(rows []row) string {
	seen := map[string]row{}
	for _, r := range rows {
		seen[r.id] = r
	}
	var b strings.Builder
	b.WriteString("\n## Facts that docs/api-gateway.md marks unknown\n\n| section | question | seen |\n|---|---|---|\n")
	for _, q := range questions {
		var answers []string
		for _, id := range q.rows {
			if r, ok := seen[id]; ok && r.outcome != notApplicable && r.outcome != unchecked {
				answers = append(answers, id+": "+cell(r.seen))
			}
		}
		if q.reason != "" {
			answers = []string{"not by this program: " + q.reason}
		}
		if len(answers) == 0 {
			answers = []string{"not in this run"}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", q.section, cell(q.text), strings.Join(answers, "; "))
	}
	return b.String()
}
