package conformance

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"sallyport/test/conformance/target"
)

var (
	targetFlag  = flag.String("target", "local", "local or stack")
	outputsFlag = flag.String("outputs", "", "stack outputs, a `file`; default: those of the selected Pulumi stack")
	tokenFlag   = flag.String("token", os.Getenv("SALLYPORT_TOKEN"), "access token that the stack's authorizer accepts; default: SALLYPORT_TOKEN")
	reportFlag  = flag.Bool("report", false, "print a table of all behaviour")
	slowFlag    = flag.Bool("slow", false, "run the cases that take minutes, too")
)

// TestMain fails when a goroutine is left over: whatever the cases do to a
// gateway, everything ends with it.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if left := goroutinesLeft(); left != "" && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines are left over:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// goroutinesLeft gives those that are about to end a moment to do so, and
// returns the stacks of the others.
func goroutinesLeft() string {
	var left []string
	for deadline := time.Now().Add(patience); ; {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		left = slices.DeleteFunc(strings.Split(string(stacks), "\n\n"), func(stack string) bool {
			return strings.Contains(stack, ".TestMain(") || strings.Contains(stack, "os/signal.")
		})
		if len(left) == 0 || time.Now().After(deadline) {
			break
		}
		time.Sleep(10 * time.Millisecond) // nothing tells when a goroutine has gone
	}
	return strings.Join(left, "\n\n")
}

// stackEndpoint returns the deployed stack that the flags and the environment
// describe.
func stackEndpoint(t *testing.T) *endpoint {
	t.Helper()
	var text []byte
	var err error
	if *outputsFlag != "" {
		text, err = os.ReadFile(*outputsFlag)
	} else {
		cmd := exec.CommandContext(t.Context(), "pulumi", "stack", "output", "--json")
		cmd.Dir, cmd.Stderr = "../..", os.Stderr
		text, err = cmd.Output()
	}
	if err != nil {
		t.Fatalf("read stack outputs: %v", err)
	}
	outputs, err := target.ReadOutputs(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	key := aws.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN"),
	}
	if key.AccessKeyID == "" || *tokenFlag == "" {
		t.Fatal("a stack needs AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and -token")
	}
	return newEndpoint(outputs, key, *tokenFlag)
}
