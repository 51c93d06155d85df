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

// keptStack is a stack with its configuration and its plan.
type keptStack struct{ name, file, plan string }

// stacks are the stacks whose plans are kept.
var stacks = []keptStack{
	{"local", "../local/Pulumi.local.yaml", "../local/plan.json"},
	{"dev", "../Pulumi.dev.yaml", "testdata/dev.json"},
	{"least", "testdata/Pulumi.least.yaml", "testdata/least.json"},
	{"domains", "testdata/Pulumi.domains.yaml", "testdata/domains.json"},
	{"everything", "testdata/Pulumi.everything.yaml", "testdata/everything.json"},
}

// TestPlan compares what the program declares with the plans that are kept,
// one of which the local run starts from.
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
				t.Errorf("the program declares something else than %s says (-kept +declared):\n%s\n"+
					"If that is as it should be, renew the plans with `make plan`", s.plan, diff)
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
	if bytes.Equal(before, plan) {
		fmt.Printf("        %s has not changed\n", filepath.Base(file))
		return
	}
	if err := os.WriteFile(file, plan, 0o600); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("        %s has changed\n", filepath.Base(file))
}

func TestPlanIsTheSameEachTime(t *testing.T) {
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

// run makes the plan of a stack.
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

// runProgram makes the plan of one of the programs that the test binary can be.
func runProgram(t *testing.T, name, stack, file string) (plan.Plan, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return monitor.Run(t.Context(), monitor.Program{
		Dir: "..", Stack: stack, StackFile: file, Argv: []string{self, name},
		// The race detector waits a second at exit unless told otherwise.
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
