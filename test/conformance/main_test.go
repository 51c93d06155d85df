package conformance

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"sallyport/test/conformance/target"
	"sallyport/test/support"
)

var (
	targetFlag  = flag.String("target", "local", "local or stack")
	outputsFlag = flag.String("outputs", "", "stack outputs, a `file`; default: those of the selected Pulumi stack")
	tokenFlag   = flag.String("token", os.Getenv("SALLYPORT_TOKEN"), "access token that the stack's authorizer accepts; default: SALLYPORT_TOKEN")
	reportFlag  = flag.Bool("report", false, "print a table of all behaviour")
	slowFlag    = flag.Bool("slow", false, "run the cases that take ten minutes, too")
)

// TestMain fails if a goroutine is left after the tests, because each gateway ends all of
// its goroutines.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(support.RunWithoutLeaks(m))
}

// stackEndpoint returns the endpoint of the deployed stack that the flags and the
// environment describe.
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
