package attack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sallyport/test/support"
)

// poison would change a log if it got there unescaped: it has a complete log line and
// control sequences of terminals.
const (
	forgedLine = `{"level":"info","user":"admin","outcome":"forged-by-attacker"}`
	poison     = "x\r\n" + forgedLine + "\n\x1b[31mred\x1b[0m\x1b]0;title\x07\x00\x08\x7f\u2028\u202e\u0085end"
	poisonJSON = `x","outcome":"forged-by-attacker","y":"`
)

// TestLogInjection sends newlines, escapes and fragments of JSON in every text of a client,
// and examines every line that the run prints.
func TestLogInjection(t *testing.T) {
	v := open.get(t)
	before := len(v.Log())
	token := v.token(t, "mallory")
	printable := strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, poison)
	headers := func(k handshake, name string) handshake {
		k.headers = append(append([]string{}, k.headers...), name+": "+printable)
		return k
	}
	for _, text := range []string{poison, poisonJSON} {
		for _, k := range []handshake{
			headers(bearer(token), "User-Agent"), headers(bearer(token), "X-Forwarded-For"), headers(bearer(token), "X-Amzn-Trace-Id"), headers(bearer(token), poisonJSON),
			{bare: true, headers: []string{"Origin: " + printable, offer("bearer." + token)}},
			{headers: []string{offer(printable)}},
			{headers: []string{offer("bearer." + printable)}},
			{headers: []string{offer("ticket." + printable)}},
			{query: "?token=" + url.QueryEscape(text)},
			{query: "?" + url.QueryEscape(text) + "=x", headers: bearer(token).headers},
			{path: "/live/" + url.PathEscape(text), headers: bearer(token).headers},
			{path: "/live?" + url.PathEscape(text), headers: bearer(token).headers},
			{headers: []string{"User-Agent: a\nInjected: b", offer("bearer." + token)}},
			{headers: []string{"User-Agent: \x1b[2J\x1b[H", offer("bearer." + token)}},
			bearer(forge(encode(map[string]any{"alg": text, "kid": text, "typ": text}), `{}`, unsigned)),
			bearer(forge(encode(map[string]any{"alg": "RS256", "kid": text}), `{}`, unsigned)),
			bearer(forge(`{"alg":"RS256","kid":"rsa"}`, encode(with(ownIssuer().claims("mallory"), "aud", text)), rs256(ownIssuer().rsa))),
			bearer(forge(`{"alg":"RS256","kid":"rsa"}`, encode(with(ownIssuer().claims("mallory"), "iss", text)), rs256(ownIssuer().rsa))),
			bearer(ownIssuer().token(text)),
		} {
			s := v.connect(t, k)
			if s.Status == 101 {
				s.ask(text)
			}
			s.close()
		}
		s := v.mustConnect(t, token)
		s.ask(text)
		for _, action := range []string{"refresh", "whoami", text} {
			s.ask(encode(map[string]any{"action": action, "token": text, text: text}))
		}
		s.write(support.Frame(support.Final|support.OpClose, "\x03\xe8"+text[:20]))
		s.next()
		s.close()
		for _, origin := range []string{v.site, printable} {
			v.askTicket(t, map[string][]string{"Origin": {origin}, "Authorization": {"Bearer " + printable}, "User-Agent": {printable}})
		}
		v.askTicket(t, v.authorized(ownIssuer().token(text)))
	}
	control(t, "the run after the attempts", bystander(t, v, token), served)
	examine(t, v.Log()[before:], v.FunctionName)
}

var consolePattern = regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{3} (INF|WRN|ERR|DBG) `)

// examine checks each line of a log.
func examine(t *testing.T, log, function string) {
	t.Helper()
	var broken, forged, foreign, raw []string
	lines := 0
	for line := range strings.SplitSeq(strings.TrimRight(log, "\n"), "\n") {
		lines++
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			raw = append(raw, line)
		}
		text, ours := strings.CutPrefix(line, function)
		_, text, numbered := strings.Cut(text, "]: ")
		switch {
		case ours && numbered && strings.HasPrefix(text, "{"):
			var fields map[string]any
			if json.Unmarshal([]byte(text), &fields) != nil {
				broken = append(broken, line)
			}
			if fields["outcome"] == "forged-by-attacker" {
				forged = append(forged, line)
			}
		case ours, consolePattern.MatchString(line), strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, "sign-in: "), strings.HasPrefix(line, "dynamodb: "), strings.HasPrefix(line, "  "):
		default:
			foreign = append(foreign, line)
		}
	}
	control(t, "the log has enough lines", fmt.Sprint(lines > 50), "true")
	for _, c := range []struct {
		name, tries string
		lines       []string
	}{
		{"brokenLine", "a line of the function is not JSON", broken},
		{"forgedLine", "a line has the text of the attacker", forged},
		{"foreignLine", "a line of an unknown writer", foreign},
		{"control", "a control character reaches the terminal", raw},
	} {
		attempt{"log/" + c.name, c.tries}.verdict(t, fmt.Sprintf("%d of %d lines %.200q", len(c.lines), lines, c.lines), len(c.lines) == 0)
	}
}
