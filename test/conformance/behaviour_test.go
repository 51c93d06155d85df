package conformance

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sallyport/test/conformance/target"
)

// behaviour is one case: a behaviour of AWS, and a check that returns the observed
// behaviour.
type behaviour struct {
	name string // unique within its subject
	// section of the specification (docs/api-gateway.md) and its mark: doc,
	// observed, rest, emulator or unknown.
	section, mark string
	description   string // for the table
	want          string // the result of check
	scope         scope
	check         func(s *env) string
}

// scope is the set of systems on which a case can run.
type scope int

const (
	fixture     scope = iota // an API of its own in this process
	product                  // each deployment of this project
	localOnly                // the local run only, because the case needs its issuer or its log
	slowProduct              // like product, but it takes ten minutes
)

// subjects are all cases, by subject.
var subjects = []struct {
	name  string
	cases []behaviour
}{
	{"handshake", handshakes},
	{"subprotocol", subprotocols},
	{"identitySource", identitySources},
	{"authorizer", authorizers},
	{"authorizerEvent", authorizerEvents},
	{"connectEvent", connectEvents},
	{"messageEvent", messageEvents},
	{"disconnectEvent", disconnectEvents},
	{"routing", routings},
	{"reply", replies},
	{"errorFrame", errorFrames},
	{"order", orders},
	{"frame", frameCases},
	{"timer", timers},
	{"ending", endings},
	{"connections", connectionCalls},
	{"signature", signatures},
	{"throttling", throttlings},
	{"httpEvent", httpEvents},
	{"httpAnswer", httpAnswers},
	{"httpRefusal", httpRefusals},
}

// env is the environment of a case.
type env struct {
	*testing.T
	stack *endpoint     // the product; nil with a fake clock
	local *target.Local // nil on a stack
	pipes *pipes        // the network of fixtures in memory; nil: the network of the machine
}

func TestBehaviour(t *testing.T) {
	stack, local := connectTarget(t)
	var r report
	t.Run("all", func(t *testing.T) {
		for _, subject := range subjects {
			t.Run(subject.name, func(t *testing.T) {
				for _, b := range subject.cases {
					t.Run(b.name, func(t *testing.T) {
						t.Parallel()
						b.describe(t)
						s := &env{T: t, stack: stack, local: local}
						if reason := b.skipReason(local != nil); reason != "" {
							r.add(t, subject.name, b, "not applicable: "+reason)
							t.Skip(reason)
						}
						if local != nil && b.scope != fixture {
							s.stack = stack.withUser(s, subject.name+" "+b.name)
						}
						got := b.check(s)
						r.add(t, subject.name, b, got)
						if got == b.want {
							return
						}
						text := fmt.Sprintf("%s (%s, %s)\n got %s\nwant %s", b.description, b.section, b.mark, got, b.want)
						if local == nil && !strings.Contains(b.mark, "doc") && !strings.Contains(b.mark, "observed") {
							t.Log("measured: " + text)
							return
						}
						t.Error(text)
					})
				}
			})
		}
	})
	if *reportFlag {
		r.print(os.Stdout)
	}
}

// describe writes the fields of a case to the output of go test -json, which make verify
// reads.
func (b behaviour) describe(t *testing.T) {
	t.Helper()
	for key, value := range map[string]string{"section": b.section, "mark": b.mark, "description": b.description, "want": b.want} {
		t.Attr(key, line(value))
	}
}

// withUser returns the endpoint for the clients of one user. Each case has its own user,
// because the number of connections of a user is limited.
func (e *endpoint) withUser(s *env, user string) *endpoint {
	own := *e
	own.offer = "sallyport.v1, bearer." + s.token(target.TokenRequest{User: user})
	return &own
}

// skipReason returns the reason why the case cannot run, or "".
func (b behaviour) skipReason(local bool) string {
	switch {
	case !*slowFlag && b.scope == slowProduct:
		return "it takes ten minutes: use -slow"
	case local, b.scope == product, b.scope == slowProduct:
		return ""
	case b.scope == localOnly:
		return "it needs the local run"
	}
	return "it needs an API of its own"
}

func TestCasesAreComplete(t *testing.T) {
	for _, subject := range subjects {
		names := map[string]bool{}
		for _, b := range subject.cases {
			if names[b.name] || b.name == "" || b.section == "" || b.description == "" || b.check == nil {
				t.Errorf("%s/%s has an empty field, or the name of another case", subject.name, b.name)
			}
			names[b.name] = true
			for mark := range strings.SplitSeq(b.mark, ", ") {
				if !strings.Contains(" doc observed rest emulator unknown ", " "+mark+" ") {
					t.Errorf("%s/%s has the unknown mark %q", subject.name, b.name, b.mark)
				}
			}
		}
	}
}

// anyToken matches the first two parts of a JSON Web Token.
var anyToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}`)

// connectTarget returns the product on which cases run, and the local run, which is nil
// for a stack.
func connectTarget(t *testing.T) (*endpoint, *target.Local) {
	t.Helper()
	switch *targetFlag {
	case "local":
		root, err := filepath.Abs("../..")
		if err != nil {
			t.Fatal(err)
		}
		local, err := target.Start(t.Context(), root, t.TempDir(), "-throttle=false")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := local.Stop(); err != nil {
				t.Error(err)
			}
			if log := local.Log(); anyToken.MatchString(log) || strings.Contains(log, local.Key.SecretAccessKey) {
				t.Error("the log has a token or a secret")
			}
		})
		token, err := local.Token(t.Context(), target.TokenRequest{User: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		if !anyToken.MatchString("a " + token) {
			t.Fatalf("got the token %s, want one that anyToken matches", token)
		}
		return newEndpoint(local.Outputs, local.Key, token), local
	case "stack":
		return stackEndpoint(t), nil
	}
	t.Fatalf("-target=%s: want local or stack", *targetFlag)
	return nil, nil
}

// report is the table of the observed behaviour.
type report struct {
	mu   sync.Mutex        // guards rows
	rows map[string]string // observed behaviour by subject/name
}

func (r *report) add(t *testing.T, subject string, b behaviour, observed string) {
	t.Helper()
	t.Attr("got", line(observed))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rows == nil {
		r.rows = map[string]string{}
	}
	r.rows[subject+"/"+b.name] = observed
}

// print writes the table in Markdown, and the number of cases of each mark.
func (r *report) print(w io.Writer) {
	counts, different := map[string]int{}, 0
	fmt.Fprintf(w, "| case | section | behaviour | expected | observed | mark |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, subject := range subjects {
		for _, b := range subject.cases {
			name := subject.name + "/" + b.name
			observed, ran := r.rows[name]
			if !ran {
				observed = "not run"
			}
			first, _, _ := strings.Cut(b.mark, ",")
			counts[first]++
			shown := cell(observed)
			switch {
			case observed == b.want:
				shown = "the same"
			case ran && !strings.HasPrefix(observed, "not applicable"):
				different++
				shown = "**" + shown + "**"
			}
			fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", name, b.section, cell(b.description), cell(b.want), shown, b.mark)
		}
	}
	fmt.Fprintf(w, "\n%d doc, %d observed, %d rest, %d emulator, %d unknown; %d differ.\n",
		counts["doc"], counts["observed"], counts["rest"], counts["emulator"], counts["unknown"], different)
}

// line returns text as one line.
func line(text string) string {
	quoted := strconv.Quote(text)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\n`, "⏎").Replace(quoted[1 : len(quoted)-1])
}

// cell returns text in the form of a table cell.
func cell(text string) string { return strings.ReplaceAll(line(text), "|", `\|`) }
