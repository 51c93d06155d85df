package attack

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// record counts the attempts of all subjects.
type record struct {
	mu       sync.Mutex // guards the fields below
	attempts int
	breaches []string
}

var results record

func (r *record) totals() (attempts int, breaches []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.attempts, r.breaches
}

// add counts one attempt and prints its line.
func (r *record) add(line string, refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts++
	if !refused {
		r.breaches = append(r.breaches, line)
	}
	if testing.Verbose() {
		fmt.Println(line)
	}
}

// attempt is one attack.
type attempt struct {
	name  string // the subject and a name in camel case, such as bearer/algNone
	tries string // a short description
}

// expect records the attempt with its answer. It is refused only if the answer begins
// with one of want.
func (a attempt) expect(t *testing.T, got string, want ...string) {
	t.Helper()
	a.verdict(t, got, begins(got, want))
}

// verdict records whether the attempt was refused; got is the observation.
func (a attempt) verdict(t *testing.T, got string, refused bool) {
	t.Helper()
	word := "refused"
	if !refused {
		word = "BREACH "
	}
	line := fmt.Sprintf("%s  %-34s %-58s %s", word, a.name, a.tries, brief(got))
	results.add(line, refused)
	if !refused {
		t.Error(line)
	}
}

// control ends the test unless a correct request succeeds: without it, a refusal proves
// nothing.
func control(t *testing.T, request, got string, want ...string) {
	t.Helper()
	if !begins(got, want) {
		t.Fatalf("%s: got %s, want %s: the refusals would prove nothing", request, got, strings.Join(want, " or "))
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

// brief shortens an answer to fit the end of a line, and escapes control characters.
func brief(s string) string {
	const most = 90
	s = strings.Trim(fmt.Sprintf("%q", s), `"`)
	s = strings.ReplaceAll(s, `\"`, `"`)
	if len(s) > most {
		s = s[:most] + "..."
	}
	return s
}
