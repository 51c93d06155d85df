package monitor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/infra/plan"
	"sallyport/test/support"
)

// hangLimit is a time limit that only a hang exceeds, even on a busy machine.
const hangLimit = support.HangLimit

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "program" {
		pulumi.Run(programs[os.Args[2]])
		return
	}
	code := m.Run()
	for end := time.Now().Add(hangLimit); len(leaked()) > 0 && time.Now().Before(end); {
		runtime.Gosched() // some goroutines are ending
	}
	if left := leaked(); len(left) > 0 {
		fmt.Fprintln(os.Stderr, "leaked goroutines:\n"+strings.Join(left, "\n\n"))
		code = 1
	}
	os.Exit(code)
}

// leaked returns the stacks of goroutines that a run has left running.
func leaked() []string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return slices.DeleteFunc(strings.Split(string(stacks), "\n\n"), func(stack string) bool {
		return !strings.Contains(stack, "google.golang.org/grpc") && !strings.Contains(stack, "os/exec")
	})
}

const projectFile = `
name: test
config:
  memory: {type: integer, default: 256}
  pulumi:autonaming: {value: {pattern: "${project}-${stack}-${name}-${hex(4)}"}}
`

const stackFile = `
config: {"aws:region": eu-west-1}
`

// project makes the folder of a project.
func project(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write(t, filepath.Join(dir, "Pulumi.yaml"), projectFile)
	write(t, filepath.Join(dir, "Pulumi.dev.yaml"), stackFile)
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// program returns one of programs, in its own project.
func program(t *testing.T, name string) Program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Program{Dir: project(t), Stack: "dev", Argv: []string{self, "program", name}, Env: []string{"GORACE=atexit_sleep_ms=0"}}
}

func TestRun(t *testing.T) {
	got, err := Run(t.Context(), program(t, "small"))
	if err != nil {
		t.Fatal(err)
	}
	const rows = "arn:aws:dynamodb:eu-west-1:111122223333:table/test-dev-rows-bd77"
	want := plan.Plan{
		Version: plan.Version, Project: "test", Stack: "dev",
		Resources: []plan.Resource{
			{
				Type: "aws:dynamodb/table:Table", Name: "other", ID: "given",
				Inputs:  map[string]any{"name": "given"},
				Outputs: map[string]any{"arn": "arn:aws:dynamodb:eu-west-1:111122223333:table/given"},
			},
			{
				Type: "aws:dynamodb/table:Table", Name: "rows", Parent: "group", ID: "test-dev-rows-bd77",
				Inputs:  map[string]any{"hashKey": "id", "ttl": true, "units": 3.0},
				Outputs: map[string]any{"arn": rows, "name": "test-dev-rows-bd77"},
			},
			{
				Type: "aws:iam/role:Role", Name: "reader", ID: "test-dev-reader-124c",
				After: []string{"aws:dynamodb/table:Table other"},
				Inputs: map[string]any{
					"policy": "read " + rows,
					"code":   map[string]any{"archive": ".build/code.zip"},
					"page":   map[string]any{"file": "site/index.html"},
					"list":   []any{"a", "b"},
				},
				Outputs: map[string]any{"arn": "arn:aws:iam::111122223333:role/test-dev-reader-124c", "name": "test-dev-reader-124c"},
			},
			{Type: "test:index:Group", Name: "group"},
		},
		Outputs: map[string]any{"table": "test-dev-rows-bd77", "memory": "256"},
	}
	if diff := cmp.Diff(encode(t, got), encode(t, want)); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

// encode returns the text of a plan, in which the resources are sorted.
func encode(t *testing.T, p plan.Plan) string {
	t.Helper()
	var b strings.Builder
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRunConcurrently(t *testing.T) {
	p := program(t, "small")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if got, err := Run(t.Context(), p); err != nil || len(got.Resources) != 4 {
				t.Errorf("got %d resources, %v", len(got.Resources), err)
			}
		})
	}
	group.Wait()
}

func TestRunErrors(t *testing.T) {
	tests := []struct {
		program string
		line    string // of programs_test.go, which the error names
		want    []string
	}{
		{"unknownType", "return newBot(ctx)", []string{`aws:lex/bot:Bot "talker"`, "does not know this type"}},
		{"unknownInput", "return newReader(ctx, pulumi.Map{\"policy\": pulumi.Map", []string{
			`aws:iam/role:Role "reader": policy.for[0] is unknown`, "an output of aws:dynamodb/table:Table rows", "outputs.go",
		}},
		{"unknownStackOutput", "", []string{"outputs of test-dev: stream is unknown"}},
		{"declaredTwice", "", []string{`aws:dynamodb/table:Table "rows"`, "the program declares urn:pulumi:dev::test::aws:dynamodb/table:Table::rows twice"}},
		{"textAsset", "", []string{"page is an asset without a file"}},
		{"fails", "", []string{"run program: exit status", "the moon is full"}},
		{"panics", "", []string{"run program: exit status", "out of cheese"}},
	}
	for _, test := range tests {
		t.Run(test.program, func(t *testing.T) {
			got, err := Run(t.Context(), program(t, test.program))
			if err == nil {
				t.Fatalf("got a plan of %d resources, want an error", len(got.Resources))
			}
			for _, w := range test.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("got %v, want %q in it", err, w)
				}
			}
			if test.line != "" {
				wantPosition(t, err, test.line)
			}
		})
	}
}

// The SDK does not send the line that calls a data source, so the monitor searches the
// project.
func TestUnknownDataSource(t *testing.T) {
	p := program(t, "unknownData")
	source, err := os.ReadFile("programs_test.go")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(p.Dir, "programs_test.go"), string(source))
	_, err = Run(t.Context(), p)
	if err == nil || !strings.Contains(err.Error(), "does not know the data source aws:s3/getBucket:getBucket") {
		t.Fatalf("got %v", err)
	}
	wantPosition(t, err, "return s3.LookupBucket(ctx)")
}

// wantPosition fails the test unless err names the line of programs_test.go that
// contains text.
func wantPosition(t *testing.T, err error, text string) {
	t.Helper()
	f, openErr := os.Open("programs_test.go")
	if openErr != nil {
		t.Fatal(openErr)
	}
	t.Cleanup(func() { _ = f.Close() })
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if strings.Contains(lines.Text(), text) {
			if want := "programs_test.go:" + strconv.Itoa(n) + ": "; !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q in it", err, want)
			}
			return
		}
	}
	t.Fatalf("no line contains %q", text)
}

func TestSecretsAreNotInThePlan(t *testing.T) {
	p, err := Run(t.Context(), program(t, "secrets"))
	if err != nil {
		t.Fatal(err)
	}
	hidden := map[string]any{"secret": true}
	if diff := cmp.Diff(p.Outputs, map[string]any{"word": hidden}); diff != "" {
		t.Errorf("outputs: -got +want:\n%s", diff)
	}
	if diff := cmp.Diff(p.Resources[0].Inputs, map[string]any{"password": hidden}); diff != "" {
		t.Errorf("inputs: -got +want:\n%s", diff)
	}
}

func TestRunIsCancelled(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		f, err := os.Open(pipe) // waits until the program opens it, too
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = f.Close() }()
		if _, err := bufio.NewReader(f).ReadString('\n'); err != nil {
			t.Error(err)
		}
		cancel()
		// The pipe ends when the program and its child have exited.
		if err := f.SetReadDeadline(time.Now().Add(hangLimit)); err != nil {
			t.Error(err)
		}
		if _, err := io.Copy(io.Discard, f); err != nil {
			t.Errorf("the program or its child still runs: %v", err)
		}
	})
	p := program(t, "hangs")
	p.Env = append(p.Env, "PIPE="+pipe)
	_, err := Run(ctx, p)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	group.Wait()
}

func TestRunWithoutProgram(t *testing.T) {
	p := program(t, "small")
	p.Argv = []string{filepath.Join(t.TempDir(), "nothing")}
	if _, err := Run(t.Context(), p); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want %v", err, os.ErrNotExist)
	}
}

// A resource of an explicit provider is in the region of that provider.
func TestRunWithProvider(t *testing.T) {
	got, err := Run(t.Context(), program(t, "providers"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][2]string{
		"here": {"", "arn:aws:dynamodb:eu-west-1:111122223333:table/a"}, "there": {"elsewhere", "arn:aws:dynamodb:us-east-1:111122223333:table/a"},
	} {
		for _, r := range got.OfType(plan.TypeTable) {
			if r.Name == name && (r.Provider != want[0] || r.Text("arn") != want[1]) {
				t.Errorf("%s: got provider %q, ARN %s, want %q", name, r.Provider, r.Text("arn"), want)
			}
		}
	}
	if len(got.OfType(plan.TypeTable)) != 2 || len(got.OfType(plan.TypeProvider)) != 1 {
		t.Errorf("got %d resources, want two tables and a provider", len(got.Resources))
	}
	if _, err := Run(t.Context(), program(t, "providerNoRegion")); err == nil || !strings.Contains(err.Error(), "the provider elsewhere has no region") {
		t.Errorf("got %v, want an error that names the provider", err)
	}
}
