package infra

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/plan"
	"sallyport/infra/plan/monitor"
)

var update = flag.Bool("update", false, "write the plans instead of comparing them")

// committed is a stack with its configuration and its committed plan.
type committed struct{ name, file, plan string }

// stacks are the stacks with a committed plan.
var stacks = []committed{
	{"local", "../local/Pulumi.local.yaml", "../local/plan.json"},
	{"local-one-domain", "../local/Pulumi.one-domain.yaml", "../local/one-domain.json"},
	{"dev", "../Pulumi.dev.yaml", "testdata/dev.json"},
	{"least", "testdata/Pulumi.least.yaml", "testdata/least.json"},
	{"one-domain", "testdata/Pulumi.one-domain.yaml", "testdata/one-domain.json"},
	{"one-domain-everything", "testdata/Pulumi.one-domain-everything.yaml", "testdata/one-domain-everything.json"},
	{"domains", "testdata/Pulumi.domains.yaml", "testdata/domains.json"},
	{"alias", "testdata/Pulumi.alias.yaml", "testdata/alias.json"},
	{"everything", "testdata/Pulumi.everything.yaml", "testdata/everything.json"},
}

// TestPlan compares the declared resources with the committed plans. The local run starts
// from one of the first two.
func TestPlan(t *testing.T) {
	for _, s := range stacks {
		t.Run(s.name, func(t *testing.T) {
			got := encode(t, run(t, s.name, s.file))
			if *update {
				renew(t, s.plan, got)
				return
			}
			want, err := os.ReadFile(s.plan)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("the program and %s differ (-committed +declared):\n%s\n"+
					"If the program is correct, renew the plans with `make plan`", s.plan, diff)
			}
		})
	}
}

// renew writes a plan to file, and prints whether the file has changed.
func renew(t *testing.T, file string, plan []byte) {
	t.Helper()
	before, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	path := filepath.Join("infra", file) // from the root of the repository, as git prints it
	if bytes.Equal(before, plan) {
		fmt.Printf("        %s has not changed\n", path)
		return
	}
	if err := os.WriteFile(file, plan, 0o600); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("        %s has changed\n", path)
}

func TestPlanIsReproducible(t *testing.T) {
	everything := stacks[len(stacks)-1]
	first := encode(t, run(t, everything.name, everything.file))
	start := time.Now()
	const times = 20
	for range times {
		if diff := cmp.Diff(string(first), string(encode(t, run(t, everything.name, everything.file)))); diff != "" {
			t.Fatalf("two runs differ (-first +later):\n%s", diff)
		}
	}
	t.Logf("one plan takes %v", (time.Since(start) / times).Round(time.Millisecond))
}

// run returns the plan of a stack.
func run(t *testing.T, stack, file string) plan.Plan {
	t.Helper()
	p, err := runStack(t, stack, file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func runStack(t *testing.T, stack, file string) (plan.Plan, error) {
	t.Helper()
	return runProgram(t, asProgram, stack, file)
}

// runProgram returns the plan of one of programs.
func runProgram(t *testing.T, name, stack, file string) (plan.Plan, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return monitor.Run(t.Context(), monitor.Program{
		Dir: "..", Stack: stack, StackFile: file, Argv: []string{self, name},
		// Without this option, the race detector waits a second at exit.
		Env: []string{"GORACE=atexit_sleep_ms=0"},
	})
}

func encode(t *testing.T, p plan.Plan) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
