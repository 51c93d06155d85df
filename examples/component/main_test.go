package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/infra/plan"
	"sallyport/infra/plan/monitor"
)

// TestMain runs the tests, or the program if the argument is "program". So the program is compiled
// only once.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "program" {
		pulumi.Run(program)
		return
	}
	m.Run()
}

func TestProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	stackFile := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
	const built = "config:\n  aws:region: eu-west-1\n  zip: ../../infra/testdata/system/lambda.zip\n  console: ../../infra/testdata/system/console\n"
	if err := os.WriteFile(stackFile, []byte(built), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := monitor.Run(t.Context(), monitor.Program{
		Dir: ".", Stack: "dev", StackFile: stackFile, Argv: []string{self, "program"}, Env: []string{"GORACE=atexit_sleep_ms=0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	function, pushes := "", ""
	var routes []string
	for _, r := range p.Resources {
		switch {
		case r.Type == plan.TypeFunction:
			function = r.ID
		case r.Type == "aws:apigatewayv2/route:Route" && strings.HasPrefix(r.Parent, "live-websocket"):
			routes = append(routes, r.Text("routeKey"))
		case strings.HasPrefix(r.Type, "aws:sqs/"):
			t.Errorf("got %s %s, want no queue without channels", r.Type, r.Name)
		case r.Type == plan.TypeRolePolicy && r.Name == "backend":
			pushes = r.Text("policy")
		case r.Type == plan.TypeRole && r.Name == "live-function" && !strings.HasPrefix(r.ID, "orders-dev-live-function-"):
			t.Errorf("the role of the function is %s, want a name with project, stack and system", r.ID)
		}
	}
	if !slices.Contains(routes, "order") || slices.Contains(routes, "whoami") {
		t.Errorf("got the routes %v, want those of the example and not those of lambda/app", routes)
	}
	if function == "" || p.Outputs["functionName"] != function || !strings.Contains(pushes, ":function:"+function+`"`) {
		t.Errorf("got the function %q, the output %v and the policy %s; want the permission to invoke the function", function, p.Outputs["functionName"], pushes)
	}
}
