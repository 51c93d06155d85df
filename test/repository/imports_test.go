package repository

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sallyport/test/support"
)

// rule has the imports that a package may have besides the standard library. A name that
// ends in "/..." matches the package and all packages below it.
type rule struct {
	pkg, reason string
	may, tests  []string // tests: more imports for its tests
}

const (
	pulumiSDK = "github.com/pulumi/..."
	awsSDK    = "github.com/aws/aws-sdk-go-v2/..."
	smithy    = "github.com/aws/smithy-go/..."
	lambdaGo  = "github.com/aws/aws-lambda-go/..."
	jose      = "github.com/go-jose/go-jose/v4/..."
	zerolog   = "github.com/rs/zerolog"
	websocket = "github.com/coder/websocket"
	cmp       = "github.com/google/go-cmp/cmp"
	uuid      = "github.com/google/uuid"
	httpguts  = "golang.org/x/net/http/httpguts"
)

// rules has one rule for each package.
var rules = []rule{
	{
		pkg: "sallyport", reason: "only the entry of pulumi up",
		may: []string{"sallyport/infra", pulumiSDK},
	},
	{
		pkg: "sallyport/test/attack", reason: "an outsider that knows only addresses and standards",
		tests: []string{
			"sallyport/test/conformance/target", "sallyport/infra/build", "sallyport/local/function", "sallyport/local/services",
			awsSDK, jose,
		},
	},
	{
		pkg: "sallyport/examples/client", reason: "a client to copy, without packages of this project",
		may: []string{websocket}, tests: []string{"sallyport/test/conformance/target"},
	},
	{
		pkg: "sallyport/examples/component", reason: "another Pulumi program, which uses the exported names of infra",
		may: []string{"sallyport/examples/component/app", "sallyport/infra", "sallyport/lambda/setting", pulumiSDK}, tests: []string{"sallyport/infra/plan", "sallyport/infra/plan/monitor"},
	},
	{pkg: "sallyport/examples/component/app", reason: "the routes of another program", may: []string{"sallyport/lambda/route"}},
	{pkg: "sallyport/examples/component/socket", reason: "the function of another program", may: []string{"sallyport/examples/component/app", "sallyport/lambda/program"}},
	{
		pkg: "sallyport/examples/regions", reason: "a Pulumi program to copy, without packages of this project",
		may: []string{pulumiSDK},
	},
	{
		pkg: "sallyport/test/bench", reason: "measures through addresses only",
		may: []string{websocket, awsSDK},
	},
	{
		pkg: "sallyport/test/bench/quota", reason: "simulates the account, the queue and the time around the real worker",
		tests: []string{
			"sallyport/infra/cost", "sallyport/lambda/centrifuge", "sallyport/lambda/channel", "sallyport/lambda/identity", "sallyport/lambda/pusher",
			"sallyport/local/queue", "sallyport/test/channels", awsSDK,
		},
	},
	{
		pkg: "sallyport/test/workflow", reason: "reads the workflows of GitHub Actions",
		tests: []string{"sallyport/infra/configuration", "github.com/rhysd/actionlint", "gopkg.in/yaml.v3"},
	},
	{
		pkg: "sallyport/infra", reason: "the deployed resources; shares only names with the function",
		may:   []string{"sallyport/infra/build", "sallyport/infra/configuration", "sallyport/infra/cost", "sallyport/infra/discovery", "sallyport/lambda/app", "sallyport/lambda/channel", "sallyport/lambda/env", "sallyport/lambda/metric", "sallyport/lambda/originsecret", "sallyport/lambda/route", "sallyport/lambda/setting", pulumiSDK, "golang.org/x/net/publicsuffix"},
		tests: []string{"sallyport/infra/plan", "sallyport/infra/plan/monitor", "sallyport/infra/review", "sallyport/lambda/handler", cmp},
	},
	{
		pkg: "sallyport/infra/configuration", reason: "checks settings; the preflight must not compile Pulumi",
		may: []string{"sallyport/infra/origin", "sallyport/lambda/originsecret", "sallyport/lambda/route", "sallyport/lambda/setting"}, tests: []string{cmp},
	},
	{pkg: "sallyport/infra/build", reason: "also used by local, which must not compile Pulumi"},
	{
		pkg: "sallyport/infra/discovery", reason: "requests metadata of an issuer; its tests do not compile Pulumi",
		may: []string{"sallyport/infra/origin", "sallyport/lambda/loopback"}, tests: []string{cmp},
	},
	{pkg: "sallyport/infra/origin", reason: "about texts", may: []string{"sallyport/lambda/loopback"}},
	{
		pkg: "sallyport/infra/preflight", reason: "a command that compiles fast",
		may: []string{
			"sallyport/infra/build", "sallyport/infra/configuration", "sallyport/infra/discovery", "sallyport/infra/review", "sallyport/lambda/app",
			"sallyport/lambda/setting", "golang.org/x/net/dns/dnsmessage", "golang.org/x/net/publicsuffix",
		},
	},
	{pkg: "sallyport/infra/cost", reason: "arithmetic", may: []string{"sallyport/lambda/metric"}, tests: []string{cmp, "sallyport/lambda/setting"}},
	{pkg: "sallyport/infra/estimate", reason: "a command that compiles fast", may: []string{"sallyport/infra/cost"}},
	{
		pkg: "sallyport/infra/review", reason: "checks plans, which are data",
		may: []string{"sallyport/infra/origin", "sallyport/infra/plan", "sallyport/lambda/env", "sallyport/lambda/metric", "sallyport/lambda/originsecret"}, tests: []string{cmp, "gopkg.in/yaml.v3"},
	},
	{pkg: "sallyport/infra/plan", reason: "also used by local, which must not compile Pulumi", tests: []string{cmp}},
	{
		pkg: "sallyport/infra/plan/monitor", reason: "only the protocol of Pulumi",
		may: []string{"sallyport/infra/plan", "github.com/pulumi/pulumi/sdk/v3/proto/go", "google.golang.org/...", "gopkg.in/yaml.v3"}, tests: []string{cmp, pulumiSDK},
	},
	{
		pkg: "sallyport/lambda", reason: "the function with lambda/app",
		may: []string{"sallyport/lambda/app", "sallyport/lambda/program"}, tests: []string{"sallyport/lambda/...", cmp},
	},
	{
		pkg: "sallyport/lambda/program", reason: "wiring; Pulumi here would triple the binary, and the app belongs to the caller",
		may: []string{
			"sallyport/lambda/channel", "sallyport/lambda/channeltable", "sallyport/lambda/env", "sallyport/lambda/fifo", "sallyport/lambda/handler", "sallyport/lambda/pusher",
			"sallyport/lambda/registry", "sallyport/lambda/route", "sallyport/lambda/ticket", "sallyport/lambda/token", "sallyport/lambda/trace", awsSDK, lambdaGo, zerolog,
		},
	},
	{
		pkg: "sallyport/lambda/env", reason: "infra shares it: neither AWS nor logs",
		may: []string{"sallyport/lambda/originsecret", "sallyport/lambda/setting"}, tests: []string{cmp},
	},
	{pkg: "sallyport/lambda/originsecret", reason: "a leaf: infra and local use it too"},
	{pkg: "sallyport/lambda/setting", reason: "infra shares it: neither AWS nor logs", may: []string{"sallyport/lambda/loopback", "sallyport/lambda/metric"}, tests: []string{cmp}},
	{pkg: "sallyport/lambda/errcode", reason: "a leaf: all packages may use its codes", tests: []string{cmp}},
	{pkg: "sallyport/lambda/identity", reason: "a leaf: all packages may use its types"},
	{pkg: "sallyport/lambda/trace", reason: "a leaf: all packages may note a trace"},
	{pkg: "sallyport/lambda/loopback", reason: "a leaf: infra and local use it too"},
	{pkg: "sallyport/lambda/metric", reason: "infra shares it: neither AWS nor logs", may: []string{"sallyport/lambda/route"}},
	{pkg: "sallyport/lambda/strictjson", reason: "a leaf, about JSON"},
	{
		pkg: "sallyport/lambda/route", reason: "infra and the contract share it: neither AWS nor logs",
		may: []string{"sallyport/lambda/errcode", "sallyport/lambda/identity", "sallyport/lambda/strictjson"}, tests: []string{cmp},
	},
	{pkg: "sallyport/lambda/route/new", reason: "a command that compiles fast", may: []string{"sallyport/lambda/app", "sallyport/lambda/route"}},
	{pkg: "sallyport/lambda/route/list", reason: "a command that compiles fast"},
	{
		pkg: "sallyport/lambda/app", reason: "the routes of a user, which infra and the contract read",
		may: []string{"sallyport/lambda/route", "sallyport/lambda/channel", "sallyport/lambda/identity"}, tests: []string{"sallyport/lambda/handler", cmp},
	},
	{
		pkg: "sallyport/lambda/event", reason: "local shares it: neither AWS nor logs",
		may: []string{"sallyport/lambda/identity", "sallyport/lambda/route"},
	},
	{
		pkg: "sallyport/lambda/handler", reason: "no SDK: its tests need no network",
		may: []string{"sallyport/lambda/centrifuge", "sallyport/lambda/channel", "sallyport/lambda/errcode", "sallyport/lambda/event", "sallyport/lambda/identity", "sallyport/lambda/loopback", "sallyport/lambda/metric", "sallyport/lambda/originsecret", "sallyport/lambda/route", "sallyport/lambda/setting", "sallyport/lambda/strictjson", "sallyport/lambda/trace", lambdaGo, zerolog}, tests: []string{"sallyport/lambda/app", "sallyport/local/queue", "sallyport/test/channels", cmp},
	},
	{pkg: "sallyport/lambda/centrifuge", reason: "a leaf, about the messages of a protocol"},
	{
		pkg: "sallyport/lambda/channel", reason: "no SDK: a test can interleave its steps",
		may: []string{"sallyport/lambda/centrifuge", "sallyport/lambda/errcode", "sallyport/lambda/identity", "sallyport/lambda/route", "sallyport/lambda/trace"}, tests: []string{"sallyport/test/channels"},
	},
	{
		pkg: "sallyport/lambda/channeltable", reason: "the adapter of channels to DynamoDB",
		may: []string{awsSDK, "sallyport/lambda/attribute", "sallyport/lambda/channel", "sallyport/lambda/route"}, tests: []string{"sallyport/test/channels", "sallyport/test/dynamodb"},
	},
	{pkg: "sallyport/lambda/attribute", reason: "code that the adapters to DynamoDB share", may: []string{awsSDK}},
	{pkg: "sallyport/lambda/fifo", reason: "the adapter of channels to SQS", may: []string{awsSDK, "sallyport/lambda/channel"}, tests: []string{"sallyport/local/queue"}},
	{pkg: "sallyport/lambda/token", reason: "knows tokens, not Lambda", may: []string{"sallyport/lambda/errcode", "sallyport/lambda/identity", "sallyport/lambda/loopback", jose}},
	{
		pkg: "sallyport/lambda/registry", reason: "the adapter to DynamoDB",
		may: []string{awsSDK, "sallyport/lambda/attribute", "sallyport/lambda/handler", "sallyport/lambda/identity"}, tests: []string{cmp, "sallyport/test/dynamodb"},
	},
	{
		pkg: "sallyport/lambda/ticket", reason: "another adapter to DynamoDB",
		may: []string{awsSDK, "sallyport/lambda/attribute", "sallyport/lambda/handler", "sallyport/lambda/identity"}, tests: []string{cmp, "sallyport/test/dynamodb"},
	},
	{pkg: "sallyport/lambda/pusher", reason: "the adapter to @connections", may: []string{awsSDK, smithy, "sallyport/lambda/handler"}, tests: []string{cmp}},
	{pkg: "sallyport/local", reason: "flags, signals and the exit code; everything else is in its packages", may: []string{"sallyport/local/run", "sallyport/local/loopback", zerolog}},
	{
		pkg: "sallyport/local/run", reason: "it connects the parts of the local run",
		may: []string{"sallyport/local/...", "sallyport/infra/build", "sallyport/lambda/originsecret", awsSDK, zerolog, "golang.org/x/sync/errgroup"}, tests: []string{"sallyport/infra/plan", websocket},
	},
	{
		pkg: "sallyport/local/stack", reason: "plan to configuration; starts nothing",
		may: []string{"sallyport/infra/plan", "sallyport/local/eventbridge", "sallyport/local/site"}, tests: []string{cmp},
	},
	{pkg: "sallyport/local/drift", reason: "compares routes; starts nothing", may: []string{"sallyport/local/stack"}},
	{pkg: "sallyport/local/livereload", reason: "knows files, and not the programs that are built from them"},
	{pkg: "sallyport/local/eventbridge", reason: "a generic scheduler", may: []string{uuid, zerolog}, tests: []string{cmp}},
	{pkg: "sallyport/local/lock", reason: "a leaf, about one file"},
	{pkg: "sallyport/local/stage", reason: "a leaf that gateway and httpapi share"},
	{pkg: "sallyport/local/loopback", reason: "about addresses", may: []string{"sallyport/lambda/loopback"}},
	{
		pkg: "sallyport/local/gateway", reason: "knows neither our routes, nor our stack, nor AWS clients",
		may: []string{"sallyport/local/stage", uuid, httpguts, websocket, zerolog}, tests: []string{cmp, lambdaGo},
	},
	{pkg: "sallyport/local/httpapi", reason: "knows neither our routes, nor our stack, nor the gateway", may: []string{"sallyport/local/stage", httpguts, zerolog}, tests: []string{cmp, lambdaGo}},
	{pkg: "sallyport/local/function", reason: "a generic Lambda", may: []string{uuid}, tests: []string{cmp, lambdaGo}},
	{pkg: "sallyport/local/inspector", reason: "knows neither gateway nor function", may: []string{"sallyport/lambda/event", "sallyport/lambda/originsecret"}, tests: []string{cmp}},
	{pkg: "sallyport/local/queue", reason: "a generic FIFO queue; its tests use the SDK as a client", tests: []string{cmp, awsSDK}},
	{pkg: "sallyport/local/routes", reason: "a command that compiles fast", may: []string{"sallyport/lambda/app", "sallyport/lambda/route"}},
	{pkg: "sallyport/local/services", reason: "starts npm programs", may: []string{"sallyport/infra/build"}, tests: []string{cmp, awsSDK, jose}},
	{
		pkg: "sallyport/test/conformance", reason: "the behaviour of an API for its clients",
		tests: []string{"sallyport/test/conformance/target", "sallyport/local/gateway", "sallyport/local/httpapi", "sallyport/local/sigv4", awsSDK},
	},
	{
		pkg: "sallyport/test/conformance/clients", reason: "independent clients",
		tests: []string{"sallyport/test/conformance/target", "sallyport/local/gateway", websocket, awsSDK, smithy, cmp, "github.com/centrifugal/centrifuge-go", "github.com/google/uuid"},
	},
	{pkg: "sallyport/test/conformance/target", reason: "starts the local run as a user does", may: []string{awsSDK}},
	{pkg: "sallyport/local/sigv4", reason: "knows signatures, and neither gateway nor Lambda", may: []string{awsSDK, smithy}},
	{pkg: "sallyport/lambda/contract", reason: "a command that describes the routes and the channels", may: []string{"sallyport/lambda/app", "sallyport/lambda/channel", "sallyport/lambda/route", "github.com/google/jsonschema-go/jsonschema"}},
	{pkg: "sallyport/test/asyncapi", reason: "reads a document"},
	{
		pkg: "sallyport/test/verify", reason: "an outsider with addresses, the protocol of channels and the declarations of the settings",
		may: []string{"sallyport/lambda/centrifuge", "sallyport/lambda/setting", websocket}, tests: []string{"sallyport/test/conformance/target"},
	},
	{
		pkg: "sallyport/test/channels", reason: "the table of channels in memory, the contract of such a table, and a search for lost publications",
		may: []string{"sallyport/lambda/channel"}, tests: []string{"sallyport/lambda/centrifuge", "sallyport/lambda/identity", "sallyport/local/queue"},
	},
	{
		pkg: "sallyport/test/faults", reason: "uses only addresses, the protocol and the inspector",
		tests: []string{"sallyport/test/conformance/target", websocket, "github.com/centrifugal/centrifuge-go", uuid},
	},
	{
		pkg: "sallyport/test/regions", reason: "simulates two regions around the real channel code and around local runs",
		tests: []string{
			"sallyport/lambda/centrifuge", "sallyport/lambda/channel", "sallyport/lambda/identity", "sallyport/test/channels",
			"sallyport/test/conformance/target", "github.com/centrifugal/centrifuge-go", uuid,
		},
	},
	{pkg: "sallyport/test/dynamodb", reason: "starts a table for tests", may: []string{"sallyport/local/services"}},
	{pkg: "sallyport/test/support", reason: "all tests may use it"},
	{pkg: "sallyport/test/repository", reason: "reads the files of the repository", tests: []string{"sallyport/lambda/errcode"}},
	{pkg: "sallyport/test/route", reason: "adds a route as a user does", tests: []string{"sallyport/test/conformance/target", websocket}},
	{pkg: "sallyport/scripts", reason: "runs the scripts as a user does", tests: []string{cmp}},
	{pkg: "sallyport/local/site", reason: "a generic site and its distribution; knows no API of ours", may: []string{"sallyport/local/loopback", "sallyport/local/stage"}, tests: []string{cmp, websocket}},
}

type listedPackage struct {
	ImportPath                         string
	Doc                                string
	Standard                           bool
	Imports, TestImports, XTestImports []string
}

func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	support.RepositoryFiles(t, ".") // go list reads them
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Doc,Imports,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var ps []listedPackage
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listedPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return ps
		} else if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
}

func TestImports(t *testing.T) {
	t.Chdir(root)
	used := map[string]bool{}
	for _, p := range listPackages(t) {
		i := slices.IndexFunc(rules, func(r rule) bool { return r.pkg == p.ImportPath })
		if i < 0 {
			t.Errorf("%s has no rule: add its imports and the reason", p.ImportPath)
			continue
		}
		r := rules[i]
		used[r.pkg] = true
		tested := slices.Concat(p.TestImports, p.XTestImports)
		reportForbidden(t, r, p.Imports, r.may)
		reportForbidden(t, r, tested, slices.Concat(r.may, r.tests, []string{r.pkg, "sallyport/test/support"}))
		if r.pkg != "sallyport/lambda/app" { // its permissions are for routes that users add
			reportUnused(t, r, p.Imports, r.may)
			reportUnused(t, r, tested, r.tests)
		}
	}
	for _, r := range rules {
		if !used[r.pkg] {
			t.Errorf("rules name %s, which does not exist", r.pkg)
		}
	}
}

func TestPackageComments(t *testing.T) {
	t.Chdir(root)
	for _, p := range listPackages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// reportForbidden reports the imports that are neither allowed nor of the standard library.
func reportForbidden(t *testing.T, r rule, imports, allowed []string) {
	t.Helper()
	for _, path := range imports {
		first, _, _ := strings.Cut(path, "/")
		standard := !strings.Contains(first, ".") && first != "sallyport"
		if standard || slices.ContainsFunc(allowed, func(a string) bool { return matches(a, path) }) {
			continue
		}
		t.Errorf("%s imports %s, which it may not (%s)", r.pkg, path, r.reason)
	}
}

// reportUnused reports the permissions that no import needs.
func reportUnused(t *testing.T, r rule, imports, allowed []string) {
	t.Helper()
	for _, a := range allowed {
		if !slices.ContainsFunc(imports, func(path string) bool { return matches(a, path) }) {
			t.Errorf("%s does not import %s: remove the permission", r.pkg, a)
		}
	}
}

func matches(pattern, path string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == base || strings.HasPrefix(path, base+"/")
	}
	return path == pattern
}
