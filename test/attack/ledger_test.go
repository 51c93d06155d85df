package attack

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// ledger counts the attempts of all subjects.
type ledger struct {
	mu       sync.Mutex // guards the fields below
	attempts int
	breaches []string
}

var book ledger

func (l *ledger) totals() (attempts int, breaches []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.attempts, l.breaches
}

// enter writes down one attempt and prints its line.
func (l *ledger) enter(line string, refused bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attempts++
	if !refused {
		l.breaches = append(l.breaches, line)
	}
	if testing.Verbose() {
		fmt.Println(line)
	}
}

// attempt is one thing that an attacker tries.
type attempt struct {
	name  string // camelCase, after the subject's part, as bearer/algNone
	tries string // in a few words
}

// ends enters how the attempt has ended: got is the answer, and it counts as
// refused only if that begins with one of want.
func (a attempt) ends(t *testing.T, got string, want ...string) {
	t.Helper()
	a.verdict(t, got, begins(got, want))
}

// verdict enters whether the attempt was refused; got is what was seen.
func (a attempt) verdict(t *testing.T, got string, refused bool) {
	t.Helper()
	word := "refused"
	if !refused {
		word = "BREACH "
	}
	line := fmt.Sprintf("%s  %-34s %-58s %s", word, a.name, a.tries, brief(got))
	book.enter(line, refused)
	if !refused {
		t.Error(line)
	}
}

// control ends the test unless what is done rightly succeeds: without that, a
// refusal proves nothing.
func control(t *testing.T, what, got string, want ...string) {
	t.Helper()
	if !begins(got, want) {
		t.Fatalf("%s: got %s, want %s: the refusals would prove nothing", what, got, strings.Join(want, " or "))
	}
}

func begins(got string, want []string) bool {
	for _, w := range want {
		if strings.HasPrefix(got, w) {
			return true
		}
	}
	return false
}

// brief makes an answer fit the end of a line, without control characters.
func brief(s string) string {
	const most = 90
	s = strings.Trim(fmt.Sprintf("%q", s), `"`)
	s = strings.ReplaceAll(s, `\"`, `"`)
	if len(s) > most {
		s = s[:most] + "..."
	}
	return s
}
