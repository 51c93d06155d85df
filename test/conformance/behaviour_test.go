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

// behaviour is one case: what AWS does, and how to see it.
type behaviour struct {
	name string // unique within its subject
	// section of the specification (docs/api-gateway.md) and its mark: doc,
	// observed, rest, emulator or unknown.
	section, mark string
	says          string // the behaviour in words, for the table
	want          string // what see is to return
	on            on
	see           func(s *scene) string
}

// on is where a case can run.
type on int

const (
	fixture     on = iota // needs wiring of its own
	product               // any deployment of this project
	localOnly             // the local run only: it needs what its sign-in can do
	slowProduct           // as product, but it takes ten minutes
)

// subjects are all cases, by file.
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

// scene is where a case plays.
type scene struct {
	*testing.T
	stack *endpoint     // the product; nil if it is not needed
	local *target.Local // nil on a stack
	pipes *pipes        // the network of fixtures, in memory; nil: the real one
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
						s := &scene{T: t, stack: stack, local: local}
						if reason := b.notHere(local != nil); reason != "" {
							r.add(subject.name, b, "not applicable: "+reason)
							t.Skip(reason)
						}
						if local != nil && b.on != fixture {
							s.stack = stack.of(s, subject.name+" "+b.name)
						}
						got := b.see(s)
						r.add(subject.name, b, got)
						if got == b.want {
							return
						}
						text := fmt.Sprintf("%s (%s, %s)\n got %s\nwant %s", b.says, b.section, b.mark, got, b.want)
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

// of returns the endpoint for clients of a user of their own: of one user, only
// so many may be connected at once.
func (e *endpoint) of(s *scene, user string) *endpoint {
	own := *e
	own.offer = "sallyport.v1, bearer." + s.token(target.TokenRequest{User: user})
	return &own
}

// notHere tells why the case cannot run, or nothing.
func (b behaviour) notHere(local bool) string {
	switch {
	case !*slowFlag && b.on == slowProduct:
		return "takes long: -slow"
	case local, b.on == product, b.on == slowProduct:
		return ""
	case b.on == localOnly:
		return "needs the local sign-in"
	}
	return "needs wiring that the stack does not have"
}

// TestCasesAreComplete: the table would be worth nothing with holes in it.
func TestCasesAreComplete(t *testing.T) {
	for _, subject := range subjects {
		names := map[string]bool{}
		for _, b := range subject.cases {
			if names[b.name] || b.name == "" || b.section == "" || b.says == "" || b.see == nil {
				t.Errorf("%s/%s is not complete, or there are two", subject.name, b.name)
			}
			names[b.name] = true
			for mark := range strings.SplitSeq(b.mark, ", ") {
				if !strings.Contains(" doc observed rest emulator unknown ", " "+mark+" ") {
					t.Errorf("%s/%s has the mark %q", subject.name, b.name, b.mark)
				}
			}
		}
	}
}

// anyToken is a JSON Web Token: two parts at least.
var anyToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}`)

// connectTarget returns what the product's cases run on.
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
				t.Error("a token or a secret is in the log")
			}
		})
		token, err := local.Token(t.Context(), target.TokenRequest{User: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		if !anyToken.MatchString("a " + token) {
			t.Fatalf("%s is no token as others are", token)
		}
		return newEndpoint(local.Outputs, local.Key, token), local
	case "stack":
		return stackEndpoint(t), nil
	}
	t.Fatalf("-target=%s: want local or stack", *targetFlag)
	return nil, nil
}

// report is the table of what was seen.
type report struct {
	mu   sync.Mutex // guards rows
	rows map[string]string
}

func (r *report) add(subject string, b behaviour, seen string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rows == nil {
		r.rows = map[string]string{}
	}
	r.rows[subject+"/"+b.name] = seen
}

// print writes the table in Markdown, and how many cases each mark has.
func (r *report) print(w io.Writer) {
	counts, different := map[string]int{}, 0
	fmt.Fprintf(w, "| case | section | behaviour | expected | seen | mark |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, subject := range subjects {
		for _, b := range subject.cases {
			name := subject.name + "/" + b.name
			seen, ran := r.rows[name]
			if !ran {
				seen = "not run"
			}
			first, _, _ := strings.Cut(b.mark, ",")
			counts[first]++
			shown := cell(seen)
			switch {
			case seen == b.want:
				shown = "the same"
			case ran && !strings.HasPrefix(seen, "not applicable"):
				different++
				shown = "**" + shown + "**"
			}
			fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", name, b.section, cell(b.says), cell(b.want), shown, b.mark)
		}
	}
	fmt.Fprintf(w, "\n%d doc, %d observed, %d rest, %d emulator, %d unknown; %d differ.\n",
		counts["doc"], counts["observed"], counts["rest"], counts["emulator"], counts["unknown"], different)
}

// cell makes text fit into a cell of a table.
func cell(text string) string {
	quoted := strconv.Quote(text)
	return strings.NewReplacer("|", `\|`, `\"`, `"`, `\\`, `\`, `\n`, "⏎").Replace(quoted[1 : len(quoted)-1])
}
