package attack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// aTrace is a well-formed trace ID, and anotherTrace another one.
const (
	aTrace       = "4bf92f3577b34da6a3ce929d0e0e4736"
	anotherTrace = "0af7651916cd43dd8448eb211c80319c"
)

var wellFormed = regexp.MustCompile(`^[0-9a-f]{32}$`)

// TestForgedTraces sends trace IDs that are not trace IDs. They must not reach the log or the
// answer. A handshake with a good token still succeeds, because a trace must never decide.
func TestForgedTraces(t *testing.T) {
	v := open.get(t)
	good := v.token(t, "mallory")
	for _, try := range []struct{ name, tries, offered, mark string }{
		{"tooLong", "a trace of 33 digits", "trace." + aTrace + "0", aTrace},
		{"huge", "a trace of 6,000 digits", "trace." + strings.Repeat("d0", 3000), "d0d0d0d0"},
		{"tooShort", "a trace of 31 digits", "trace." + aTrace[1:], aTrace[1:]},
		{"upperCase", "a trace in capitals", "trace." + strings.ToUpper(aTrace), strings.ToUpper(aTrace)},
		{"zero", "a trace of zeros", "trace." + strings.Repeat("0", 32), strings.Repeat("0", 32)},
		{"json", "JSON as a trace", `trace.{"outcome":"forged-by-attacker"}`, "forged-by-attacker"},
		{"quote", "a trace that ends a JSON text", `trace.x","outcome":"forged-by-attacker`, "forged-by-attacker"},
		{"tab", "a tab in a trace", "trace." + aTrace[:30] + "\tx", aTrace[:30]},
		{"two", "two traces", "trace." + aTrace + ", trace." + anotherTrace, aTrace},
		{"twice", "the same trace twice", "trace." + aTrace + ", trace." + aTrace, aTrace},
		{"twoHeaders", "two traces in two headers", "trace." + aTrace + "\r\nSec-WebSocket-Protocol: trace." + anotherTrace, anotherTrace},
		{"many", "100 traces", strings.TrimSuffix(strings.Repeat("trace."+aTrace+", ", 100), ", "), aTrace},
	} {
		before := len(v.Log())
		s := v.connect(t, handshake{headers: []string{offer("bearer." + good + ", " + try.offered)}})
		answer := s.verdict()
		if s.Status == 101 {
			answer += " " + s.ask("are you there?")
		}
		s.close()
		bystander(t, v, good) // its lines follow those of the attempt
		log := v.Log()[before:]
		clean := !strings.Contains(log, try.mark) && !strings.Contains(s.Head, "trace.") && tracesAreWellFormed(log)
		works := strings.HasPrefix(answer, `101`) && strings.Contains(answer, `"echo"`)
		attempt{"trace/" + try.name, try.tries}.verdict(t, fmt.Sprintf("%s, clean log %t", answer, clean), clean && works)
	}
}

// tracesAreWellFormed reports whether each trace in the function's lines of a log is a trace
// ID, and whether there is one.
func tracesAreWellFormed(log string) bool {
	found := 0
	for line := range strings.SplitSeq(log, "\n") {
		_, text, _ := strings.Cut(line, "]: ")
		var fields struct{ Trace *string }
		if json.Unmarshal([]byte(text), &fields) != nil || fields.Trace == nil {
			continue
		}
		if found++; !wellFormed.MatchString(*fields.Trace) {
			return false
		}
	}
	return found > 0
}

// TestTraceGivesNoPermission uses the trace of a user's connection without that user's credential.
func TestTraceGivesNoPermission(t *testing.T) {
	v := open.get(t)
	s := v.connect(t, handshake{headers: []string{offer("trace." + aTrace + ", bearer." + v.token(t, "victoria"))}})
	control(t, "a connection with a trace", s.verdict(), "101")
	control(t, "its answer", s.ask("are you there?"), `{"type":"echo"`)
	forged := newForger(t, v).by()
	for _, try := range []struct{ name, tries, offered string }{
		{"alone", "the trace alone", "trace." + aTrace},
		{"asBearer", "the trace as a bearer", "bearer." + aTrace},
		{"asTicket", "the trace as a ticket", "ticket." + aTrace},
		{"withForged", "the trace and a forged bearer", "trace." + aTrace + ", bearer." + forged},
		{"tokenAsTrace", "a good token as the trace", "trace." + v.token(t, "victoria")},
	} {
		attempt{"trace/" + try.name, try.tries}.expect(t, v.connect(t, handshake{headers: []string{offer(try.offered)}}).verdict(), "401")
	}
	other := v.connect(t, handshake{headers: []string{offer("trace." + aTrace + ", bearer." + v.token(t, "mallory"))}})
	control(t, "another user with the same trace", other.verdict(), "101")
	attempt{"trace/sameAsVictim", "whoami of another user with the trace"}.expect(t, other.ask(`{"action":"whoami"}`), `{"type":"whoami","data":{"connectionId":"`+idOf(t, other)+`"`)
	got := v.askTicket(t, map[string][]string{"Origin": {v.site}, "Traceparent": {"00-" + aTrace + "-00f067aa0ba902b7-01"}})
	attempt{"trace/ticket", "a ticket for a trace"}.expect(t, got.verdict(), "401")
}
